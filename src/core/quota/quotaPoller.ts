import type { LeaseRows, SnapshotRows, ValueRows } from '../archive.ts';
import { MutableDisposable } from '../disposables.ts';
import type { Disposable } from '../event.ts';
import type { Lease } from '../lease.ts';
import { elapsedMs, momentAt, momentOf, type Moment } from '../moment.ts';
import type { Clock, Log } from '../ports.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import { outcomeWords } from './outcomeWords.ts';
import type { QuotaStore } from './quotaStore.ts';
import { leastGapMs, nextRead, type NextRead, type RhythmInput } from './readRhythm.ts';
import {
  forgetSharedStatus,
  loadSharedStatus,
  NOTHING_KNOWN,
  saveSharedStatus,
  type SharedStatus,
} from './sharedStatus.ts';

/** What a `QuotaPoller` is made of. */
export interface QuotaPollerOptions {
  readonly origin: string;
  /** The stored key of this origin, or undefined when none is set. */
  readonly readKey: () => Promise<string | undefined>;
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

/** Longer than any read of another window, which will have told what came of it by then. */
const HOLD_MS = 30_000;

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
  #shared: SharedStatus = NOTHING_KNOWN;
  /** Of any window, as far as this one knows. */
  #lastRead: Moment | undefined;
  #heldSince: Moment | undefined;
  #agentMovedMonotonicMs = -Infinity;
  #reading: { readonly done: Promise<void>; readonly generation: number } | undefined;
  /** Grows when the key changes: a late answer to the old one is dropped. */
  #generation = 0;
  /** Grows when something was learned: what the archive said before is dropped. */
  #learnedCount = 0;
  #defectCount = 0;
  #isFocused = false;
  #isDisposed = false;

  constructor(options: QuotaPollerOptions) {
    this.#options = options;
  }

  /** How many turns have ended in a defect of ours. */
  get defectCount(): number {
    return this.#defectCount;
  }

  /** When and why Kimi is asked next, for the log and the tooltip. */
  get next(): NextRead {
    const { hasKey } = this.#options.store.status;
    return hasKey === false ? { kind: 'never', reason: 'noKey' } : nextRead(this.#rhythm());
  }

  /** Shows what the archive knows, then begins to ask. */
  async start(isFocused: boolean): Promise<void> {
    this.#isFocused = isFocused;
    await this.follow();
    await this.#tick();
  }

  /** Somebody looks at this window, or no longer does. */
  setFocused(isFocused: boolean): void {
    this.#isFocused = isFocused;
    // A key ring that did not answer looks like no key: who comes back gets another try.
    if (isFocused && this.#options.store.status.hasKey === false) void this.follow();
    this.#tickSoon();
  }

  /** An agent's log has moved: what is left may have changed though nobody looks. */
  agentMoved(): void {
    const isNews = !this.#hasAgentMoved();
    this.#agentMovedMonotonicMs = this.#options.clock.monotonicMs();
    if (isNews) this.#tickSoon();
  }

  /** Takes over what another window has learned, or a key that was set there. */
  async follow(): Promise<void> {
    await this.#guard(async () => {
      const { archive, origin, readKey, store } = this.#options;
      const learnedCount = this.#learnedCount;
      const [shared, key] = await Promise.all([loadSharedStatus(archive, origin), readKey()]);
      if (learnedCount !== this.#learnedCount || this.#isDisposed) return;
      if (shared.lastReadAt !== this.#shared.lastReadAt) this.#noteRead(shared.lastReadAt);
      this.#shared = shared;
      store.status = { ...statusOf(shared), hasKey: key !== undefined };
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

  /**
   * Another key is stored now, or none: what was learned with the old one holds no longer.
   * `outcome` is what the endpoint said when the new key was tried.
   */
  async keyChanged(outcome?: QuotaOutcome): Promise<void> {
    const { archive, clock, origin, store } = this.#options;
    this.#generation++;
    this.#learnedCount++;
    this.#shared = NOTHING_KNOWN;
    this.#noteRead(undefined);
    await this.#guard(() => forgetSharedStatus(archive, origin));
    if (outcome) {
      await this.#guard(() => this.#learn(momentOf(clock), outcome));
    } else {
      await this.follow();
      const turn = { minGapMs: 0, reason: 'keyChanged', isAsked: true };
      if (store.status.hasKey) await this.#read(turn);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }

  #rhythm(): RhythmInput {
    const { clock, lease } = this.#options;
    const { failureCount, jitter, outcome } = this.#shared;
    const heldForMs = this.#heldSince ? HOLD_MS - elapsedMs(this.#heldSince, clock) : 0;
    return {
      now: clock.now(),
      isFocused: this.#isFocused,
      isLeaseHeld: lease?.isHeld ?? true,
      hasAgentMoved: this.#hasAgentMoved(),
      heldForMs: Math.max(0, heldForMs),
      failureCount,
      jitter,
      ...(outcome ? { outcome } : {}),
      ...(this.#lastRead ? { sinceReadMs: elapsedMs(this.#lastRead, clock) } : {}),
    };
  }

  #hasAgentMoved(): boolean {
    return this.#agentMovedMonotonicMs > (this.#lastRead?.monotonicMs ?? -Infinity);
  }

  #noteRead(at: number | undefined): void {
    this.#lastRead = at === undefined ? undefined : momentAt(at, this.#options.clock);
    this.#heldSince = undefined;
  }

  #tickSoon(): void {
    this.#timer.value = this.#options.clock.after(0, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    if (this.#isDisposed) return;
    const { next } = this;
    if (next.kind === 'at' && next.at <= clock.now()) await this.#read(next);
    if (this.#isDisposed || !this.#needsTicks()) return;
    this.#timer.value = clock.after(TICK_MS, () => void this.#tick());
  }

  /** Whatever ends another `never` ticks soon; only the lease comes without a word. */
  #needsTicks(): boolean {
    const { kind, reason } = this.next;
    return kind === 'at' || reason === 'otherWindow';
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
    const { client, clock, log, origin, readKey, store } = this.#options;
    const generation = this.#generation;
    const key = await readKey();
    if (key === undefined) {
      store.status = { ...store.status, hasKey: false };
      return;
    }
    const moment = momentOf(clock);
    if (!(await this.#claim(turn, moment.at))) {
      this.#heldSince = moment;
      await this.follow();
      return;
    }
    this.#lastRead = moment;
    const outcome = await client.readQuota(key);
    if (generation !== this.#generation) return;
    // Another window may have changed it meanwhile, and its word is not here yet.
    if ((await readKey()) !== key) return this.follow();
    await this.#learn(moment, outcome);
    if (this.#isDisposed) return;
    log.info(`Read ${origin} (${turn.reason}): ${outcomeWords(outcome)}.`);
    const { next } = this;
    const when = next.kind === 'at' ? ` at ${new Date(next.at).toISOString()}` : '';
    log.debug(`Next: ${next.reason}${when}.`);
  }

  /** For a person in this window by its own right, else for the machine. */
  #claim({ minGapMs, isAsked }: Turn, now: number): Promise<boolean> {
    const { archive, lease, origin } = this.#options;
    if (lease && !this.#isFocused && !isAsked) return lease.claimRead(origin, minGapMs);
    return archive.claimRead({ subject: origin, now, minGapMs });
  }

  /** Shown first, then stored: after `dispose()` too, for those who come after. */
  async #learn(moment: Moment, outcome: QuotaOutcome): Promise<void> {
    const { archive, origin, random, store } = this.#options;
    const isFresh = outcome.kind === 'fresh';
    const snapshot = isFresh ? outcome.snapshot : this.#shared.snapshot;
    this.#learnedCount++;
    this.#lastRead = moment;
    this.#heldSince = undefined;
    this.#shared = {
      lastReadAt: moment.at,
      outcome,
      failureCount: isFresh ? 0 : this.#shared.failureCount + 1,
      jitter: random(),
      ...(snapshot ? { snapshot } : {}),
    };
    this.#tickSoon();
    try {
      store.status = { ...statusOf(this.#shared), hasKey: true };
    } finally {
      await saveSharedStatus(archive, origin, this.#shared);
    }
  }

  /** A defect is logged and counted, and what was to be done is left for a while. Never rejects. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#defectCount++;
      this.#heldSince = momentOf(this.#options.clock);
      if (this.#isDisposed) return;
      // The message of an error that we did not foresee may hold anything.
      const name = error instanceof Error ? error.name : typeof error;
      this.#options.log.error(`Asking for the quota ended in a defect: ${name}.`);
    }
  }
}

function statusOf({ snapshot, outcome }: SharedStatus) {
  return { ...(snapshot ? { snapshot } : {}), ...(outcome ? { outcome } : {}) };
}
