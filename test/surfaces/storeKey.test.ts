import assert from 'node:assert/strict';
import { EventEmitter, l10n, type SecretStorage, type SecretStorageChangeEvent } from 'vscode';
import { SystemClock } from '../../src/node/systemClock.ts';
import type { CommandContext } from '../../src/vscode/commandContext.ts';
import { KeyVault } from '../../src/vscode/keyVault.ts';
import { tryAndStore } from '../../src/vscode/apiKey.ts';

const LINK = { program: 'kimiCode', slot: 'kimi-code' } as const;
const endpoint = {
  product: 'kimiCode',
  origin: 'https://relay.example',
  quotaUrl: 'https://relay.example/coding/v1/usages',
  isMoonshot: false,
} as const;

/** A working secret storage. */
function createSecrets(): SecretStorage {
  const stored = new Map<string, string>();
  return {
    get: async name => stored.get(name),
    store: async (name, value) => void stored.set(name, value),
    delete: async name => void stored.delete(name),
    keys: async () => [...stored.keys()],
    onDidChange: new EventEmitter<SecretStorageChangeEvent>().event,
  };
}

describe('tryAndStore', () => {
  it('reports that a key was saved but the settings could not be changed', async () => {
    const finder = { readLogin: async () => undefined };
    const vault = new KeyVault({ secrets: createSecrets(), finder, now: Date.now });
    let changeCount = 0;
    const accounts = { current: { keyChanged: async () => void changeCount++ } };
    const locale = { language: 'en', t: l10n.t };
    const parts = { accounts, vault, locale, clock: new SystemClock() };
    const context = parts as unknown as CommandContext;
    const prepare = (): Promise<void> =>
      Promise.reject(new Error('settings.json has an error: sk-kimi-in-its-words'));
    await tryAndStore({ endpoint, storable: { link: LINK }, prepare }, context);
    assert.equal(await vault.kindOf(endpoint.origin), 'link');
    assert.equal(changeCount, 0);
    vault.dispose();
  });
});
