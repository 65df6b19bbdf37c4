import { dateFormat, moneyWords, remainingWords } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/time.ts';
import type { Forecast } from '../quota/forecast.ts';
import type { QuotaWindow, Snapshot } from '../quota/snapshot.ts';
import { windowLengthMs } from '../quota/windows.ts';
import { quotaShort, windowName } from '../status/windowWords.ts';
import type { DailyLow, HistorySeries } from './panelState.ts';

/** Checks are 5 minutes apart during work and rarer in pauses; anything longer is a gap. */
const GAP_MS = 45 * MINUTE_MS;
/** Maximum of reset lines; more would hide the chart. */
const MOST_RESETS = 12;

interface Slices {
  /** The ends of the slices, epoch milliseconds. */
  readonly times: readonly number[];
  readonly sliceMs: number;
  readonly now: number;
  readonly locale: Locale;
}

interface QuotaSlices extends Slices {
  readonly forecasts: ReadonlyMap<string, Forecast>;
  /** The end of the chart. */
  readonly until: number;
  /** Quotas of hours are bars of daily lows. */
  readonly hasLows: boolean;
}

interface Point {
  readonly at: number;
  readonly value: number;
  /** On the local clock; Infinity if Kimi gives no reset time. */
  readonly resetsAt: number;
}

/** A line for each quota. Pure. */
export function seriesOf(history: readonly Snapshot[], slices: QuotaSlices): HistorySeries[] {
  const { times, sliceMs, now } = slices;
  const [from, to] = [times[0]! - sliceMs, times.at(-1)!];
  const windows = new Map(history.flatMap(it => it.windows.map(window => [window.id, window])));
  return [...windows].flatMap(([id, window]) => {
    const points = pointsOf(history, id);
    if (points.length === 0) return [];
    const isShort = (windowLengthMs(id) ?? Infinity) < DAY_MS;
    const lows = slices.hasLows && isShort ? dailyLows(points, [from, to], slices) : undefined;
    const forecast = lows ? undefined : forecastLine(points.at(-1)!, id, slices);
    return [
      {
        id,
        ...namesOf(window, points.at(-1)!, slices),
        values: times.map(at => valueAt(points, at, slices)),
        resets: lows ? [] : fewOf(resetsOf(points, now).filter(at => at >= from && at <= to)),
        ...(lows ? { lows } : {}),
        ...(forecast ? { forecast } : {}),
      },
    ];
  });
}

/** The line of a balance; undefined for an account without one. Pure. */
export function balanceSeries(
  history: readonly Snapshot[],
  slices: Slices,
): HistorySeries | undefined {
  const { times, locale } = slices;
  const points = history.flatMap(({ at, balance }) =>
    balance ? [{ at, value: balance.available, resetsAt: Infinity }] : [],
  );
  const last = points.at(-1);
  if (!last) return undefined;
  const currency = history.at(-1)?.balance?.currency;
  const values = times.map(at => valueAt(points, at, slices));
  const words = (value: number): string => moneyWords(value, currency, locale);
  return {
    id: 'balance',
    name: locale.t('Balance'),
    label: words(last.value),
    values,
    words: values.map(value => (value === null ? '–' : words(value))),
    resets: [],
  };
}

function namesOf(window: QuotaWindow, last: Point, { now, locale }: Slices) {
  const shown = { ...window, isResetting: false };
  // The names stand in full below: at the end of a line is little room.
  const short = quotaShort(shown, locale.t);
  const label = last.resetsAt > now ? `${short} ${remainingWords(last.value)}` : short;
  return { name: windowName(shown, locale.t), label };
}

function pointsOf(history: readonly Snapshot[], id: string): Point[] {
  return history.flatMap(({ at, windows, clockSkewMs }) => {
    const window = windows.find(it => it.id === id);
    if (window?.usedPercent === undefined) return [];
    const resetsAt = window.resetsAt === undefined ? Infinity : window.resetsAt - clockSkewMs;
    return [{ at, value: 100 - window.usedPercent, resetsAt }];
  });
}

/** The last reading before `at`, unless it is too old or its quota has reset since. */
function valueAt(points: readonly Point[], at: number, { sliceMs, now }: Slices): number | null {
  const moment = Math.min(at, now);
  if (at - sliceMs > now) return null;
  const last = lastBefore(points, moment);
  if (!last || last.resetsAt <= moment) return null;
  // Beyond two days, some readings are an hour apart.
  const gapMs = Math.max(GAP_MS, sliceMs, Math.min(2 * sliceMs, HOUR_MS));
  return moment - last.at <= gapMs ? last.value : null;
}

/** Binary search: a month has thousands of readings. */
function lastBefore(points: readonly Point[], at: number): Point | undefined {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return points[low - 1];
}

/** The lowest reading of each local day. */
function dailyLows(
  points: readonly Point[],
  [from, to]: readonly [number, number],
  { locale: { timeZone } }: Slices,
): DailyLow[] {
  const days = dateFormat('en-CA', {
    ...(timeZone === undefined ? {} : { timeZone }),
    dateStyle: 'short',
  });
  const lows = new Map<string, { readonly at: number; readonly value: number }>();
  for (const { at, value } of points) {
    if (at < from || at > to) continue;
    const day = days.format(at);
    const known = lows.get(day);
    lows.set(day, { at: known?.at ?? at, value: Math.min(value, known?.value ?? value) });
  }
  return [...lows].map(([day, { at, value }]) => {
    const begins = dayBegin(day, at, days);
    return { from: Math.max(from, begins), to: Math.min(to, begins + DAY_MS), value };
  });
}

/** The first moment of a local day, to 15 minutes: no zone has a finer offset. */
function dayBegin(day: string, at: number, days: Intl.DateTimeFormat): number {
  const step = 15 * MINUTE_MS;
  let [low, high] = [0, DAY_MS / step + 4];
  const first = Math.floor(at / step) * step;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (days.format(first - middle * step) === day) low = middle;
    else high = middle - 1;
  }
  return first - low * step;
}

/** From now to the end at the middle of the forecast's range, to the reset, or to the chart's end. */
function forecastLine(
  last: Point,
  id: string,
  { forecasts, now, until }: QuotaSlices,
): HistorySeries['forecast'] {
  const forecast = forecasts.get(id);
  if (forecast === undefined || !('from' in forecast) || forecast.to === undefined)
    return undefined;
  const end = (forecast.from + forecast.to) / 2;
  const stop = Math.min(end, forecast.resetsAt, until);
  if (stop <= now || end <= now) return undefined;
  const value = last.value * (1 - (stop - now) / (end - now));
  return [
    { at: now, value: last.value },
    { at: stop, value },
  ];
}

const fewOf = (resets: readonly number[]): readonly number[] =>
  resets.length > MOST_RESETS ? [] : resets;

function resetsOf(points: readonly Point[], now: number): number[] {
  return points
    .filter(({ resetsAt }, index) => {
      const next = points[index + 1]?.at ?? now;
      return resetsAt <= next;
    })
    .map(({ resetsAt }) => resetsAt);
}
