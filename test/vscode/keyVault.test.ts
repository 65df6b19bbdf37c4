import assert from 'node:assert/strict';
import { EventEmitter, type SecretStorage, type SecretStorageChangeEvent } from 'vscode';
import { KeyVault } from '../../src/vscode/keyVault.ts';

const ORIGIN = 'https://api.kimi.com';

/** A secret storage with state; `fault` makes it behave as bad key rings do. */
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

describe('KeyVault', () => {
  let secrets: FakeSecrets;
  let vault: KeyVault;
  beforeEach(() => {
    secrets = new FakeSecrets();
    vault = new KeyVault(secrets);
  });
  afterEach(() => vault.dispose());

  it('gives a key back for its own origin and for no other', async () => {
    assert.equal(await vault.store(ORIGIN, 'sk-kimi-one'), 'stored');
    assert.equal(await vault.read(ORIGIN), 'sk-kimi-one');
    for (const other of ['https://api.kimi.ai', `${ORIGIN}:8443`, 'http://api.kimi.com', '']) {
      assert.equal(await vault.read(other), undefined, other);
    }
  });

  it('does not trust an entry that was moved under the name of another origin', async () => {
    await vault.store(ORIGIN, 'sk-kimi-one');
    const [entry] = [...secrets.stored];
    secrets.stored.set(entry![0].replace('kimi.com', 'evil.example'), entry![1]);
    assert.equal(await vault.read('https://api.evil.example'), undefined);
  });

  it('says so when the key ring forgets at once what it was given', async () => {
    secrets.fault = 'forgets';
    assert.equal(await vault.store(ORIGIN, 'sk-kimi-one'), 'notKept');
  });

  it('takes a key ring that fails for one that does not answer, and repeats none of its words', async () => {
    secrets.fault = 'rejects';
    assert.equal(await vault.store(ORIGIN, 'sk-kimi-one'), 'timedOut');
    assert.equal(await vault.read(ORIGIN), undefined);
  });

  it('gives up on a key ring that hangs', async () => {
    secrets.fault = 'hangs';
    assert.equal(await vault.read(ORIGIN), undefined);
  });

  for (const json of ['', 'sk-kimi-bare', '{}', '{"origin":1,"key":2}', '[]', 'null']) {
    it(`reads no key from an entry that is ${JSON.stringify(json)}`, async () => {
      await vault.store(ORIGIN, 'sk-kimi-one');
      for (const name of secrets.stored.keys()) secrets.stored.set(name, json);
      assert.equal(await vault.read(ORIGIN), undefined);
    });
  }

  it('tells of a change, and of none after it was disposed', async () => {
    let changes = 0;
    vault.onDidChange(() => changes++);
    await vault.store(ORIGIN, 'sk-kimi-one');
    await vault.remove(ORIGIN);
    assert.equal(changes, 2);
    vault.dispose();
    await secrets.store('x', 'y');
    assert.equal(changes, 2);
  });
});
