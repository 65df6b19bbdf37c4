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

/** Two times that two records give for one event differ by less. */
export const SAME_MOMENT_MS = 2 * SECOND_MS;

/** With `T` or a space, `,` or `.` before the fraction; slashes as Go writes them. */
const LOCAL = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]| - )(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$/;

/**
 * A time without a zone, as this machine's clock on the wall showed it: epoch milliseconds, or
 * undefined for what is no time. An hour that a change of the clock skips is read as the hour after
 * it; of an hour that comes twice the first is meant, so that a log's last hour of summer time may
 * be told an hour early. A log from a machine in another zone is read wrong: its lines do not say.
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
