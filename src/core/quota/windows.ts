import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/time.ts';

/** The part of a quota that decides which one stops the user first. */
export interface WindowRoom {
  /** Percent left, 0 to 100; absent while unknown or resetting. */
  readonly remainingPercent?: number;
  /** Epoch milliseconds. */
  readonly resetsAt?: number;
}

/** At or below this share, a quota is running low. */
export const LOW_PERCENT = 20;

/**
 * The quota that stops the user first, of quotas ordered from short to long:
 * - a used-up one, and of several the one that resets last: a used-up weekly quota makes a full 5-hour
 *   quota useless (openusage #160);
 * - otherwise the lowest of those running low;
 * - otherwise the shortest. Percentages of different quotas don't compare: a weekly quota was always
 *   worth at least five 5-hour quotas (docs/kimi.md 9.1: 200 to 1,024, to 2,048, to 7,168), so with
 *   more than a fifth of it left, even a full 5-hour quota ends first.
 * Quotas with an unknown share are ignored.
 */
export function bindingWindow<T extends WindowRoom>(windows: readonly T[]): T | undefined {
  const known = windows.filter(window => window.remainingPercent !== undefined);
  const spent = known.filter(window => window.remainingPercent === 0);
  if (spent.length > 0) return greatest(spent, window => window.resetsAt ?? Infinity);
  const low = known.filter(window => room(window) <= LOW_PERCENT);
  if (low.length > 0) return greatest(low, window => -room(window));
  return known[0];
}

const room = ({ remainingPercent = 100 }: WindowRoom): number => remainingPercent;

/** Of equals the later one, which is the longer quota. */
function greatest<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  return items.reduce((best, item) => (measure(item) >= measure(best) ? item : best));
}

/** Units in quota ids such as `27d` or `90m`; the largest first. */
export const WINDOW_UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const;

/** The length of the quota with this id; undefined for other ids. */
export function windowLengthMs(id: string): number | undefined {
  if (id === 'week') return 7 * DAY_MS;
  if (id === 'month') return 30 * DAY_MS;
  const sized = /^(\d{1,4})([smhd])$/.exec(id);
  const unitMs = WINDOW_UNITS.find(([unit]) => unit === sized?.[2])?.[1];
  return unitMs && Number(sized?.[1]) * unitMs;
}

/** Reset times of two responses that differ by less are the same: Kimi counts from the response. */
export const SAME_RESET_MS = 10 * MINUTE_MS;
