import { parseStored } from '../core/base/store.ts';
import { ExtensionMode, type SecretStorage } from 'vscode';
import * as z from 'zod/mini';
import { baseUrlOf, type ParseBaseUrl } from '../core/accounts/endpoint.ts';
import {
  type KeyFinder,
  type KeyLookup,
  LoginLink,
  readLinkedKey,
} from '../core/accounts/foundKey.ts';
import { type Disposable, Emitter, type Event } from '../core/base/event.ts';
import type { Settings } from '../core/settings.ts';

/** An account from the environment of an Extension Development Host or a test. */
export interface DevelopmentAccount {
  /** The only host of the key. */
  readonly origin: string;
  readonly key: string;
  /** Replaces the user's settings. */
  readonly settings: Pick<Settings, 'baseUrl'>;
}

/**
 * `npm start` passes a key and a host to the editor, so that contributors need no account or
 * setting. An installed extension reads the environment only in Import Key: a key that was set for
 * another program isn't used without consent.
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

/** Timeout of the key ring (docs/measurements.md 8.1; the GitHub CLI waits as long). */
const TIMEOUT_MS = 3000;

/** A key, or a link to another program's sign-in, which contains no secret. */
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

/** Result of saving a key; `notKept` means that it could not be read back. */
export type StoreResult = 'stored' | 'notKept' | 'timedOut';

/** Dependencies of `KeyVault`. */
export interface KeyVaultOptions {
  readonly secrets: SecretStorage;
  readonly finder: Pick<KeyFinder, 'readLogin'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly development?: DevelopmentAccount | undefined;
}

/**
 * Keys in VS Code's SecretStorage, each bound to the origin that it was entered for: with a changed
 * base URL no key is found, so none is sent to another host.
 */
export class KeyVault implements Disposable {
  readonly #options: KeyVaultOptions;
  readonly #changeEmitter = new Emitter<void>();
  readonly #listener;

  /** A key was saved or removed, in this window or another. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: KeyVaultOptions) {
    this.#options = options;
    this.#listener = options.secrets.onDidChange(({ key }) => {
      if (key !== TRIAL) this.#changeEmitter.fire();
    });
  }

  /** The current key of `origin`. */
  async read(origin: string): Promise<KeyLookup> {
    const { development, finder, now } = this.#options;
    if (origin === development?.origin) return { kind: 'key', key: development.key };
    const stored = await this.#readStored(origin);
    if (!stored || stored === 'unanswered') return { kind: stored ?? 'none' };
    if ('key' in stored) return { kind: 'key', key: stored.key };
    return readLinkedKey(stored.link, origin, { finder, now: now() });
  }

  /** The kind of entry for `origin`, usable or not. */
  async kindOf(origin: string): Promise<'key' | 'link' | 'none' | 'unanswered'> {
    const stored = await this.#readStored(origin);
    if (!stored || stored === 'unanswered') return stored ?? 'none';
    return 'key' in stored ? 'key' : 'link';
  }

  /** Saves and reads back: on Linux without a key ring a secret may be lost immediately. */
  async store(origin: string, storable: Storable): Promise<StoreResult> {
    return this.#keep(nameOf(origin), JSON.stringify({ origin, ...storable }));
  }

  /** Saves a test value, reads it back and removes it. */
  async tryOut(): Promise<StoreResult> {
    const result = await this.#keep(TRIAL, String(this.#options.now()));
    const removed = withTimeout(this.#options.secrets.delete(TRIAL));
    // A call that timed out would time out again.
    if (result !== 'timedOut') await removed;
    return result;
  }

  async #keep(name: string, value: string): Promise<StoreResult> {
    const { secrets } = this.#options;
    if (!(await withTimeout(secrets.store(name, value)))) return 'timedOut';
    const kept = await withTimeout(secrets.get(name));
    return kept?.value === value ? 'stored' : 'notKept';
  }

  /** All origins with an entry; undefined if the key ring failed or timed out. */
  async origins(): Promise<readonly string[] | undefined> {
    const { secrets } = this.#options;
    const names = await withTimeout(secrets.keys());
    const stored = names?.value.filter(name => name.startsWith(PREFIX));
    return stored?.map(name => name.slice(PREFIX.length));
  }

  /** False if the key ring failed or timed out, and the key may still exist. */
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

/**
 * Undefined if the key ring failed or timed out. Its error isn't logged, because it may contain the
 * secret.
 */
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
