import type { SecretStorage } from 'vscode';
import * as z from 'zod/mini';
import { Emitter, type Disposable, type Event } from '../core/event.ts';
import type { DevelopmentAccount } from './developmentAccount.ts';

/** A key ring that hangs is a key ring that failed (engineering.md 8.6; gh waits as long). */
const TIMEOUT_MS = 3000;

const StoredKey = z.object({ origin: z.string(), key: z.string() });

const nameOf = (origin: string): string => `key ${origin}`;

/** What came of storing a key: `notKept` means that it could not be read back. */
export type StoreResult = 'stored' | 'notKept' | 'timedOut';

/**
 * The keys, in VS Code's SecretStorage alone, each bound to the origin it was entered for: a
 * changed base URL finds no key rather than sending one to another host.
 */
export class KeyVault implements Disposable {
  readonly #secrets: SecretStorage;
  readonly #changeEmitter = new Emitter<void>();
  readonly #development: DevelopmentAccount | undefined;
  readonly #listener;

  /** Some key was stored or removed, in this window or another. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(secrets: SecretStorage, development?: DevelopmentAccount) {
    this.#secrets = secrets;
    this.#development = development;
    this.#listener = secrets.onDidChange(() => this.#changeEmitter.fire());
  }

  /** The key of `origin`; undefined if there is none, or the key ring does not answer. */
  async read(origin: string): Promise<string | undefined> {
    if (origin === this.#development?.origin) return this.#development.key;
    const json = await withTimeout(this.#secrets.get(nameOf(origin)));
    if (typeof json !== 'string') return undefined;
    const stored = parseStored(json);
    return stored?.origin === origin ? stored.key : undefined;
  }

  /** Stores and reads back: on Linux without a key ring a secret may be gone at once. */
  async store(origin: string, key: string): Promise<StoreResult> {
    const done = await withTimeout(
      this.#secrets.store(nameOf(origin), JSON.stringify({ origin, key })).then(() => true),
    );
    if (done !== true) return 'timedOut';
    return (await this.read(origin)) === key ? 'stored' : 'notKept';
  }

  async remove(origin: string): Promise<void> {
    await withTimeout(this.#secrets.delete(nameOf(origin)));
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changeEmitter.dispose();
  }
}

function parseStored(json: string): z.infer<typeof StoredKey> | undefined {
  try {
    return StoredKey.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** Undefined when the key ring failed or did not answer in time; its error may name the secret. */
async function withTimeout<T>(answer: Thenable<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
