import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/time.ts';

/** What decides which window stops the user first. */
export interface WindowRoom {
  /** Percent left, 0 to 100; absent where it is unknown or being reset. */
  readonly remainingPercent?: number;
  /** Epoch milliseconds. */
  readonly resetsAt?: number;
}

/** From this share left on, a window is low. */
export const LOW_PERCENT = 20;

/**
 * The window that will stop the user first, of windows ordered from short to long:
 * - a spent one before all others, and of several the one that stays shut longest: a spent week
 *   makes a full 5-hour window worthless (openusage #160);
 * - else the lowest of those that are low;
 * - else the shortest. Percentages of different windows do not compare: a week was always worth at
 *   least five 5-hour windows (docs/kimi.md 9.1: 200 to 1,024, to 2,048, to 7,168), so that with more
 *   than a fifth of the week left even a full 5-hour window ends first.
 * Windows whose share is unknown bind nothing.
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

/** Of equals the later one, which is the longer window. */
function greatest<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  return items.reduce((best, item) => (measure(item) >= measure(best) ? item : best));
}

/** In which the ids of windows are written, as `27d` or `90m`; the largest first. */
export const WINDOW_UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const;

/** How long the window with this id is; undefined for one that Kimi names otherwise. */
export function windowLengthMs(id: string): number | undefined {
  if (id === 'week') return 7 * DAY_MS;
  if (id === 'month') return 30 * DAY_MS;
  const sized = /^(\d{1,4})([smhd])$/.exec(id);
  const unitMs = WINDOW_UNITS.find(([unit]) => unit === sized?.[2])?.[1];
  return unitMs && Number(sized?.[1]) * unitMs;
}

/** Two answers give one reset with less between them: Kimi counts from when it answers. */
export const SAME_RESET_MS = 10 * MINUTE_MS;
