import { CLOCK_TOLERANCE_MS } from './archive.ts';
import type { Clock } from './ports.ts';

/** A point in time by both clocks of one process. */
export interface Moment {
  /** Epoch milliseconds, by the clock that may jump. */
  readonly at: number;
  readonly monotonicMs: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { at: clock.now(), monotonicMs: clock.monotonicMs() };
}

/**
 * When `at` was, which another process has noted by the wall clock. A time that is ahead of ours
 * was noted before the clock was set back: it is taken for long ago, since nobody can tell.
 */
export function momentAt(at: number, clock: Clock): Moment {
  const ageMs = clock.now() - at;
  const monotonicMs =
    ageMs < -CLOCK_TOLERANCE_MS ? -Infinity : clock.monotonicMs() - Math.max(0, ageMs);
  return { at, monotonicMs };
}

/**
 * How long ago `since` was. Sleep stands still for a monotonic clock, a corrected clock jumps back:
 * whichever says that more time has passed is right, so that neither a wake nor a jump holds
 * anything up.
 */
export function elapsedMs(since: Moment, clock: Clock): number {
  return Math.max(clock.now() - since.at, clock.monotonicMs() - since.monotonicMs);
}
