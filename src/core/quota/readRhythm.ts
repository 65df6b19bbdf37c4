import type { Clock } from '../base/ports.ts';
import { elapsedMs, MINUTE_MS, type Moment, momentFromWallClock, readClock } from '../base/time.ts';
import type { QuotaOutcome, UnreachableCause } from './outcome.ts';

/** Longer than any read of another window, which will have told what came of it by then. */
const HOLD_MS = 30_000;

/** When one account was last asked for, and what has happened since, as far as this window knows. */
export class ReadTimes {
  readonly #clock: Clock;
  /** Of any window. */
  #lastRead: Moment | undefined;
  #heldSince: Moment | undefined;
  #agentMovedMonotonicMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long ago any window asked; undefined if none ever did. */
  get sinceReadMs(): number | undefined {
    return this.#lastRead && elapsedMs(this.#lastRead, this.#clock);
  }

  /** A try came to nothing: not before so long. */
  get heldForMs(): number {
    return this.#heldSince ? Math.max(0, HOLD_MS - elapsedMs(this.#heldSince, this.#clock)) : 0;
  }

  get hasAgentMoved(): boolean {
    return this.#agentMovedMonotonicMs > (this.#lastRead?.monotonicMs ?? -Infinity);
  }

  noteRead(moment: Moment): void {
    this.#lastRead = moment;
    this.#heldSince = undefined;
  }

  /** Another window asked at `at` (epoch milliseconds), or it is not known that any did. */
  noteReadAt(at: number | undefined): void {
    this.#lastRead = at === undefined ? undefined : momentFromWallClock(at, this.#clock);
    this.#heldSince = undefined;
  }

  hold(): void {
    this.#heldSince = readClock(this.#clock);
  }

  /** True if none had moved since the last read. */
  noteAgentMoved(): boolean {
    const isNews = !this.hasAgentMoved;
    this.#agentMovedMonotonicMs = this.#clock.monotonicMs();
    return isNews;
  }
}

/** Everything that decides when Kimi is asked next. */
export interface RhythmInput {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Somebody looks at this window. */
  readonly isFocused: boolean;
  /** This window works for the machine: it alone reads while nobody looks. */
  readonly isLeaseHeld: boolean;
  /** An agent's log has moved since the last read. */
  readonly hasAgentMoved: boolean;
  /** How long ago any window of this machine asked; absent if none ever did. */
  readonly sinceReadMs?: number;
  /** This window's last try came to nothing: not before so long. */
  readonly heldForMs: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row, the last one included. */
  readonly failureCount: number;
  /** 0 to 1: how much of the longest wait this backoff takes ("full jitter"). */
  readonly jitter: number;
}

/**
 * Why the next read is when it is. The log and the tooltip name it. `held`: another window reads
 * at this moment, or the last turn ended in a defect. `otherWindow`: it is for the lease holder.
 */
export type RhythmReason =
  | 'noKey'
  | 'tokenExpired'
  | 'noKeyRing'
  | 'firstRead'
  | 'interval'
  | 'backoff'
  | 'retryAfter'
  | 'endpointGone'
  | 'refused'
  | 'noPlan'
  | 'held'
  | 'otherWindow'
  | 'nobodyLooks';

/** When to ask next. `never`: not until something changes. */
export type NextRead =
  | { readonly kind: 'never'; readonly reason: RhythmReason }
  | {
      readonly kind: 'at';
      readonly at: number;
      /** How long the last read must be ago, whichever window made it. */
      readonly minGapMs: number;
      readonly reason: RhythmReason;
    };

/** Background reads are at least this far apart, on the whole machine (kimi-code #2937). */
export const READ_INTERVAL_MS = 5 * MINUTE_MS;
/** After a limit error in a log; the answer is evidence. */
export const EXTRA_READ_GAP_MS = MINUTE_MS;
/** A person who asks again at once gets the answer that is there. */
const ASKED_READ_GAP_MS = 10_000;
const SHORTEST_BACKOFF_MS = 30_000;
const LONGEST_BACKOFF_MS = 15 * MINUTE_MS;
const SHORTEST_RETRY_AFTER_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 60 * MINUTE_MS;
const GONE_INTERVAL_MS = 60 * MINUTE_MS;

/**
 * When the next background read is due. Interval, backoff and Retry-After only lengthen: the
 * longest of them holds. A request that never reached Kimi was no load on it: there the backoff
 * alone decides, so that a laptop whose network comes back late does not wait for 5 minutes. Pure.
 */
export function nextRead(input: RhythmInput): NextRead {
  const [pauseMs, pauseReason] = pauseAfter(input);
  if (pauseMs === Infinity) return { kind: 'never', reason: pauseReason };
  const obstacle = obstacleOf(input);
  if (obstacle) return { kind: 'never', reason: obstacle };
  const intervalMs = hasReachedKimi(input.outcome) ? READ_INTERVAL_MS : 0;
  const minGapMs = Math.max(intervalMs, pauseMs);
  const waitMs = Math.max(0, minGapMs - (input.sinceReadMs ?? Infinity));
  const { heldForMs, now } = input;
  if (heldForMs > waitMs) return { kind: 'at', at: now + heldForMs, minGapMs, reason: 'held' };
  const reason = pauseMs > intervalMs ? pauseReason : 'interval';
  const isFirst = input.sinceReadMs === undefined;
  return { kind: 'at', at: now + waitMs, minGapMs, reason: isFirst ? 'firstRead' : reason };
}

/** The very first read of an account is made unwatched too: a window in view has a number to show. */
function obstacleOf(input: RhythmInput): RhythmReason | undefined {
  if (input.isFocused) return undefined;
  if (!input.hasAgentMoved && input.sinceReadMs !== undefined) return 'nobodyLooks';
  return input.isLeaseHeld ? undefined : 'otherWindow';
}

/**
 * How long the last read must be ago before one that is not due in itself may be made: because a
 * person asks, or because a limit error was seen. Infinity: not at all. Pure.
 */
export function leastGapMs(cause: 'asked' | 'limitError', input: RhythmInput): number {
  if (cause === 'limitError') return Math.max(EXTRA_READ_GAP_MS, pauseAfter(input)[0]);
  const { outcome } = input;
  if (outcome?.kind === 'rateLimited') return clampRetryAfter(outcome.retryAfterMs ?? 0);
  const retryAfterMs = outcome?.kind === 'unreachable' ? outcome.retryAfterMs : undefined;
  return retryAfterMs === undefined ? ASKED_READ_GAP_MS : clampRetryAfter(retryAfterMs);
}

/** What the last answer asks for beyond the interval. */
function pauseAfter(input: RhythmInput): readonly [waitMs: number, reason: RhythmReason] {
  const { outcome } = input;
  switch (outcome?.kind) {
    case undefined:
    case 'fresh':
      return [0, 'interval'];
    case 'unauthorized':
    case 'forbidden':
      return [Infinity, 'refused'];
    // One may be bought at any time.
    case 'noPlan':
      return [GONE_INTERVAL_MS, 'noPlan'];
    case 'gone':
      return [GONE_INTERVAL_MS, 'endpointGone'];
    case 'malformed':
      return [backoffMs(input), 'backoff'];
    case 'rateLimited':
    case 'unreachable':
      return outcome.retryAfterMs === undefined
        ? [backoffMs(input), 'backoff']
        : [clampRetryAfter(outcome.retryAfterMs), 'retryAfter'];
  }
}

/** Where the connection itself fails, before any request is sent. */
const UNSENT: readonly UnreachableCause[] = ['dns', 'refused', 'tls', 'proxy'];

function hasReachedKimi(outcome: QuotaOutcome | undefined): boolean {
  return outcome?.kind !== 'unreachable' || !UNSENT.includes(outcome.cause);
}

/** What Kimi may ask for at least and at most: 0 is not "now", and 10^9 s is not "never". */
export function clampRetryAfter(retryAfterMs: number): number {
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(SHORTEST_RETRY_AFTER_MS, retryAfterMs));
}

function backoffMs({ failureCount, jitter }: RhythmInput): number {
  const longest = SHORTEST_BACKOFF_MS * 2 ** Math.min(failureCount, 10);
  return Math.max(SHORTEST_BACKOFF_MS, Math.min(LONGEST_BACKOFF_MS, longest) * jitter);
}
