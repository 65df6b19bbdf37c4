import type { Incident } from '../incidents/incident.ts';
import { incidentTitle } from '../explain/explain.ts';
import type { Locale } from '../base/ports.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { windowName } from '../status/windowWords.ts';
import { dateFormat } from '../base/format.ts';
import type { HistorySection, HistorySeries, HistorySpan, HistoryTick } from './panelState.ts';
import { MINUTE_MS, HOUR_MS, DAY_MS } from '../base/time.ts';

/** Length of each span and of the slice behind each of its points. */
const SPANS: Readonly<
  Record<HistorySpan, { readonly lengthMs: number; readonly sliceMs: number }>
> = {
  '24h': { lengthMs: DAY_MS, sliceMs: 5 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, sliceMs: 30 * MINUTE_MS },
  '30d': { lengthMs: 30 * DAY_MS, sliceMs: 2 * HOUR_MS },
};
/** Checks are 5 minutes apart during work and rarer in pauses; anything longer is a gap. */
const GAP_MS = 45 * MINUTE_MS;
/** Maximum of reset lines; more would hide the chart. */
const MOST_RESETS = 12;
/** Hours between two labels of the 24-hour axis. */
const TICK_HOURS = 3;
/** Marks closer than this many slices become one; the list contains all incidents. */
const MOST_MARKS = 200;

/** Input of the section. */
export interface HistoryInput {
  readonly span: HistorySpan;
  /** Snapshots of one account within the span, oldest first. */
  readonly history: readonly Snapshot[];
  readonly incidents: readonly Incident[];
  /** Whether an account with a key exists. */
  readonly hasKey: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** The oldest snapshot that a span needs (epoch milliseconds). */
export function historySince(span: HistorySpan, now: number): number {
  return now - SPANS[span].lengthMs;
}

/** The history of each window in equal slices, each with its last reading. Gaps stay gaps. Pure. */
export function historySection(input: HistoryInput): HistorySection {
  const { span, now, history, incidents, hasKey, locale } = input;
  const { sliceMs } = SPANS[span];
  const to = Math.ceil(now / sliceMs) * sliceMs;
  const from = to - SPANS[span].lengthMs;
  const times = Array.from(
    { length: SPANS[span].lengthMs / sliceMs },
    (_, index) => from + (index + 1) * sliceMs,
  );
  const words = timeWriter(span, locale);
  const series = seriesOf(history, times, { sliceMs, now, locale });
  return {
    span,
    from,
    to,
    times,
    // The last slice ends in the future, so its label is "Now".
    timeWords: times.map(at => (at >= now ? locale.t('Now') : words.format(at))),
    ticks: span === '24h' ? hourTicks(times, words, locale) : dayTicks(times, locale),
    series,
    incidents: incidents
      .filter(incident => incident.to >= from && incident.from <= to)
      .slice(-MOST_MARKS)
      .map(incident => ({
        id: incident.id,
        at: Math.max(incident.from, from),
        title: `${words.format(incident.from)} ${incidentTitle(incident, locale.t)}`,
      })),
    ...(series.length === 0
      ? {
          empty: {
            text: locale.t('No history yet. It fills while the editor is open.'),
            actions: hasKey ? [{ command: 'refresh' as const, label: locale.t('Refresh') }] : [],
          },
        }
      : {}),
  };
}

/** Every third full hour in local time. */
function hourTicks(
  times: readonly number[],
  words: Intl.DateTimeFormat,
  { timeZone }: Locale,
): HistoryTick[] {
  const clock = timeWriter('24h', { language: 'en', ...zoneOf(timeZone) });
  return times
    .filter(at => {
      const [hour, minute] = clock.format(at).split(':').map(Number);
      return minute === 0 && hour! % TICK_HOURS === 0;
    })
    .map(at => ({ at, text: words.format(at) }));
}

/** The first slice of each day. */
function dayTicks(times: readonly number[], { language, timeZone }: Locale): HistoryTick[] {
  const days = dateFormat(language, { ...zoneOf(timeZone), month: 'short', day: 'numeric' });
  const sliceMs = times[1]! - times[0]!;
  return times
    .map(at => ({ at, text: days.format(at) }))
    .filter(({ at, text }) => text !== days.format(at - sliceMs));
}

const zoneOf = (timeZone: string | undefined) => (timeZone === undefined ? {} : { timeZone });

function timeWriter(
  span: HistorySpan,
  { language, timeZone }: Pick<Locale, 'language' | 'timeZone'>,
): Intl.DateTimeFormat {
  return dateFormat(language, {
    ...zoneOf(timeZone),
    ...(span === '24h' ? {} : { month: 'short', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

interface Slices {
  readonly sliceMs: number;
  readonly now: number;
  readonly locale: Locale;
}

interface Point {
  readonly at: number;
  readonly remainingPercent: number;
  /** On the local clock; Infinity if Kimi gives no reset time. */
  readonly resetsAt: number;
}

function seriesOf(
  history: readonly Snapshot[],
  times: readonly number[],
  { sliceMs, now, locale }: Slices,
): HistorySeries[] {
  const [from, to] = [times[0]! - sliceMs, times.at(-1)!];
  const windows = new Map(history.flatMap(it => it.windows.map(window => [window.id, window])));
  return [...windows].flatMap(([id, window]) => {
    const points = pointsOf(history, id);
    if (points.length === 0) return [];
    return [
      {
        id,
        name: windowName({ ...window, isResetting: false }, locale.t),
        remainingPercent: times.map(at => valueAt(points, at, { sliceMs, now, locale })),
        resets: fewOf(resetsOf(points, now).filter(at => at >= from && at <= to)),
      },
    ];
  });
}

function pointsOf(history: readonly Snapshot[], id: string): Point[] {
  return history.flatMap(({ at, windows, clockSkewMs }) => {
    const window = windows.find(it => it.id === id);
    if (window?.usedPercent === undefined) return [];
    const resetsAt = window.resetsAt === undefined ? Infinity : window.resetsAt - clockSkewMs;
    return [{ at, remainingPercent: 100 - window.usedPercent, resetsAt }];
  });
}

/** The last reading before `at`, unless it is too old or its window has reset since. */
function valueAt(points: readonly Point[], at: number, { sliceMs, now }: Slices): number | null {
  const moment = Math.min(at, now);
  if (at - sliceMs > now) return null;
  const last = lastBefore(points, moment);
  if (!last || last.resetsAt <= moment) return null;
  return moment - last.at <= Math.max(sliceMs, GAP_MS) ? last.remainingPercent : null;
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
