import assert from 'node:assert/strict';
import { importKey, hostWords, problemWords } from '../../src/vscode/importKey.ts';
import { removeApiKey, setApiKey, tryAndStore } from '../../src/vscode/apiKey.ts';
import type { KeyVault } from '../../src/vscode/keyVault.ts';
import type { QuotaOutcome } from '../../src/core/quota/outcome.ts';
import { english } from '../../src/core/base/format.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const KEY = `sk-kimi-${'a'.repeat(40)}`;

/** A vault with state that may not respond. */
class FakeVault implements Pick<KeyVault, 'store' | 'remove' | 'origins' | 'kindOf'> {
  readonly keys = new Map<string, string>();
  result: 'stored' | 'notKept' | 'timedOut' = 'stored';

  async store(origin: string, storable: object): ReturnType<KeyVault['store']> {
    if (this.result === 'stored') this.keys.set(origin, JSON.stringify(storable));
    return this.result;
  }
  async remove(origin: string): Promise<boolean> {
    return this.result === 'stored' && this.keys.delete(origin);
  }
  async origins(): Promise<readonly string[] | undefined> {
    return this.result === 'timedOut' ? undefined : [...this.keys.keys()];
  }
  async kindOf(origin: string): ReturnType<KeyVault['kindOf']> {
    return this.keys.has(origin) ? 'key' : 'none';
  }
}

describe('keys', () => {
  let test: TestContext;
  let vault: FakeVault;
  let outcome: QuotaOutcome;
  let asked: string[];

  beforeEach(async () => {
    vault = new FakeVault();
    asked = [];
    outcome = { kind: 'unauthorized' };
    const createClient = () => ({
      readQuota: async (key: string) => (asked.push(key), outcome),
    });
    test = await createTestContext({ vault, createClient });
  });
  afterEach(() => {
    test.dispose();
    const rows = editor.picks.flat() as { label: string; description?: string; detail?: string }[];
    const shown = rows.map(({ label, description, detail }) => [label, description, detail]);
    assert.ok(!JSON.stringify([editor.messages, shown, test.log.lines]).includes(KEY));
  });

  const endpointOf = () => test.context.accounts.current.usable()[0]!.endpoint;
  const cases: [
    name: string,
    outcome: QuotaOutcome,
    answers: unknown[],
    stored: boolean,
    message: RegExp,
  ][] = [
    ['is refused', { kind: 'unauthorized' }, [], false, /^error: Key not saved\./],
    ['cannot be tried', { kind: 'gone', status: 404 }, [], false, /^warning: The key could not be/],
    [
      'cannot be tried, and is stored all the same',
      { kind: 'gone', status: 404 },
      ['Save Without Checking'],
      true,
      /info: Key saved for .* \(not verified\)\./,
    ],
  ];
  for (const [name, answered, answers, stored, message] of cases)
    it(`a key that ${name}`, async () => {
      outcome = answered;
      editor.answers = [...answers];
      const newKey = { endpoint: endpointOf(), storable: { key: KEY }, key: KEY };
      await tryAndStore(newKey, test.context);
      assert.deepEqual([asked, vault.keys.size], [[KEY], Number(stored)]);
      assert.match(editor.messages.at(-1) ?? '', message);
    });

  for (const result of ['notKept', 'timedOut'] as const)
    it(`a key that the key ring does not save (${result})`, async () => {
      vault.result = result;
      await tryAndStore({ endpoint: endpointOf(), storable: { key: KEY } }, test.context);
      assert.match(editor.messages.at(-1) ?? '', /^error: Key not saved\..*gnome-keyring/);
    });

  it('a key that is typed, rejected, and typed again', async () => {
    editor.answers = [KEY, 'Try Again', undefined];
    await setApiKey(test.context);
    assert.deepEqual([asked, vault.keys.size], [[KEY], 0]);
    assert.deepEqual(editor.answers, []);
  });

  it('a key that is removed after one confirmation', async () => {
    await removeApiKey(test.context);
    assert.match(editor.messages.at(-1)!, /No key is stored/);
    vault.keys.set(endpointOf().origin, 'one');
    await removeApiKey(test.context);
    assert.equal(vault.keys.size, 1);
    editor.answers = ['Remove'];
    await removeApiKey(test.context);
    assert.equal(vault.keys.size, 0);
    assert.match(editor.messages.at(-1)!, /^info: The key of .* was removed\./);
    vault.result = 'timedOut';
    await removeApiKey(test.context);
    assert.match(editor.messages.at(-1)!, /did not respond/);
  });

  it('a key that is found, shown only by its end, and saved after one confirmation', async () => {
    const { origin } = endpointOf();
    const found = {
      program: 'kimiCode',
      source: '~/.kimi/config.toml',
      secret: { kind: 'key', key: KEY },
      endpoint: endpointOf(),
    };
    const problems = [{ source: '~/.other', problem: 'garbage' }];
    const finder = { find: async () => ({ keys: [found], problems }) };
    outcome = { kind: 'gone', status: 404 };
    editor.answers = ['$(key) Kimi Code CLI', 'Import', 'Save Without Checking'];
    await importKey({ ...test.context, finder } as never);
    assert.deepEqual([...vault.keys.keys()], [origin]);
    assert.equal(editor.picks[0]?.length, 3);
  });

  it('has a text for each host and each unreadable file', () => {
    const secret = { kind: 'key', key: KEY } as const;
    const at = { program: 'kimiCode', source: '~', secret } as const;
    assert.equal(hostWords(at, english), 'no host is given');
    assert.match(hostWords({ ...at, endpoint: endpointOf() }, english), /another host/);
    const problems = ['notAFile', 'tooLarge', 'unreadable', 'garbage'] as const;
    assert.equal(new Set(problems.map(problem => problemWords(problem, english))).size, 4);
  });
});
