import type { HeldKey, KeyAccess, KeyLookup } from '../accounts/keyLookup.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import type { Lease } from '../base/lease.ts';
import type { Clock, Log } from '../base/ports.ts';
import { elapsedMs, type Moment, readClock } from '../base/time.ts';
import { AccountMemory, type QuotaStore } from './accountStore.ts';
import { outcomeWords, type QuotaClient, type QuotaOutcome } from './outcome.ts';
import {
  leastGapMs,
  nextRead,
  type NextRead,
  ReadTimes,
  type RhythmInput,
  type RhythmReason,
} from './readRhythm.ts';
import type { LeaseRows, ValueRows } from '../base/store.ts';
import type { SnapshotRows } from './snapshot.ts';

/** What may change without a word is looked at so often; nothing is sent for it. */
const LOOK_MS = 30_000;

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
    this.#lookedAt = readClock(this.#clock);
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

/** What a `QuotaPoller` is made of. */
export interface QuotaPollerOptions {
  /** What the answers are stored by, see `sourceOf`. */
  readonly source: string;
  /** The key that is stored for the host, or what stands in its way. */
  readonly readKey: () => Promise<KeyLookup>;
  readonly client: QuotaClient;
  readonly store: QuotaStore;
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  /** While nobody looks, only its holder reads. Default: there is no other window. */
  readonly lease?: Pick<Lease, 'isHeld' | 'claimRead'>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter of the backoff. */
  readonly random: () => number;
}

/**
 * A sleeping machine's timers stand still, so that a long one would fire long after the wake: the
 * rhythm is looked at this often, while something may come due. Costs no I/O.
 */
const TICK_MS = 4000;

/** A read that is to be made, if the last one of any window is `minGapMs` ago. */
interface Turn {
  readonly minGapMs: number;
  readonly reason: string;
  /** A person has asked for it, in this window. */
  readonly isAsked?: boolean;
}

/**
 * Asks Kimi about one account when `nextRead` says so, and tells the store and the archive what
 * came of it. Every read is claimed in the archive first, so that ten windows ask as often as one.
 * One read at a time; a defect in one turn ends that turn alone.
 */
export class QuotaPoller implements Disposable {
  readonly #options: QuotaPollerOptions;
  readonly #timer = new MutableDisposable();
  readonly #keys: KeyWatch;
  readonly #memory: AccountMemory;
  readonly #times: ReadTimes;
  #reading: { readonly done: Promise<void>; readonly generation: number } | undefined;
  /** Grows when the key changes: a late answer to the old one is dropped. */
  #generation = 0;
  #defectCount = 0;
  #isFocused = false;
  #isDisposed = false;

  constructor(options: QuotaPollerOptions) {
    this.#options = options;
    this.#keys = new KeyWatch(options.readKey, options.clock);
    this.#memory = new AccountMemory(options);
    this.#times = new ReadTimes(options.clock);
  }

  /** How many turns have ended in a defect of ours. */
  get defectCount(): number {
    return this.#defectCount;
  }

  /** When and why Kimi is asked next, for the log and the tooltip. */
  get next(): NextRead {
    const { obstacle } = this.#keys;
    return obstacle ? { kind: 'never', reason: obstacle } : nextRead(this.#rhythm());
  }

  /** Shows what the archive knows, then begins to ask. */
  async start(isFocused: boolean): Promise<void> {
    this.#isFocused = isFocused;
    await this.lookAtKey();
    await this.#tick();
  }

  /** Somebody looks at this window, or no longer does. */
  setFocused(isFocused: boolean): void {
    this.#isFocused = isFocused;
    // A key may have come meanwhile, or the key ring was unlocked.
    if (isFocused && this.#keys.obstacle) void this.lookAtKey();
    this.#tickSoon();
  }

  /** An agent's log has moved: what is left may have changed though nobody looks. */
  agentMoved(): void {
    if (this.#times.noteAgentMoved()) this.#tickSoon();
  }

  /** Takes over what another window has learned. Reads no key: the archive changes often. */
  async follow(): Promise<void> {
    await this.#takeOver();
  }

  /** A key was stored or removed, in this window or another: reads it, and what was learned with it. */
  async lookAtKey(): Promise<void> {
    await this.#takeOver(this.#keys);
  }

  async #takeOver(keys?: KeyWatch): Promise<void> {
    await this.#guard(async () => {
      const { lastReadAt } = this.#memory.shared;
      const [loaded] = await Promise.all([this.#memory.load(), keys?.look()]);
      if (this.#isDisposed || !this.#memory.take(loaded)) return;
      const { shared } = loaded;
      if (shared.lastReadAt !== lastReadAt) {
        this.#times.noteReadAt(shared.lastReadAt);
        if (shared.outcome?.kind === 'unauthorized') this.#keys.noteRefused();
      }
      this.#show();
    });
    this.#tickSoon();
  }

  /** The user asks: at once, unless somebody did within 10 s or Kimi asked us to wait. */
  async ask(): Promise<void> {
    await this.#readUnlessTooSoon('asked');
  }

  /** A limit error was just seen: what the numbers are now is evidence. At most one a minute. */
  async readAfterLimitError(): Promise<void> {
    await this.#readUnlessTooSoon('limitError');
  }

  /** Another key is stored now, or none: old answers are void. `outcome` is what its trial gave. */
  async keyChanged(outcome?: QuotaOutcome): Promise<void> {
    this.#generation++;
    this.#times.noteReadAt(undefined);
    await this.#guard(() => this.#memory.forget());
    if (outcome) return this.learn(outcome);
    await this.lookAtKey();
    const turn = { minGapMs: 0, reason: 'keyChanged', isAsked: true };
    if (this.#keys.access === 'key') await this.#read(turn);
  }

  /** Somebody else has asked: with the key that is stored, or with `key` if it still is. */
  async learn(outcome: QuotaOutcome, key?: string): Promise<void> {
    await this.#guard(async () => {
      const held = await this.#keys.look();
      if (key !== undefined && !(held.kind === 'key' && held.key === key)) return;
      await this.#learn(readClock(this.#options.clock), outcome);
      if (key === undefined) this.#learnPlan(held, outcome);
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }

  #rhythm(): RhythmInput {
    const { clock, lease } = this.#options;
    const { shared } = this.#memory;
    const { hasAgentMoved, heldForMs, sinceReadMs } = this.#times;
    // A token that was refused and has been replaced since: that answer was not about this one.
    const isPast = shared.outcome?.kind === 'unauthorized' && this.#keys.isReplaced;
    const outcome = isPast ? undefined : shared.outcome;
    return {
      now: clock.now(),
      isFocused: this.#isFocused,
      isLeaseHeld: lease?.isHeld ?? true,
      hasAgentMoved,
      heldForMs,
      failureCount: shared.failureCount,
      jitter: shared.jitter,
      ...(outcome ? { outcome } : {}),
      ...(sinceReadMs === undefined ? {} : { sinceReadMs }),
    };
  }

  #tickSoon(): void {
    this.#timer.value = this.#options.clock.after(0, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    if (this.#isDisposed) return;
    if (this.#keys.isDue) await this.#guard(() => this.#lookAgain());
    const { next } = this;
    if (next.kind === 'at' && next.at <= clock.now()) await this.#read(next);
    const needsTicks = this.#needsTicks();
    if (this.#isDisposed || !(needsTicks || this.#keys.isWatched)) return;
    this.#timer.value = clock.after(needsTicks ? TICK_MS : LOOK_MS, () => void this.#tick());
  }

  /** Whatever ends another `never` ticks soon; only the lease comes without a word. */
  #needsTicks(): boolean {
    const { kind, reason } = this.next;
    return kind === 'at' || reason === 'otherWindow';
  }

  /** A log-in may have ended or been renewed, a key ring may answer; nothing is sent for that. */
  async #lookAgain(): Promise<void> {
    const { access } = this.#keys;
    // Its program is in use: what is left changes.
    if (await this.#keys.lookForNew()) this.#times.noteAgentMoved();
    if (access !== this.#keys.access && !this.#isDisposed) this.#show();
  }

  async #readUnlessTooSoon(cause: 'asked' | 'limitError'): Promise<void> {
    const rhythm = this.#rhythm();
    const minGapMs = leastGapMs(cause, rhythm);
    if ((rhythm.sinceReadMs ?? Infinity) < minGapMs || minGapMs === Infinity) return;
    await this.#read({ minGapMs, reason: cause, isAsked: cause === 'asked' });
  }

  /** Single flight: who comes while a read runs waits for that one. Never rejects. */
  async #read(turn: Turn): Promise<void> {
    // The answer to an old key will be dropped: it does not serve who asks for the new one.
    while (this.#reading && this.#reading.generation !== this.#generation) {
      await this.#reading.done;
    }
    if (!this.#reading) {
      const turnDone = this.#guard(() => this.#readOnce(turn));
      const done = turnDone.finally(() => (this.#reading = undefined));
      this.#reading = { done, generation: this.#generation };
    }
    await this.#reading.done;
  }

  async #readOnce(turn: Turn): Promise<void> {
    const { clock, log, source } = this.#options;
    const generation = this.#generation;
    const held = await this.#keys.look();
    if (held.kind !== 'key') return this.#show();
    const moment = readClock(clock);
    if (!(await this.#claim(turn, moment.at))) {
      this.#times.hold();
      return this.follow();
    }
    this.#times.noteRead(moment);
    const outcome = await this.#askWith(held);
    if (generation !== this.#generation) return;
    if (!outcome) return this.follow();
    await this.#learn(moment, outcome);
    if (this.#isDisposed) return;
    log.info(`Read ${source} (${turn.reason}): ${outcomeWords(outcome)}.`);
    const { next } = this;
    const when = next.kind === 'at' ? ` at ${new Date(next.at).toISOString()}` : '';
    log.debug(`Next: ${next.reason}${when}.`);
    this.#learnPlan(held, outcome);
  }

  /** Undefined: another window has changed the key meanwhile, and its word is not here yet. */
  async #askWith(held: HeldKey): Promise<QuotaOutcome | undefined> {
    const { client } = this.#options;
    const outcome = await client.readQuota(held.key);
    const now = await this.#keys.look();
    if (now.kind === 'key' && now.key === held.key) return outcome;
    if (!held.isLinked || !this.#keys.isLinked) return undefined;
    // The log-in was renewed while we asked, or has ended: of the same person all the same.
    if (outcome.kind !== 'unauthorized') return outcome;
    return now.kind === 'key' ? client.readQuota(now.key) : undefined;
  }

  /** Nobody waits for it: it is one word more in the tooltip. */
  #learnPlan(held: KeyLookup, outcome: QuotaOutcome): void {
    void this.#guard(() => this.#memory.learnPlan(held, outcome));
  }

  /** For a person in this window by its own right, else for the machine. */
  #claim({ minGapMs, isAsked }: Turn, now: number): Promise<boolean> {
    const { archive, lease, source } = this.#options;
    if (lease && !this.#isFocused && !isAsked) return lease.claimRead(source, minGapMs);
    return archive.claimRead({ subject: source, now, minGapMs });
  }

  /** After `dispose()` too, for those who come after. */
  async #learn(moment: Moment, outcome: QuotaOutcome): Promise<void> {
    this.#times.noteRead(moment);
    if (outcome.kind === 'unauthorized') this.#keys.noteRefused();
    this.#tickSoon();
    // Whoever has an answer has a key, even if the key ring does not answer.
    const access = this.#keys.access === 'tokenExpired' ? 'tokenExpired' : 'key';
    await this.#memory.learn(moment.at, outcome, access);
  }

  #show(): void {
    this.#memory.show(this.#keys.access);
  }

  /** A defect is logged and counted, and what was to be done is left for a while. Never rejects. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#defectCount++;
      this.#times.hold();
      if (this.#isDisposed) return;
      // The message of an error that we did not foresee may hold anything.
      const name = error instanceof Error ? error.name : typeof error;
      this.#options.log.error(`Asking for the quota ended in a defect: ${name}.`);
    }
  }
}
