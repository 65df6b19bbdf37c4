import assert from 'node:assert/strict';
import { EventEmitter, type SecretStorage, type SecretStorageChangeEvent } from 'vscode';
import type { KeyFinder, LinkedToken, LoginLink } from '../../src/core/accounts/foundKey.ts';
import { KeyVault } from '../../src/vscode/keyVault.ts';

const ORIGIN = 'https://api.kimi.com';
const NOW = Date.UTC(2026, 8, 23);
const NONE = { kind: 'none' };
const UNANSWERED = { kind: 'unanswered' };
const LINK = { program: 'kimiCode', slot: 'kimi-code' } as const;
const TOKEN = { token: 'eyJ.one', origin: ORIGIN, expiresAt: NOW + 900_000 };

/** A machine with at most one sign-in. */
class FakeFinder implements Pick<KeyFinder, 'readLogin'> {
  login: LinkedToken | undefined;

  async readLogin({ program, slot }: LoginLink): Promise<LinkedToken | undefined> {
    return program === LINK.program && slot === LINK.slot ? this.login : undefined;
  }
}

/** A secret storage with state; `fault` simulates a broken key ring. */
class FakeSecrets implements SecretStorage {
  readonly stored = new Map<string, string>();
  readonly #changeEmitter = new EventEmitter<SecretStorageChangeEvent>();
  readonly onDidChange = this.#changeEmitter.event;
  fault: 'none' | 'rejects' | 'hangs' | 'forgets' = 'none';

  async #answer<T>(value: T): Promise<T> {
    if (this.fault === 'rejects') throw new Error('the key ring is locked: sk-kimi-in-an-error');
    return this.fault === 'hangs' ? new Promise(() => {}) : value;
  }
  get(name: string): Promise<string | undefined> {
    return this.#answer(this.stored.get(name));
  }
  async store(name: string, value: string): Promise<void> {
    await this.#answer(undefined);
    if (this.fault !== 'forgets') this.stored.set(name, value);
    this.#changeEmitter.fire({ key: name });
  }
  async delete(name: string): Promise<void> {
    await this.#answer(undefined);
    this.stored.delete(name);
    this.#changeEmitter.fire({ key: name });
  }
  keys(): Promise<string[]> {
    return this.#answer([...this.stored.keys()]);
  }
}

let secrets: FakeSecrets;
let finder: FakeFinder;
let vault: KeyVault;

describe('KeyVault', () => {
  beforeEach(() => {
    secrets = new FakeSecrets();
    finder = new FakeFinder();
    vault = new KeyVault({ secrets, finder, now: () => NOW });
  });
  afterEach(() => vault.dispose());

  it('returns a key for its own origin and no other', async () => {
    assert.equal(await vault.store(ORIGIN, { key: 'sk-kimi-one' }), 'stored');
    assert.deepEqual(await vault.read(ORIGIN), { kind: 'key', key: 'sk-kimi-one' });
    for (const other of ['https://api.kimi.ai', `${ORIGIN}:8443`, 'http://api.kimi.com', '']) {
      assert.deepEqual(await vault.read(other), NONE, other);
    }
  });

  it('does not trust an entry that was moved to another origin', async () => {
    await vault.store(ORIGIN, { key: 'sk-kimi-one' });
    const [entry] = [...secrets.stored];
    secrets.stored.set(entry![0].replace('kimi.com', 'evil.example'), entry![1]);
    assert.deepEqual(await vault.read('https://api.evil.example'), NONE);
  });

  it('reports a key ring that immediately loses what it saved', async () => {
    secrets.fault = 'forgets';
    assert.equal(await vault.store(ORIGIN, { key: 'sk-kimi-one' }), 'notKept');
  });

  it('treats a failing key ring as not responding, and repeats none of its messages', async () => {
    secrets.fault = 'rejects';
    assert.equal(await vault.store(ORIGIN, { key: 'sk-kimi-one' }), 'timedOut');
    assert.deepEqual(await vault.read(ORIGIN), UNANSWERED);
  });

  it('gives up on a key ring that hangs, and does not treat it as empty', async () => {
    secrets.fault = 'hangs';
    assert.deepEqual(await vault.read(ORIGIN), UNANSWERED);
    assert.equal(await vault.kindOf(ORIGIN), 'unanswered');
  });

  it('does not report a key as removed that the key ring still has', async () => {
    await vault.store(ORIGIN, { key: 'sk-kimi-one' });
    secrets.fault = 'rejects';
    assert.equal(await vault.remove(ORIGIN), false);
    secrets.fault = 'none';
    assert.equal(await vault.kindOf(ORIGIN), 'key');
    assert.equal(await vault.remove(ORIGIN), true);
    assert.equal(await vault.kindOf(ORIGIN), 'none');
  });

  it('lists each origin with an entry, including those of earlier settings', async () => {
    const relay = 'https://relay.example:8443';
    await vault.store(ORIGIN, { key: 'sk-kimi-one' });
    await vault.store(relay, { link: LINK });
    await secrets.store('something else', 'x');
    assert.deepEqual(await vault.origins(), [ORIGIN, relay]);
    await vault.remove(ORIGIN);
    assert.deepEqual(await vault.origins(), [relay]);
    secrets.fault = 'rejects';
    assert.equal(await vault.origins(), undefined);
  });

  const trials = [
    ['none', 'stored'],
    ['forgets', 'notKept'],
    ['rejects', 'timedOut'],
    ['hangs', 'timedOut'],
  ] as const;
  for (const [fault, result] of trials)
    it(`tests a key ring with the fault "${fault}": ${result}; nothing remains`, async () => {
      await vault.store(ORIGIN, { key: 'sk-kimi-one' });
      let changes = 0;
      vault.onDidChange(() => changes++);
      secrets.fault = fault;
      assert.equal(await vault.tryOut(), result);
      assert.deepEqual([secrets.stored.size, changes], [1, 0]);
    });

  for (const json of ['', 'sk-kimi-bare', '{}', '{"origin":1,"key":2}', '[]', 'null']) {
    it(`reads no key from an entry that is ${JSON.stringify(json)}`, async () => {
      await vault.store(ORIGIN, { key: 'sk-kimi-one' });
      for (const name of secrets.stored.keys()) secrets.stored.set(name, json);
      assert.deepEqual(await vault.read(ORIGIN), NONE);
    });
  }

  it('reports changes until it is disposed', async () => {
    let changes = 0;
    vault.onDidChange(() => changes++);
    await vault.store(ORIGIN, { key: 'sk-kimi-one' });
    await vault.remove(ORIGIN);
    assert.equal(changes, 2);
    vault.dispose();
    await secrets.store('x', 'y');
    assert.equal(changes, 2);
  });
});

describe('KeyVault: a linked sign-in', () => {
  beforeEach(async () => {
    secrets = new FakeSecrets();
    finder = new FakeFinder();
    vault = new KeyVault({ secrets, finder, now: () => NOW });
    await vault.store(ORIGIN, { link: LINK });
  });
  afterEach(() => vault.dispose());

  const cases: [fact: string, login: LinkedToken | undefined, expected: object][] = [
    ['its token, as it is now', TOKEN, { kind: 'key', key: 'eyJ.one', isLinked: true }],
    [
      'no token that ends within a minute',
      { ...TOKEN, expiresAt: NOW + 60_000 },
      { kind: 'tokenExpired' },
    ],
    ['no token when its file is gone', undefined, { kind: 'tokenExpired' }],
    ['nothing when it is for another host now', { ...TOKEN, origin: 'https://api.kimi.ai' }, NONE],
  ];
  for (const [fact, login, expected] of cases)
    it(`gives ${fact}`, async () => {
      finder.login = login;
      assert.deepEqual(await vault.read(ORIGIN), expected);
      assert.equal(await vault.kindOf(ORIGIN), 'link');
    });

  it('is saved without a token', async () => {
    finder.login = TOKEN;
    assert.equal(await vault.store(ORIGIN, { link: LINK }), 'stored');
    assert.deepEqual(JSON.parse([...secrets.stored.values()][0]!), { origin: ORIGIN, link: LINK });
  });

  it('of an unknown file does not count', async () => {
    const link = { ...LINK, slot: '../../.ssh/id_rsa' };
    await vault.store(ORIGIN, { link });
    assert.deepEqual(await vault.read(ORIGIN), NONE);
  });

  it('is replaced by a key, and replaces a key', async () => {
    await vault.store(ORIGIN, { key: 'sk-kimi-one' });
    assert.equal(await vault.kindOf(ORIGIN), 'key');
    await vault.store(ORIGIN, { link: LINK });
    assert.equal(await vault.kindOf(ORIGIN), 'link');
    await vault.remove(ORIGIN);
    assert.equal(await vault.kindOf(ORIGIN), 'none');
  });
});
