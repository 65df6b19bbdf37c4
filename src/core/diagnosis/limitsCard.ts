import { dateFormat } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { DAY_MS, HOUR_MS } from '../base/time.ts';
import type { Category } from '../errors/category.ts';
import type { Incident } from '../incidents/incident.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import type { Activity } from '../quota/activity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS } from '../quota/windows.ts';

/** One limit, what is used of it now, and where the number is from. */
interface LimitRow {
  readonly id: 'parallel' | 'rpm' | 'tpm' | 'tpd' | 'windowsPerWeek' | 'callsPerWindow';
  readonly name: string;
  /** `20`, `1,500,000 per day`, `about 6 to 9`. */
  readonly limit: string;
  /** `3 now`, `1,526,210 then`; empty if unknown. */
  readonly used: string;
  /** `Kimi, 30 Nov`, `error text of 30 Nov, organization`. */
  readonly source: string;
}

/** What is known about an account's limits. */
export interface LimitsCard {
  readonly title: string;
  readonly rows: readonly LimitRow[];
}

/** Input of `limitsCard`. */
export interface LimitsInput {
  /** Snapshots of the account, oldest first. */
  readonly history: readonly Snapshot[];
  /** Incidents of the account, oldest first. */
  readonly incidents: readonly Incident[];
  readonly activity: Activity;
  /** What agents used; absent: not counted. */
  readonly ledger?: readonly LedgerRow[];
  readonly locale: Locale;
}

/** The limits of an account, as far as Kimi's answers and errors show them. Pure. */
export function limitsCard(input: LimitsInput): LimitsCard {
  const { history, locale, ledger = [] } = input;
  const { t } = locale;
  return {
    title: t('Known limits'),
    rows: [
      ...parallelRow(input),
      ...RATES.flatMap(category => rateRow(category, input)),
      ...rangeRow('windowsPerWeek', windowsPerWeek(history), locale),
      ...rangeRow('callsPerWindow', callsPerWindow(history, ledger), locale),
    ],
  };
}

const RATES = ['rpm', 'tpm', 'tpd'] as const satisfies readonly Category[];

/** The newest of two: the plan's answer, or an error text that names the limit. */
function parallelRow({ history, incidents, activity, locale }: LimitsInput): LimitRow[] {
  const { t } = locale;
  const read = history.findLast(({ parallelLimit }) => parallelLimit !== undefined);
  const named = newestWithLimit('concurrency', incidents);
  const isNamed = (named?.to ?? 0) > (read?.at ?? 0);
  const limit = isNamed ? named?.fields.limit : read?.parallelLimit;
  if (limit === undefined) return [];
  const now = activity.inFlight?.total;
  return [
    {
      id: 'parallel',
      name: t('Parallel requests'),
      limit: numberWords(limit, locale),
      used: now === undefined ? '' : t('at least {0} now', now),
      source: isNamed ? errorSource(named!, locale) : t('Kimi, {0}', dayWords(read!.at, locale)),
    },
  ];
}

function rateRow(category: (typeof RATES)[number], { incidents, locale }: LimitsInput): LimitRow[] {
  const { t } = locale;
  const named = newestWithLimit(category, incidents);
  const { limit, current } = named?.fields ?? {};
  if (!named || limit === undefined) return [];
  return [
    {
      id: category,
      name: rateName(category, t),
      limit: numberWords(limit, locale),
      used: current === undefined ? '' : t('{0} then', numberWords(current, locale)),
      source: errorSource(named, locale),
    },
  ];
}

function rateName(category: (typeof RATES)[number], t: Translate): string {
  switch (category) {
    case 'rpm':
      return t('Requests per minute (RPM)');
    case 'tpm':
      return t('Tokens per minute (TPM)');
    case 'tpd':
      return t('Tokens per day (TPD)');
  }
}

const newestWithLimit = (category: Category, incidents: readonly Incident[]) =>
  incidents.findLast(
    one => one.category === category && one.fields.limit !== undefined && !one.fields.gateway,
  );

function errorSource({ to, fields }: Incident, locale: Locale): string {
  const { t } = locale;
  const day = dayWords(to, locale);
  switch (fields.scope) {
    case 'organization':
      return t('error text of {0}, for the organization', day);
    case 'project':
      return t('error text of {0}, for the project', day);
    default:
      return t('error text of {0}', day);
  }
}

/** Lowest and highest value over days. */
export interface DayRange {
  readonly low: number;
  readonly high: number;
  readonly days: number;
}

function rangeRow(
  id: 'windowsPerWeek' | 'callsPerWindow',
  range: DayRange | undefined,
  locale: Locale,
): LimitRow[] {
  if (!range) return [];
  const { t } = locale;
  const [low, high] = [numberWords(range.low, locale), numberWords(range.high, locale)];
  return [
    {
      id,
      name:
        id === 'windowsPerWeek'
          ? t('5-hour quotas that one weekly quota holds')
          : t('Requests of your size in one 5-hour quota'),
      limit: low === high ? t('about {0}', low) : t('about {0} to {1}', low, high),
      used: '',
      source: t('your use on {0} days', range.days),
    },
  ];
}

/** Less use than this in a day is noise: shares are whole percents. */
const LEAST_PERCENT = 3;
/** Fewer days aren't a range. */
const LEAST_DAYS = 2;
/** Readings further apart miss a reset. */
const MOST_GAP_MS = 2 * HOUR_MS;

interface Use {
  fiveHours: number;
  week: number;
}

/** Percentage points of both quotas that each day used, by pairs of readings without a reset. */
function useByDay(history: readonly Snapshot[]): Map<number, Use> {
  const days = new Map<number, Use>();
  history.forEach((after, index) => {
    const before = history[index - 1];
    if (!before || after.at - before.at > MOST_GAP_MS) return;
    const day = Math.floor(after.at / DAY_MS);
    const use = days.get(day) ?? { fiveHours: 0, week: 0 };
    const fiveHours = growthOf('5h', before, after);
    if (fiveHours === undefined) return;
    use.fiveHours += fiveHours;
    use.week += growthOf('week', before, after) ?? 0;
    days.set(day, use);
  });
  return days;
}

/** Undefined: unknown, or reset in between. */
function growthOf(id: string, before: Snapshot, after: Snapshot): number | undefined {
  const [one, other] = [before, after].map(({ windows }) => windows.find(it => it.id === id));
  if (one?.usedPercent === undefined || other?.usedPercent === undefined) return undefined;
  const isReset = Math.abs((one.resetsAt ?? 0) - (other.resetsAt ?? 0)) > SAME_RESET_MS;
  return isReset ? undefined : Math.max(0, other.usedPercent - one.usedPercent);
}

/** How many whole 5-hour quotas use up one weekly quota, by the days with enough use. */
export function windowsPerWeek(history: readonly Snapshot[]): DayRange | undefined {
  const ratios = [...useByDay(history).values()]
    .filter(({ week, fiveHours }) => week >= LEAST_PERCENT && fiveHours >= LEAST_PERCENT)
    .map(({ week, fiveHours }) => fiveHours / week);
  return rangeOf(ratios);
}

/** How many answered requests of the user's own size use up one 5-hour quota. */
export function callsPerWindow(
  history: readonly Snapshot[],
  ledger: readonly LedgerRow[],
): DayRange | undefined {
  const calls = new Map<number, number>();
  for (const { from, account, answers } of ledger) {
    if (account !== 'kimi-code') continue;
    const day = Math.floor(from / DAY_MS);
    calls.set(day, (calls.get(day) ?? 0) + answers);
  }
  const perWindow = [...useByDay(history)].flatMap(([day, { fiveHours }]) => {
    const count = calls.get(day) ?? 0;
    return fiveHours >= LEAST_PERCENT && count > 0 ? [(count * 100) / fiveHours] : [];
  });
  return rangeOf(perWindow);
}

function rangeOf(values: readonly number[]): DayRange | undefined {
  if (values.length < LEAST_DAYS) return undefined;
  const rounded = values.map(value => Math.max(1, Math.round(value)));
  return { low: Math.min(...rounded), high: Math.max(...rounded), days: values.length };
}

const numberWords = (value: number, { language }: Locale): string =>
  new Intl.NumberFormat(language).format(value);

function dayWords(at: number, { language, timeZone }: Locale): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat(language, { ...zone, day: 'numeric', month: 'short' }).format(at);
}
