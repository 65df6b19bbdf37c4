import assert from 'node:assert/strict';
import { loadChecklist } from '../../src/core/diagnosis/checklistState.ts';
import { CHECK_STEPS } from '../../src/core/diagnosis/playbooks.ts';
import { loadDirectResults } from '../../src/core/diagnosis/directResults.ts';
import { commandIds } from '../../src/core/commands.ts';
import { runDiagnosis } from '../../src/vscode/diagnosisRequests.ts';
import { testAccount } from '../../src/vscode/diagnose.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

const KEY = `sk-kimi-${'a'.repeat(40)}`;
const OLD_KEY = `sk-kimi-${'b'.repeat(40)}`;
const CODE = parseBaseUrl('https://api.kimi.com/coding/v1', 'kimiCode');
const PLATFORM = parseBaseUrl('https://api.moonshot.ai/v1', 'openPlatform');

describe('diagnosis', () => {
  let test: TestContext;
  let context: TestContext['context'];
  let id: string;
  /** Keys that were sent, by what they were sent for. */
  let sent: [what: string, key: string][];
  let held: object;
  let accounts: object[];
  let quota: object;

  beforeEach(async () => {
    sent = [];
    held = { kind: 'key', key: KEY };
    accounts = [{ id: 'kimiCode', endpoint: CODE }];
    quota = { kind: 'unauthorized' };
    const places = [
      { program: 'claudeCode', source: '~/.claude/settings.json', key: KEY },
      { program: 'openCode', source: '~/.config/opencode.json', key: OLD_KEY },
    ];
    test = await createTestContext({
      createProbe: async () => ({
        chat: async (key: string, model: string) => (sent.push([model, key]), { kind: 'answered' }),
      }),
      createClient: () => ({
        readQuota: async (key: string) => (sent.push(['quota', key]), quota),
      }),
      vault: { read: async () => held },
      finder: {
        find: async () => ({
          keys: places.map(({ key, ...place }) => ({ ...place, secret: { kind: 'key', key } })),
          problems: [],
        }),
      },
    });
    const current = { usable: () => accounts, views: () => [] };
    context = { ...test.context, accounts: { current } } as never;
    id = (await context.archive.readIncidents({ limit: 200 })).at(-1)!.id;
  });
  afterEach(() => {
    test.dispose();
    const shown = JSON.stringify([editor.messages, editor.clipboard, test.log.lines]);
    assert.ok(!shown.includes(KEY) && !shown.includes(OLD_KEY));
  });

  const result = async () => (await loadDirectResults(context.archive)).get(id);
  const act = (action: 'testAccount' | 'findPrograms' | 'testOldKey' | 'statusPage') =>
    runDiagnosis(context, { kind: 'diagnose', id, action });

  describe('the direct test', () => {
    it('sends nothing without a yes', async () => {
      await act('testAccount');
      assert.match(editor.messages[0]!, /Send one request to api\.kimi\.com\? \[Send\] \[Copy as/);
      assert.deepEqual([sent, await result()], [[], undefined]);
    });

    it('sends one request after it, and keeps and shows its result', async () => {
      editor.answers = ['Send'];
      await act('testAccount');
      assert.equal(sent.length, 1);
      assert.equal(sent[0]![1], KEY);
      assert.equal((await result())?.answer.kind, 'answered');
      assert.match(editor.messages.at(-1)!, /^info: /);
    });

    it('is copied as a command without the key', async () => {
      editor.answers = ['Copy as curl'];
      await act('testAccount');
      assert.match(editor.clipboard.text, /^curl .*KIMI_API_KEY/s);
      assert.deepEqual(sent, []);
    });

    it('asks for a key where there is none', async () => {
      held = { kind: 'none' };
      editor.answers = ['Set API Key'];
      await act('testAccount');
      assert.deepEqual(editor.executed, [[commandIds.setApiKey]]);
      assert.deepEqual(sent, []);
    });

    it('sends no key of the other product', async () => {
      accounts = [{ id: 'openPlatform', endpoint: PLATFORM }];
      editor.answers = ['Send'];
      await act('testAccount');
      assert.deepEqual(editor.messages, [
        'error: The key is for the other product; nothing was sent.',
      ]);
      assert.deepEqual(sent, []);
    });

    it('asks which of two accounts it is for, and about the newest failure by default', async () => {
      accounts = [...accounts, { id: 'openPlatform', endpoint: PLATFORM }];
      editor.answers = ['Kimi Code', 'Send'];
      await testAccount(context, undefined);
      const rows = editor.picks[0] as { description: string }[];
      assert.deepEqual(
        rows.map(({ description }) => description),
        ['https://api.kimi.com', 'https://api.moonshot.ai'],
      );
      assert.equal((await result())?.account, 'kimiCode');
      sent = [];
      editor.answers = [];
      await testAccount(context, undefined);
      assert.deepEqual(sent, []);
    });
  });

  describe('which programs have the key', () => {
    it('are kept by their places', async () => {
      await act('findPrograms');
      const { places } = await loadChecklist(context.archive, id);
      assert.deepEqual(places, ['Claude Code (~/.claude/settings.json)']);
      assert.match(editor.messages.at(-1)!, /Found in: Claude Code/);
    });

    it('may be files that the user names, up to their first MB', async () => {
      editor.files = new Map([
        ['/home/me/app/.env', `KIMI_API_KEY=${KEY}\n`],
        ['/home/me/app/other', 'nothing'],
        ['/home/me/app/large', ' '.repeat(1024 * 1024) + KEY],
      ]);
      editor.answers = ['Search Other Files…'];
      await act('findPrograms');
      const { places } = await loadChecklist(context.archive, id);
      assert.deepEqual(places, ['Claude Code (~/.claude/settings.json)', 'app/.env']);
    });

    it('are none', async () => {
      held = { kind: 'key', key: `${KEY}other` };
      await act('findPrograms');
      assert.match(editor.messages.at(-1)!, /No program here contains it/);
    });

    it('needs a key', async () => {
      held = { kind: 'none' };
      await act('findPrograms');
      assert.match(editor.messages.at(-1)!, /has no key here/);
    });
  });

  describe('the old key', () => {
    const outcomes: [kind: string, result: string, words: RegExp][] = [
      ['unauthorized', 'refused', /rejects the old key/],
      ['fresh', 'accepted', /still accepts/],
      ['forbidden', 'accepted', /still accepts/],
      ['noPlan', 'accepted', /still accepts/],
      ['gone', 'unknown', /Can't tell/],
    ];
    for (const [kind, expected, words] of outcomes)
      it(`is ${expected} for ${kind}, and not stored`, async () => {
        quota = { kind };
        editor.answers = [` ${OLD_KEY} `];
        await act('testOldKey');
        assert.deepEqual(sent, [['quota', OLD_KEY]]);
        const { oldKey } = await loadChecklist(context.archive, id);
        const places = ['OpenCode (~/.config/opencode.json)'];
        assert.deepEqual(oldKey, { result: expected, places });
        assert.match(editor.messages.at(-1)!, words);
      });

    for (const typed of [undefined, '', 'no key'])
      it(`is not sent if ${JSON.stringify(typed)} is typed`, async () => {
        editor.answers = [typed];
        await act('testOldKey');
        assert.deepEqual(sent, []);
      });
  });

  it('of sample data is only shown, except its ticks', async () => {
    const sample = { ...context, isSample: true };
    editor.answers = ['Send'];
    await runDiagnosis(sample, { kind: 'diagnose', id, action: 'testAccount' });
    assert.deepEqual([sent, editor.messages], [[], []]);
    const [step] = CHECK_STEPS;
    await runDiagnosis(sample, { kind: 'tick', id, step, isDone: true });
    assert.deepEqual((await loadChecklist(context.archive, id)).ticks, [step]);
    await runDiagnosis(sample, { kind: 'tick', id, step, isDone: false });
    assert.deepEqual((await loadChecklist(context.archive, id)).ticks, []);
  });
});
