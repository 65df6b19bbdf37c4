import type { Locale, Translate } from './ports.ts';
import { MINUTE_MS, HOUR_MS, DAY_MS } from './time.ts';

/** Fills `{0}` in an English sentence: the `Translate` of the command line and of tests. */
export const english: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));

/** Sentences in the manner of the language: Chinese has no space between them. Empty ones are left out. */
export const joinSentences = (parts: readonly string[], t: Translate): string =>
  parts
    .filter(part => part !== '')
    .reduce((text, part) => (text === '' ? part : t('{0} {1}', text, part)), '');

/**
 * The quota left as a whole percentage that never overstates: rounded down; only 0 shows 0
 * (otherwise `<1%`) and only 100 shows 100.
 */
export function remainingWords(remainingPercent: number): string {
  if (remainingPercent > 0 && remainingPercent < 1) return '<1%';
  return `${wholePercent(remainingPercent)}%`;
}

/** The counterpart of `remainingWords`: the two always add up to 100. */
export function usedWords(remainingPercent: number): string {
  if (remainingPercent > 0 && remainingPercent < 1) return '>99%';
  return `${100 - wholePercent(remainingPercent)}%`;
}

const wholePercent = (remainingPercent: number): number =>
  remainingPercent < 100 ? Math.min(99, Math.floor(remainingPercent + 1e-9)) : 100;

/** A duration in its two largest units: `4 d 3 h`, `2 h 5 min`, `12 min`, `under 1 min`. */
export function durationWords(ms: number, t: Translate): string {
  if (ms < MINUTE_MS) return t('under 1 min');
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  if (days > 0) return hours > 0 ? t('{0} d {1} h', days, hours) : t('{0} d', days);
  if (hours > 0) return minutes > 0 ? t('{0} h {1} min', hours, minutes) : t('{0} h', hours);
  return t('{0} min', minutes);
}

/** An age: `just now`, `12 min ago`. */
export function ageWords(ms: number, t: Translate): string {
  return ms < MINUTE_MS ? t('just now') : t('{0} ago', durationWords(ms, t));
}

/** A local time with its zone, for a text that others read; with weekday and date unless it is today. */
export function momentWords(at: number, now: number, locale: Locale): string {
  return formatMoment(at, now, locale, { timeZoneName: 'short' });
}

/** A local time as the reader's clock shows it; with weekday and date unless it is today. */
export function clockWords(at: number, now: number, locale: Locale): string {
  return formatMoment(at, now, locale, {});
}

function formatMoment(
  at: number,
  now: number,
  locale: Locale,
  more: Intl.DateTimeFormatOptions,
): string {
  const zone = locale.timeZone === undefined ? {} : { timeZone: locale.timeZone };
  const days = dateFormat('en-CA', { ...zone, dateStyle: 'short' });
  const day = (time: number): string => days.format(time);
  const format = dateFormat(locale.language, {
    ...zone,
    ...(day(at) === day(now) ? {} : { weekday: 'short', day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...more,
  });
  return spaced(format.format(at));
}

/** The Chinese format has no space between the day and the time. */
const spaced = (moment: string): string => moment.replace(/(?<=\p{sc=Han})(?=\d\d:)/u, ' ');

/** A local time in as few characters as are clear: `14:32`, `Wed 14:32`, from six days on `Oct 12`. */
export function shortMoment(at: number, now: number, { language, timeZone }: Locale): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = (time: number): string =>
    dateFormat('en-CA', { ...zone, dateStyle: 'short' }).format(time);
  // After six days the weekday may be today's.
  const date =
    at - now > 6 * DAY_MS
      ? { month: 'short', day: 'numeric' }
      : {
          ...(day(at) === day(now) ? {} : { weekday: 'short' }),
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        };
  const options = { ...zone, ...date } as Intl.DateTimeFormatOptions;
  return spaced(dateFormat(language, options).format(at));
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** A cached date format: creating one takes as long as formatting a hundred times. */
export function dateFormat(
  language: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  // The machine's zone can change while the editor runs.
  const key = JSON.stringify([language, options, new Date().getTimezoneOffset()]);
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(language, options);
  dateFormats.set(key, format);
  return format;
}

/** The available balance, such as `$49.58`. */
export function balanceWords(
  { available, currency }: { readonly available: number; readonly currency?: string },
  locale: Locale,
): string {
  return moneyWords(available, currency, locale);
}

/** An amount in whole units of its currency; an unknown currency is omitted. */
export function moneyWords(amount: number, currency: string | undefined, locale: Locale): string {
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) return amount.toFixed(2);
  return new Intl.NumberFormat(locale.language, { style: 'currency', currency }).format(amount);
}

const BAR_CELLS = 10;

/** `████████░░`: ten cells for the quota left or used. Empty when the share is unknown. */
export function shareBar(remainingPercent: number | undefined, side: 'remaining' | 'used'): string {
  const shown = remainingPercent === undefined ? 0 : sideOf(remainingPercent, side);
  const cells = Math.round((shown / 100) * BAR_CELLS);
  // Neither a small share may look empty nor a large one full.
  const filled = shown > 0 && shown < 100 ? Math.min(BAR_CELLS - 1, Math.max(1, cells)) : cells;
  return '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
}

const sideOf = (remainingPercent: number, side: 'remaining' | 'used'): number =>
  side === 'remaining' ? remainingPercent : 100 - remainingPercent;
