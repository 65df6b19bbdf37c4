import type { Clock } from '../base/ports.ts';
import { elapsedMs, MINUTE_MS, type Moment, momentFromWallClock, readClock } from '../base/time.ts';
import type { QuotaOutcome, UnreachableCause } from './outcome.ts';

/** Longer than any read of another window, whose outcome is stored by then. */
const HOLD_MS = 30_000;

/** The last read of one account, and later events, as known to this window. */
export class ReadTimes {
  readonly #clock: Clock;
  /** Of any window. */
  #lastRead: Moment | undefined;
  #heldSince: Moment | undefined;
  #agentMovedMonotonicMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time since the last read of any window; undefined if none. */
  get sinceReadMs(): number | undefined {
    return this.#lastRead && elapsedMs(this.#lastRead, this.#clock);
  }

  /** A failed turn: wait this long. */
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

  /** Another window read at `at` (epoch milliseconds); undefined if no read is known. */
  noteReadAt(at: number | undefined): void {
    this.#lastRead = at === undefined ? undefined : momentFromWallClock(at, this.#clock);
    this.#heldSince = undefined;
  }

  hold(): void {
    this.#heldSince = readClock(this.#clock);
  }

  /** True if no log had changed since the last read. */
  noteAgentMoved(): boolean {
    const isNews = !this.hasAgentMoved;
    this.#agentMovedMonotonicMs = this.#clock.monotonicMs();
    return isNews;
  }
}

/** Everything that decides when the next read happens. */
export interface RhythmInput {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The window is watched. */
  readonly isFocused: boolean;
  /** This window holds the lease: only it reads in the background. */
  readonly isLeaseHeld: boolean;
  /** An agent's log changed since the last read. */
  readonly hasAgentMoved: boolean;
  /** Time since the last read of any window on this machine; absent if none. */
  readonly sinceReadMs?: number;
  /** This window's last turn failed: wait this long. */
  readonly heldForMs: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row, the last one included. */
  readonly failureCount: number;
  /** 0 to 1: share of the longest wait ("full jitter"). */
  readonly jitter: number;
}

/**
 * The reason for the time of the next read, shown in the log and the tooltip. `held`: another window
 * is reading, or the last turn ended in a bug. `otherWindow`: the lease holder reads.
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

/** When to read next. `never`: not until something changes. */
export type NextRead =
  | { readonly kind: 'never'; readonly reason: RhythmReason }
  | {
      readonly kind: 'at';
      readonly at: number;
      /** Minimum time since the last read of any window. */
      readonly minGapMs: number;
      readonly reason: RhythmReason;
    };

/** Minimum time between background reads per machine (kimi-code #2937). */
export const READ_INTERVAL_MS = 5 * MINUTE_MS;
/** Minimum gap after a limit error in a log; the response is evidence. */
export const EXTRA_READ_GAP_MS = MINUTE_MS;
/** A user who refreshes again within this time gets the last response. */
const ASKED_READ_GAP_MS = 10_000;
const SHORTEST_BACKOFF_MS = 30_000;
const LONGEST_BACKOFF_MS = 15 * MINUTE_MS;
const SHORTEST_RETRY_AFTER_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 60 * MINUTE_MS;
const GONE_INTERVAL_MS = 60 * MINUTE_MS;

/**
 * When the next background read is due: the longest of interval, backoff and Retry-After. A request
 * that never reached Kimi was no load on it: then only the backoff counts, so that a laptop whose
 * network returns late doesn't wait for 5 minutes. Pure.
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

/** The first read of an account happens unwatched too, so that numbers are ready to show. */
function obstacleOf(input: RhythmInput): RhythmReason | undefined {
  if (input.isFocused) return undefined;
  if (!input.hasAgentMoved && input.sinceReadMs !== undefined) return 'nobodyLooks';
  return input.isLeaseHeld ? undefined : 'otherWindow';
}

/**
 * Minimum time since the last read for an extra one: when the user refreshes or a limit error
 * occurred. Infinity: not allowed. Pure.
 */
export function leastGapMs(cause: 'asked' | 'limitError', input: RhythmInput): number {
  if (cause === 'limitError') return Math.max(EXTRA_READ_GAP_MS, pauseAfter(input)[0]);
  const { outcome } = input;
  if (outcome?.kind === 'rateLimited') return clampRetryAfter(outcome.retryAfterMs ?? 0);
  const retryAfterMs = outcome?.kind === 'unreachable' ? outcome.retryAfterMs : undefined;
  return retryAfterMs === undefined ? ASKED_READ_GAP_MS : clampRetryAfter(retryAfterMs);
}

/** The wait that the last response requires beyond the interval. */
function pauseAfter(input: RhythmInput): readonly [waitMs: number, reason: RhythmReason] {
  const { outcome } = input;
  switch (outcome?.kind) {
    case undefined:
    case 'fresh':
      return [0, 'interval'];
    case 'unauthorized':
    case 'forbidden':
      return [Infinity, 'refused'];
    // A plan may be bought at any time.
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

/** Failures of the connection itself, before any request is sent. */
const UNSENT: readonly UnreachableCause[] = ['dns', 'refused', 'tls', 'proxy'];

function hasReachedKimi(outcome: QuotaOutcome | undefined): boolean {
  return outcome?.kind !== 'unreachable' || !UNSENT.includes(outcome.cause);
}

/** Clamps Retry-After: 0 is not "now", and 10^9 s is not "never". */
export function clampRetryAfter(retryAfterMs: number): number {
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(SHORTEST_RETRY_AFTER_MS, retryAfterMs));
}

function backoffMs({ failureCount, jitter }: RhythmInput): number {
  const longest = SHORTEST_BACKOFF_MS * 2 ** Math.min(failureCount, 10);
  return Math.max(SHORTEST_BACKOFF_MS, Math.min(LONGEST_BACKOFF_MS, longest) * jitter);
}
