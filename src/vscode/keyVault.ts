import { parseStored } from '../core/base/store.ts';
import { ExtensionMode, type SecretStorage } from 'vscode';
import * as z from 'zod/mini';
import { baseUrlOf, type ParseBaseUrl } from '../core/accounts/endpoint.ts';
import { LoginLink } from '../core/accounts/foundKey.ts';
import { type KeyFinder, type KeyLookup, readLinkedKey } from '../core/accounts/keyLookup.ts';
import { type Disposable, Emitter, type Event } from '../core/base/event.ts';
import type { Settings } from '../core/settings.ts';

/** An account that comes from the environment of an Extension Development Host, or of a test's. */
export interface DevelopmentAccount {
  /** The host that the key is for, and no other. */
  readonly origin: string;
  readonly key: string;
  /** What stands in for the user's settings. */
  readonly settings: Pick<Settings, 'baseUrl'>;
}

/**
 * `npm start` gives the editor it opens a key and a host, so that a newcomer needs neither an
 * account nor a setting. An installed extension looks at the environment only when the user runs
 * Import Key: a key that was set for another program is not ours to use.
 */
export function developmentAccount(
  mode: ExtensionMode,
  environment: Readonly<Record<string, string | undefined>>,
  parseBaseUrl: ParseBaseUrl,
): DevelopmentAccount | undefined {
  const { KIMI_API_KEY: key = '', KIMI_CODE_BASE_URL = '' } = environment;
  if (mode === ExtensionMode.Production || key === '') return undefined;
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const endpoint = parseBaseUrl(baseUrl, 'kimiCode');
  return 'problem' in endpoint
    ? undefined
    : { origin: endpoint.origin, key, settings: { baseUrl } };
}

/** A key ring that hangs is a key ring that failed (docs/measurements.md 8.1; gh waits as long). */
const TIMEOUT_MS = 3000;

/** A key, or the log-in of another program: then nothing secret is stored, only which one. */
const Stored = z.union([
  z.object({ origin: z.string(), key: z.string() }),
  z.object({ origin: z.string(), link: LoginLink }),
]);
type Stored = z.infer<typeof Stored>;

/** What can be stored for an origin. */
export type Storable = { readonly key: string } | { readonly link: LoginLink };

const PREFIX = 'key ';
const nameOf = (origin: string): string => PREFIX + origin;
const TRIAL = 'trial';

/** What came of storing a key: `notKept` means that it could not be read back. */
export type StoreResult = 'stored' | 'notKept' | 'timedOut';

/** What a `KeyVault` is made of. */
export interface KeyVaultOptions {
  readonly secrets: SecretStorage;
  readonly finder: Pick<KeyFinder, 'readLogin'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly development?: DevelopmentAccount | undefined;
}

/**
 * The keys, in VS Code's SecretStorage alone, each bound to the origin it was entered for: a
 * changed base URL finds no key rather than sending one to another host.
 */
export class KeyVault implements Disposable {
  readonly #options: KeyVaultOptions;
  readonly #changeEmitter = new Emitter<void>();
  readonly #listener;

  /** Some key was stored or removed, in this window or another. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: KeyVaultOptions) {
    this.#options = options;
    this.#listener = options.secrets.onDidChange(({ key }) => {
      if (key !== TRIAL) this.#changeEmitter.fire();
    });
  }

  /** The key of `origin` as it is now. */
  async read(origin: string): Promise<KeyLookup> {
    const { development, finder, now } = this.#options;
    if (origin === development?.origin) return { kind: 'key', key: development.key };
    const stored = await this.#readStored(origin);
    if (!stored || stored === 'unanswered') return { kind: stored ?? 'none' };
    if ('key' in stored) return { kind: 'key', key: stored.key };
    return readLinkedKey(stored.link, origin, { finder, now: now() });
  }

  /** What is stored for `origin`, whether it can be used now or not. */
  async kindOf(origin: string): Promise<'key' | 'link' | 'none' | 'unanswered'> {
    const stored = await this.#readStored(origin);
    if (!stored || stored === 'unanswered') return stored ?? 'none';
    return 'key' in stored ? 'key' : 'link';
  }

  /** Stores and reads back: on Linux without a key ring a secret may be gone at once. */
  async store(origin: string, storable: Storable): Promise<StoreResult> {
    return this.#keep(nameOf(origin), JSON.stringify({ origin, ...storable }));
  }

  /** Stores a word that is no secret, reads it back, and removes it. */
  async tryOut(): Promise<StoreResult> {
    const result = await this.#keep(TRIAL, String(this.#options.now()));
    const removed = withTimeout(this.#options.secrets.delete(TRIAL));
    // What hangs once would hang again.
    if (result !== 'timedOut') await removed;
    return result;
  }

  async #keep(name: string, value: string): Promise<StoreResult> {
    const { secrets } = this.#options;
    if (!(await withTimeout(secrets.store(name, value)))) return 'timedOut';
    const kept = await withTimeout(secrets.get(name));
    return kept?.value === value ? 'stored' : 'notKept';
  }

  /** Every origin for which something is stored; undefined: the key ring failed or did not answer. */
  async origins(): Promise<readonly string[] | undefined> {
    const { secrets } = this.#options;
    const names = await withTimeout(secrets.keys());
    const ours = names?.value.filter(name => name.startsWith(PREFIX));
    return ours?.map(name => name.slice(PREFIX.length));
  }

  /** False: the key ring failed or did not answer, and the key may still be there. */
  async remove(origin: string): Promise<boolean> {
    const done = await withTimeout(this.#options.secrets.delete(nameOf(origin)));
    return done !== undefined;
  }

  async #readStored(origin: string): Promise<Stored | 'unanswered' | undefined> {
    const answer = await withTimeout(this.#options.secrets.get(nameOf(origin)));
    if (!answer) return 'unanswered';
    const stored = parseStored(Stored, answer.value);
    return stored?.origin === origin ? stored : undefined;
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changeEmitter.dispose();
  }
}

/** Undefined when the key ring failed or did not answer in time; its error may name the secret. */
async function withTimeout<T>(answer: Thenable<T>): Promise<{ readonly value: T } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer.then(value => ({ value })), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
