import { inertLabel, Label } from '../base/fields.ts';
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
const WINDOW_UNITS = [
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

/** The quota of a row. `label` is set for unknown quotas. */
export interface WindowIdentity {
  readonly id: string;
  readonly label?: string;
}

/** `TIME_UNIT_MINUTE` and its siblings (docs/kimi.md 2.6). Other units are not guessed. */
const UNIT_MS: Readonly<Partial<Record<string, number>>> = {
  SECOND: SECOND_MS,
  MINUTE: MINUTE_MS,
  HOUR: HOUR_MS,
  DAY: DAY_MS,
  WEEK: 7 * DAY_MS,
  MONTH: 30 * DAY_MS,
};

/** No known quota is longer than a year. */
const LONGEST_MS = 366 * DAY_MS;

function unitMsOf(unit: string): number | undefined {
  const [, name = ''] = /^(?:TIME_UNIT_)?([A-Z]{3,6}?)S?$/i.exec(unit) ?? [];
  return UNIT_MS[name.toUpperCase()];
}

/** The length of `duration` units, or undefined if unknown. */
function windowDurationMs(duration?: number, unit?: string): number | undefined {
  if (duration === undefined || unit === undefined) return undefined;
  const durationMs = duration * (unitMsOf(unit) ?? 0);
  const isSpan = durationMs > 0 && durationMs <= LONGEST_MS && durationMs % SECOND_MS === 0;
  return isSpan ? durationMs : undefined;
}

/** Identifies a quota by its length: 300 minutes, 7 days, 28 to 31 days. */
function identifyByDuration(durationMs: number): WindowIdentity {
  if (durationMs === 5 * HOUR_MS) return { id: '5h' };
  if (durationMs === 7 * DAY_MS) return { id: 'week' };
  if (durationMs >= 28 * DAY_MS && durationMs <= 31 * DAY_MS) return { id: 'month' };
  const [unit, unitMs] = WINDOW_UNITS.find(([, ms]) => durationMs % ms === 0) ?? ['s', SECOND_MS];
  const count = durationMs / unitMs;
  return { id: `${count}${unit}`, label: `${count}${unit} limit` };
}

/**
 * Names of the known quotas. No letter, digit or word may change their meaning: `2.5h`, `17 days`,
 * `2 weeks`, `bi-weekly` and `weekend` don't match.
 */
const NAMES: readonly (readonly [words: RegExp, id: string])[] = [
  ['5[ -]?h(?:(?:ou)?rs?)?', '5h'],
  ['(?:1[ -]?)?week(?:ly)?|7[ -]?d(?:ays?)?', 'week'],
  ['(?:1[ -]?)?month(?:ly)?', 'month'],
].map(([words = '', id = '']) => [
  new RegExp(
    String.raw`(?<![a-z\d]|\d[.,\s-]|(?:bi|semi|half|other|two|three|four|six)[\s-])(?:${words})(?![a-z\d])`,
    'i',
  ),
  id,
]);

/** Identifies a quota by Kimi's name; an unknown name becomes the label. */
export function identifyByName(name: string): WindowIdentity {
  const id = NAMES.find(([words]) => words.test(name))?.[1];
  if (id !== undefined) return { id };
  const slug = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  return { id: slug, label: name };
}

/** Identifies a quota by its length; undefined if unknown. */
export function identifyBySpan(duration?: number, unit?: string): WindowIdentity | undefined {
  const durationMs = windowDurationMs(duration, unit);
  return durationMs === undefined ? undefined : identifyByDuration(durationMs);
}

/** Label of a length with an unknown unit: `7 BUSINESS DAY`. */
export function spanLabel(duration?: number, unit?: string): string | undefined {
  if (duration === undefined || unit === undefined || unitMsOf(unit) !== undefined)
    return undefined;
  return Label.safeParse(`${duration} ${unit.replace(/^TIME_UNIT_/i, '')}`).data;
}

/** `limit5h`, `limit7d`, `limitMonthTotal`, `limitDay`: the keys of `usages` (docs/kimi.md 2.3). */
export function identifyByKey(key: string): WindowIdentity {
  const bare = key.replace(/^limit_?/i, '');
  const sized = /^(\d{1,4})([hd])$/i.exec(bare);
  if (sized) return identifyByDuration(Number(sized[1]) * (sized[2] === 'h' ? HOUR_MS : DAY_MS));
  if (/^month(?:Total|Code)?$/i.test(bare)) return { id: 'month' };
  if (/^day$/i.test(bare)) return { id: '1d', label: '1d limit' };
  const words = bare.replace(/([a-z])([A-Z0-9])/g, '$1 $2').replace(/[^\p{L}\p{N} ]+/gu, ' ');
  return identifyByName(inertLabel(words) || 'limit');
}

/**
 * Clamps to 0 to 100 and rounds, but never to 0 or 100: a quota must not look used up or unused
 * because of rounding.
 */
export function roundPercent(percent: number, decimals: number): number {
  if (percent <= 0) return 0;
  if (percent >= 100) return 100;
  const step = 10 ** decimals;
  return Math.min(100 * step - 1, Math.max(1, Math.round(percent * step))) / step;
}
