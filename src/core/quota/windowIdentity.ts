import { inertLabel, Label } from '../base/fields.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/time.ts';
import { WINDOW_UNITS } from './windows.ts';

/** Which window a row is about. `label` is set for windows that have no name of ours. */
export interface WindowIdentity {
  readonly id: string;
  readonly label?: string;
}

/** `TIME_UNIT_MINUTE` and its siblings (docs/kimi.md 2.6). A unit that is not here is not guessed. */
const UNIT_MS: Readonly<Partial<Record<string, number>>> = {
  SECOND: SECOND_MS,
  MINUTE: MINUTE_MS,
  HOUR: HOUR_MS,
  DAY: DAY_MS,
  WEEK: 7 * DAY_MS,
  MONTH: 30 * DAY_MS,
};

/** No allowance is known to run longer than a year. */
const LONGEST_MS = 366 * DAY_MS;

function unitMsOf(unit: string): number | undefined {
  const [, name = ''] = /^(?:TIME_UNIT_)?([A-Z]{3,6}?)S?$/i.exec(unit) ?? [];
  return UNIT_MS[name.toUpperCase()];
}

/** How long a window of `duration` units is, or undefined if that cannot be told. */
function windowDurationMs(duration?: number, unit?: string): number | undefined {
  if (duration === undefined || unit === undefined) return undefined;
  const durationMs = duration * (unitMsOf(unit) ?? 0);
  const isSpan = durationMs > 0 && durationMs <= LONGEST_MS && durationMs % SECOND_MS === 0;
  return isSpan ? durationMs : undefined;
}

/** Knows a window by its length: 300 minutes, 7 days, 28 to 31 days. */
function identifyByDuration(durationMs: number): WindowIdentity {
  if (durationMs === 5 * HOUR_MS) return { id: '5h' };
  if (durationMs === 7 * DAY_MS) return { id: 'week' };
  if (durationMs >= 28 * DAY_MS && durationMs <= 31 * DAY_MS) return { id: 'month' };
  const [unit, unitMs] = WINDOW_UNITS.find(([, ms]) => durationMs % ms === 0) ?? ['s', SECOND_MS];
  const count = durationMs / unitMs;
  return { id: `${count}${unit}`, label: `${count}${unit} limit` };
}

/**
 * The words for the windows that are known. No letter or digit may touch them, nor a word that
 * makes them another span: `2.5h`, `17 days`, `2 weeks`, `bi-weekly` and `weekend` are others.
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

/** Knows a window by what Kimi calls it; words that say nothing keep themselves as label. */
export function identifyByName(name: string): WindowIdentity {
  const id = NAMES.find(([words]) => words.test(name))?.[1];
  if (id !== undefined) return { id };
  const slug = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  return { id: slug, label: name };
}

/** Knows a window by its span; undefined where that says nothing. */
export function identifyBySpan(duration?: number, unit?: string): WindowIdentity | undefined {
  const durationMs = windowDurationMs(duration, unit);
  return durationMs === undefined ? undefined : identifyByDuration(durationMs);
}

/** How Kimi names a span whose unit is not known: `7 BUSINESS DAY`. */
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
