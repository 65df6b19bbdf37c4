import type { QuotaOutcome } from './outcome.ts';

/** Everything that decides when Kimi is asked next. Times are epoch milliseconds. */
export interface RhythmInput {
  readonly now: number;
  /** Somebody looks at this window. */
  readonly isFocused: boolean;
  /** When an agent's log last moved, where that is known. */
  readonly agentMovedAt?: number;
  /** When any window on this machine last asked; absent if none ever did. */
  readonly lastReadAt?: number;
  /** Since the last read by a clock that does not jump; absent where another process read. */
  readonly monotonicSinceReadMs?: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row, the last one included. */
  readonly failureCount: number;
  /** 0 to 1: how much of the longest wait this backoff takes ("full jitter"). */
  readonly jitter: number;
}

/** Why the next read is when it is. The log and the tooltip name it. */
export type RhythmReason =
  | 'noKey'
  | 'firstRead'
  | 'interval'
  | 'backoff'
  | 'retryAfter'
  | 'endpointGone'
  | 'refused'
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

const MINUTE_MS = 60_000;
/** Background reads are at least this far apart, on the whole machine (kimi-code #2937). */
export const READ_INTERVAL_MS = 5 * MINUTE_MS;
/** After a limit error in a log; the answer is evidence. */
export const EXTRA_READ_GAP_MS = MINUTE_MS;
/** A person who asks again at once gets the answer that is there. */
export const ASKED_READ_GAP_MS = 10_000;
const SHORTEST_BACKOFF_MS = 30_000;
const LONGEST_BACKOFF_MS = 15 * MINUTE_MS;
const SHORTEST_RETRY_AFTER_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 60 * MINUTE_MS;
const GONE_INTERVAL_MS = 60 * MINUTE_MS;

/**
 * When the next background read is due. The interval, backoff and Retry-After only lengthen: the
 * latest of them holds. A request that never reached Kimi (no network, no name) is no load on it:
 * there the backoff alone decides. Pure.
 */
export function nextRead(input: RhythmInput): NextRead {
  const { outcome, lastReadAt } = input;
  if (outcome?.kind === 'unauthorized' || outcome?.kind === 'forbidden') {
    return { kind: 'never', reason: 'refused' };
  }
  if (lastReadAt === undefined) {
    return { kind: 'at', at: input.now, minGapMs: READ_INTERVAL_MS, reason: 'firstRead' };
  }
  if (!isWatched(input, lastReadAt)) return { kind: 'never', reason: 'nobodyLooks' };
  const [minGapMs, reason] = waitAfter(input);
  const at = input.now + Math.max(0, minGapMs - elapsedMs(input, lastReadAt));
  return { kind: 'at', at, minGapMs, reason };
}

function isWatched({ isFocused, agentMovedAt = 0 }: RhythmInput, lastReadAt: number): boolean {
  return isFocused || agentMovedAt > lastReadAt;
}

/**
 * Sleep stands still for a monotonic clock, a corrected clock jumps back: whichever of the two
 * says more has passed is right, so that neither a wake nor a jump holds a read back.
 */
function elapsedMs({ now, monotonicSinceReadMs = 0 }: RhythmInput, lastReadAt: number): number {
  return Math.max(now - lastReadAt, monotonicSinceReadMs);
}

function waitAfter(input: RhythmInput): readonly [waitMs: number, reason: RhythmReason] {
  const { outcome } = input;
  const backoff = backoffMs(input);
  switch (outcome?.kind) {
    case 'gone':
      return [GONE_INTERVAL_MS, 'endpointGone'];
    case 'rateLimited':
      return outcome.retryAfterMs === undefined
        ? [Math.max(READ_INTERVAL_MS, backoff), 'backoff']
        : [Math.max(READ_INTERVAL_MS, clampRetryAfter(outcome.retryAfterMs)), 'retryAfter'];
    case 'unreachable':
      return outcome.cause === 'server'
        ? [Math.max(READ_INTERVAL_MS, backoff), 'backoff']
        : [backoff, 'backoff'];
    case 'malformed':
      return [Math.max(READ_INTERVAL_MS, backoff), 'backoff'];
    default:
      return [READ_INTERVAL_MS, 'interval'];
  }
}

/** What Kimi may ask for at least and at most: 0 is not "now", and 10^9 s is not "never". */
export function clampRetryAfter(retryAfterMs: number): number {
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(SHORTEST_RETRY_AFTER_MS, retryAfterMs));
}

function backoffMs({ failureCount, jitter }: RhythmInput): number {
  const longest = SHORTEST_BACKOFF_MS * 2 ** Math.min(failureCount, 10);
  return Math.max(SHORTEST_BACKOFF_MS, Math.min(LONGEST_BACKOFF_MS, longest) * jitter);
}
