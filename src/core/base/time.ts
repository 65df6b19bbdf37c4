import type { Clock } from './ports.ts';
import { CLOCK_TOLERANCE_MS } from './store.ts';

/** Milliseconds in a second. */
export const SECOND_MS = 1000;
/** Milliseconds in a minute. */
export const MINUTE_MS = 60 * SECOND_MS;
/** Milliseconds in an hour. */
export const HOUR_MS = 60 * MINUTE_MS;
/** Milliseconds in a day. */
export const DAY_MS = 24 * HOUR_MS;

/** The times in two records of the same event differ by less. */
export const SAME_MOMENT_MS = 2 * SECOND_MS;

/** With `T` or a space, `,` or `.` before the fraction; slashes as Go writes them. */
const LOCAL = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]| - )(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$/;

/**
 * A time without a zone in this machine's time zone: epoch milliseconds, or undefined when invalid.
 * A time skipped by a clock change is read as an hour later; of a repeated hour the first is used,
 * so that the last hour of summer time in a log may be an hour early. A log from a machine in
 * another zone is read wrong: its lines don't contain the zone.
 */
export function parseLocalTime(text: string): number | undefined {
  const [, ...parts] = LOCAL.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts.slice(0, 6).map(Number);
  if (!year || !month || !day || month > 12 || day > 31) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 60) return undefined;
  const milliseconds = Number((parts[6] ?? '').padEnd(3, '0').slice(0, 3));
  return new Date(year, month - 1, day, hour, minute, second, milliseconds).getTime();
}

/** A point in time by both clocks of one process. */
export interface Moment {
  /** Epoch milliseconds, by the clock that may jump. */
  readonly at: number;
  readonly monotonicMs: number;
}

/** The current time by both clocks. */
export function readClock(clock: Clock): Moment {
  return { at: clock.now(), monotonicMs: clock.monotonicMs() };
}

/**
 * The point in time of `at`, which another process recorded by its wall clock. A time ahead of this
 * clock was recorded before the clock was set back: it counts as long ago.
 */
export function momentFromWallClock(at: number, clock: Clock): Moment {
  const ageMs = clock.now() - at;
  const monotonicMs =
    ageMs < -CLOCK_TOLERANCE_MS ? -Infinity : clock.monotonicMs() - Math.max(0, ageMs);
  return { at, monotonicMs };
}

/**
 * Milliseconds since `since`. A monotonic clock stops during sleep, and a corrected clock jumps
 * back: the larger difference counts, so that neither sleep nor a jump delays anything.
 */
export function elapsedMs(since: Moment, clock: Clock): number {
  return Math.max(clock.now() - since.at, clock.monotonicMs() - since.monotonicMs);
}
