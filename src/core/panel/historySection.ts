import type { Incident } from '../incidents/incident.ts';
import { incidentTitle } from '../explain/explain.ts';
import type { Locale } from '../base/ports.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { dateFormat, moneyWords } from '../base/format.ts';
import type { Forecast } from '../quota/forecast.ts';
import { balanceSeries, seriesOf } from './historySeries.ts';
import type { AxisMark, HistorySection, HistorySpan } from './panelState.ts';
import { MINUTE_MS, HOUR_MS, DAY_MS } from '../base/time.ts';

/** Length of each span and of the slice behind each of its points. */
const SPANS: Readonly<
  Record<HistorySpan, { readonly lengthMs: number; readonly sliceMs: number }>
> = {
  '24h': { lengthMs: DAY_MS, sliceMs: 5 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, sliceMs: 30 * MINUTE_MS },
  '30d': { lengthMs: 30 * DAY_MS, sliceMs: 2 * HOUR_MS },
};
/** Share of the span after now: for forecasts and the labels of the lines. */
const AHEAD = 1 / 4;
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
  /** By quota. */
  readonly forecasts?: ReadonlyMap<string, Forecast>;
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
  const { span, now, history, forecasts = new Map(), incidents, hasKey, locale } = input;
  const { sliceMs } = SPANS[span];
  const to = Math.ceil(now / sliceMs) * sliceMs;
  const from = to - SPANS[span].lengthMs;
  const times = Array.from(
    { length: SPANS[span].lengthMs / sliceMs },
    (_, index) => from + (index + 1) * sliceMs,
  );
  const words = timeWriter(span, locale);
  const until = to + SPANS[span].lengthMs * AHEAD;
  const slices = { times, sliceMs, now, locale };
  const balance = balanceSeries(history, slices);
  const series = balance
    ? [balance]
    : seriesOf(history, { ...slices, forecasts, until, hasLows: span !== '24h' });
  return {
    span,
    from,
    to,
    until,
    ...(balance ? { money: moneyAxis(balance.values, history, locale) } : {}),
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
            text: locale.t('Collecting. The chart fills while VS Code is open.'),
            actions: hasKey ? [{ command: 'refresh' as const, label: locale.t('Refresh') }] : [],
          },
        }
      : {}),
  };
}

/** From 0 to a round amount above the highest. */
function moneyAxis(
  values: readonly (number | null)[],
  history: readonly Snapshot[],
  locale: Locale,
): NonNullable<HistorySection['money']> {
  const most = Math.max(1, ...values.map(value => value ?? 0));
  const step = 10 ** Math.floor(Math.log10(most));
  const top = Math.ceil((most * 1.05) / step) * step;
  const currency = history.at(-1)?.balance?.currency;
  return {
    top,
    marks: [0, top / 2, top].map(at => ({ at, text: moneyWords(at, currency, locale) })),
  };
}

/** Every third full hour in local time. */
function hourTicks(
  times: readonly number[],
  words: Intl.DateTimeFormat,
  { timeZone }: Locale,
): AxisMark[] {
  const clock = timeWriter('24h', { language: 'en', ...zoneOf(timeZone) });
  return times
    .filter(at => {
      const [hour, minute] = clock.format(at).split(':').map(Number);
      return minute === 0 && hour! % TICK_HOURS === 0;
    })
    .map(at => ({ at, text: words.format(at) }));
}

/** The first slice of each day. */
function dayTicks(times: readonly number[], { language, timeZone }: Locale): AxisMark[] {
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
