import type { HeldKey, KeyAccess, KeyLookup } from '../keys/keyLookup.ts';
import { elapsedMs, momentOf, type Moment } from '../moment.ts';
import type { Clock } from '../ports.ts';
import type { RhythmReason } from './readRhythm.ts';

/** What may change without a word is looked at so often; nothing is sent for it. */
export const LOOK_MS = 30_000;

/**
 * The key of one account as it was when last looked at. The token of a linked log-in comes, ends
 * and is replaced, and a key ring is unlocked, without anybody telling: these are looked at again
 * and again, any other key is not.
 */
export class KeyWatch {
  readonly #readKey: () => Promise<KeyLookup>;
  readonly #clock: Clock;
  #last: KeyLookup | undefined;
  #lookedAt: Moment | undefined;
  #refused: string | undefined;

  constructor(readKey: () => Promise<KeyLookup>, clock: Clock) {
    this.#readKey = readKey;
    this.#clock = clock;
  }

  /** Undefined before the first look. */
  get access(): KeyAccess | undefined {
    return this.#last?.kind;
  }

  /** Whether the key is the token of another program's log-in. */
  get isLinked(): boolean {
    return this.access === 'tokenExpired' || this.#held?.isLinked === true;
  }

  /** Why Kimi cannot be asked, as far as the key tells. */
  get obstacle(): RhythmReason | undefined {
    switch (this.access) {
      case 'none':
        return 'noKey';
      case 'tokenExpired':
        return 'tokenExpired';
      case 'unanswered':
        return 'noKeyRing';
      default:
        return undefined;
    }
  }

  /** Whether it may change without anybody telling. */
  get isWatched(): boolean {
    return this.isLinked || this.access === 'unanswered';
  }

  /** Whether such a one was last looked at `LOOK_MS` ago. */
  get isDue(): boolean {
    if (!this.isWatched || !this.#lookedAt) return false;
    return elapsedMs(this.#lookedAt, this.#clock) >= LOOK_MS;
  }

  /** Whether a token has come in place of the one that Kimi refused. */
  get isReplaced(): boolean {
    const held = this.#held;
    return !!held?.isLinked && this.#refused !== undefined && held.key !== this.#refused;
  }

  async look(): Promise<KeyLookup> {
    const lookup = await this.#readKey();
    this.#last = lookup;
    this.#lookedAt = momentOf(this.#clock);
    return lookup;
  }

  /** As `look`; true if a log-in was renewed since the last look: its program is in use. */
  async lookForNew(): Promise<boolean> {
    const before = this.#held?.key;
    const lookup = await this.look();
    return lookup.kind === 'key' && lookup.isLinked === true && lookup.key !== before;
  }

  /** Kimi has refused the key that was last looked at. */
  noteRefused(): void {
    this.#refused = this.#held?.key;
  }

  get #held(): HeldKey | undefined {
    return this.#last?.kind === 'key' ? this.#last : undefined;
  }
}
