import type { HeldKey, KeyAccess, KeyLookup } from '../accounts/foundKey.ts';
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

/** Interval of local lookups for keys that change without an event. Sends no request. */
const LOOK_MS = 30_000;

/**
 * The key of one account at the last lookup. The token of a linked sign-in appears, expires and is
 * replaced without an event, and so does the unlocking of a key ring: these are looked up regularly,
 * other keys are not.
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

  /** Undefined before the first lookup. */
  get access(): KeyAccess | undefined {
    return this.#last?.kind;
  }

  /** Whether the key is the token of another program's sign-in. */
  get isLinked(): boolean {
    return this.access === 'tokenExpired' || this.#held?.isLinked === true;
  }

  /** Why the key doesn't allow a check. */
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

  /** Whether it may change without an event. */
  get isWatched(): boolean {
    return this.isLinked || this.access === 'unanswered';
  }

  /** Whether a lookup is due. */
  get isDue(): boolean {
    if (!this.isWatched || !this.#lookedAt) return false;
    return elapsedMs(this.#lookedAt, this.#clock) >= LOOK_MS;
  }

  /** Whether a new token replaced the rejected one. */
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

  /** Like `look`; true if the sign-in was renewed since the last lookup, so its program is in use. */
  async lookForNew(): Promise<boolean> {
    const before = this.#held?.key;
    const lookup = await this.look();
    return lookup.kind === 'key' && lookup.isLinked === true && lookup.key !== before;
  }

  /** Kimi rejected the key of the last lookup. */
  noteRefused(): void {
    this.#refused = this.#held?.key;
  }

  get #held(): HeldKey | undefined {
    return this.#last?.kind === 'key' ? this.#last : undefined;
  }
}

/** Options of `QuotaPoller`. */
export interface QuotaPollerOptions {
  /** Storage key of responses, see `sourceOf`. */
  readonly source: string;
  /** The stored key for the host, or why there is none. */
  readonly readKey: () => Promise<KeyLookup>;
  readonly client: QuotaClient;
  readonly store: QuotaStore;
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  /** In the background, only the lease holder reads. Default: there is no other window. */
  readonly lease?: Pick<Lease, 'isHeld' | 'claimRead'>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter of the backoff. */
  readonly random: () => number;
}

/**
 * Timers pause while the machine sleeps, so a long one fires long after the wake-up: the schedule is
 * checked this often while a read may become due. Costs no I/O.
 */
const TICK_MS = 4000;

/** A planned read, made if the last one of any window is at least `minGapMs` ago. */
interface Turn {
  readonly minGapMs: number;
  readonly reason: string;
  /** The user requested it in this window. */
  readonly isAsked?: boolean;
}

/**
 * Checks one account when `nextRead` schedules it, and stores the outcome. Every read is claimed in the
 * archive first, so ten windows send as many requests as one. One read at a time; a bug in one turn
 * ends only that turn.
 */
export class QuotaPoller implements Disposable {
  readonly #options: QuotaPollerOptions;
  readonly #timer = new MutableDisposable();
  readonly #keys: KeyWatch;
  readonly #memory: AccountMemory;
  readonly #times: ReadTimes;
  #reading: { readonly done: Promise<void>; readonly generation: number } | undefined;
  /** Incremented when the key changes: late responses for the old key are dropped. */
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

  /** Number of turns that ended in a bug. */
  get defectCount(): number {
    return this.#defectCount;
  }

  /** When and why the next read happens, for the log and the tooltip. */
  get next(): NextRead {
    const { obstacle } = this.#keys;
    return obstacle ? { kind: 'never', reason: obstacle } : nextRead(this.#rhythm());
  }

  /** Shows the stored state, then starts polling. */
  async start(isFocused: boolean): Promise<void> {
    this.#isFocused = isFocused;
    await this.lookAtKey();
    await this.#tick();
  }

  /** The window is watched, or no longer. */
  setFocused(isFocused: boolean): void {
    this.#isFocused = isFocused;
    // A key may have been set, or the key ring unlocked.
    if (isFocused && this.#keys.obstacle) void this.lookAtKey();
    this.#tickSoon();
  }

  /** An agent's log changed: so may the quota, even if the window is not watched. */
  agentMoved(): void {
    if (this.#times.noteAgentMoved()) this.#tickSoon();
  }

  /** Reads the state that another window stored. Reads no key: the archive changes often. */
  async follow(): Promise<void> {
    await this.#takeOver();
  }

  /** A key was stored or removed, in this window or another: reads it and its state. */
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

  /** The user refreshes: immediate, unless the last read is under 10 s ago or Kimi requested a wait. */
  async ask(): Promise<void> {
    await this.#readUnlessTooSoon('asked');
  }

  /** A limit error occurred: current numbers are evidence. At most once a minute. */
  async readAfterLimitError(): Promise<void> {
    await this.#readUnlessTooSoon('limitError');
  }

  /** The key was replaced or removed: old responses are void. `outcome`: the result of its trial. */
  async keyChanged(outcome?: QuotaOutcome): Promise<void> {
    this.#generation++;
    this.#times.noteReadAt(undefined);
    await this.#guard(() => this.#memory.forget());
    if (outcome) return this.learn(outcome);
    await this.lookAtKey();
    const turn = { minGapMs: 0, reason: 'keyChanged', isAsked: true };
    if (this.#keys.access === 'key') await this.#read(turn);
  }

  /** The outcome of a check made elsewhere with the stored key, or with `key` if it is still stored. */
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
    // The rejected token has been replaced: the outcome is not about the current one.
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

  /** Events end any other `never`; only the lease changes without one. */
  #needsTicks(): boolean {
    const { kind, reason } = this.next;
    return kind === 'at' || reason === 'otherWindow';
  }

  /** A sign-in may have expired or been renewed, or a key ring may respond. Sends no request. */
  async #lookAgain(): Promise<void> {
    const { access } = this.#keys;
    // Its program is in use: the quota changes.
    if (await this.#keys.lookForNew()) this.#times.noteAgentMoved();
    if (access !== this.#keys.access && !this.#isDisposed) this.#show();
  }

  async #readUnlessTooSoon(cause: 'asked' | 'limitError'): Promise<void> {
    const rhythm = this.#rhythm();
    const minGapMs = leastGapMs(cause, rhythm);
    if ((rhythm.sinceReadMs ?? Infinity) < minGapMs || minGapMs === Infinity) return;
    await this.#read({ minGapMs, reason: cause, isAsked: cause === 'asked' });
  }

  /** Single flight: callers during a read wait for it. Never rejects. */
  async #read(turn: Turn): Promise<void> {
    // The response for an old key will be dropped, so it can't serve the new one.
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

  /** Undefined if another window changed the key and the event hasn't arrived. */
  async #askWith(held: HeldKey): Promise<QuotaOutcome | undefined> {
    const { client } = this.#options;
    const outcome = await client.readQuota(held.key);
    const now = await this.#keys.look();
    if (now.kind === 'key' && now.key === held.key) return outcome;
    if (!held.isLinked || !this.#keys.isLinked) return undefined;
    // The sign-in was renewed or expired during the request: still the same person.
    if (outcome.kind !== 'unauthorized') return outcome;
    return now.kind === 'key' ? client.readQuota(now.key) : undefined;
  }

  /** Not awaited: the plan is only one word in the tooltip. */
  #learnPlan(held: KeyLookup, outcome: QuotaOutcome): void {
    void this.#guard(() => this.#memory.learnPlan(held, outcome));
  }

  /** For a user request without the lease, otherwise with it. */
  #claim({ minGapMs, isAsked }: Turn, now: number): Promise<boolean> {
    const { archive, lease, source } = this.#options;
    if (lease && !this.#isFocused && !isAsked) return lease.claimRead(source, minGapMs);
    return archive.claimRead({ subject: source, now, minGapMs });
  }

  /** Also after `dispose()`, for other windows. */
  async #learn(moment: Moment, outcome: QuotaOutcome): Promise<void> {
    this.#times.noteRead(moment);
    if (outcome.kind === 'unauthorized') this.#keys.noteRefused();
    this.#tickSoon();
    // A response implies a key, even if the key ring doesn't respond.
    const access = this.#keys.access === 'tokenExpired' ? 'tokenExpired' : 'key';
    await this.#memory.learn(moment.at, outcome, access);
  }

  #show(): void {
    this.#memory.show(this.#keys.access);
  }

  /** A bug is logged and counted, and delays the next turn. Never rejects. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#defectCount++;
      this.#times.hold();
      if (this.#isDisposed) return;
      // The message of an unexpected error may contain anything.
      const name = error instanceof Error ? error.name : typeof error;
      this.#options.log.error(`Asking for the quota ended in a defect: ${name}.`);
    }
  }
}
