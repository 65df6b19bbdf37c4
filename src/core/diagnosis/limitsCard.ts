import type { AccountId } from '../accounts/endpoint.ts';
import { clockWords, dateFormat } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { DAY_MS, MINUTE_MS } from '../base/time.ts';
import type { Category } from '../errors/category.ts';
import type { Incident } from '../incidents/incident.ts';
import { totalOf } from '../ledger/tokens.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountLimits, KnownPlan } from '../quota/plan.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { callsPerWindow, type DayRange, windowsPerWeek } from './ownRanges.ts';

/** One limit, what is used of it now, and where the number is from. */
interface LimitRow {
  readonly id: 'tier' | 'parallel' | 'rpm' | 'tpm' | 'tpd' | 'windowsPerWeek' | 'callsPerWindow';
  readonly name: string;
  /** `20`, `1,500,000 per day`, `about 6 to 9`. */
  readonly limit: string;
  /** `at least 3 now`, `1,526,210 then`; empty if unknown. */
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
  readonly account: AccountId;
  /** Snapshots of the account, oldest first. */
  readonly history: readonly Snapshot[];
  /** Incidents of the account, oldest first. */
  readonly incidents: readonly Incident[];
  readonly activity: Activity;
  /** What agents used; absent: not counted. */
  readonly ledger?: readonly LedgerRow[];
  /** What Kimi named as the account's limits, and when. */
  readonly known?: KnownPlan | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** The limits of an account, as far as Kimi's answers and errors show them. Pure. */
export function limitsCard(input: LimitsInput): LimitsCard {
  const { history, locale, ledger = [] } = input;
  const { t } = locale;
  return {
    title: t('Known limits'),
    rows: [
      ...tierRow(input),
      ...parallelRow(input),
      ...RATES.flatMap(category => rateRow(category, input)),
      ...rangeRow('windowsPerWeek', windowsPerWeek(history), locale),
      ...rangeRow('callsPerWindow', callsPerWindow(history, ledger), locale),
    ],
  };
}

const RATES = ['rpm', 'tpm', 'tpd'] as const satisfies readonly Category[];
type Rate = (typeof RATES)[number];

/** A number, when it was named, and by what. */
interface Named {
  readonly at: number;
  readonly limit: number;
  readonly source: string;
  /** The value that an error text names next to the limit. */
  readonly current?: number;
}

/** Open platform: by what was paid so far. */
function tierRow({ known, locale }: LimitsInput): LimitRow[] {
  const named = byKimi(known?.askedAt ?? 0, known?.plan?.limits?.tier, locale);
  return named.map(({ limit, source }) => ({
    ...{ id: 'tier', name: locale.t('Tier'), limit: String(limit), used: '', source },
  }));
}

function parallelRow(input: LimitsInput): LimitRow[] {
  const { activity, history, locale } = input;
  const { t } = locale;
  const read = history.findLast(({ parallelLimit }) => parallelLimit !== undefined);
  const named = newest('concurrency', input, byKimi(read?.at ?? 0, read?.parallelLimit, locale));
  if (!named) return [];
  const now = activity.inFlight?.total;
  return [
    {
      id: 'parallel',
      name: t('Parallel requests'),
      limit: numberWords(named.limit, locale),
      used: now === undefined ? '' : t('at least {0} now', now),
      source: named.source,
    },
  ];
}

function rateRow(category: Rate, input: LimitsInput): LimitRow[] {
  const { locale } = input;
  const named = newest(category, input);
  if (!named) return [];
  const then =
    named.current === undefined ? '' : locale.t('{0} then', numberWords(named.current, locale));
  return [
    {
      id: category,
      name: rateName(category, locale.t),
      limit: numberWords(named.limit, locale),
      used: usedNow(category, input) ?? then,
      source: named.source,
    },
  ];
}

/** The newest of what Kimi named and of the error texts with this limit. */
function newest(
  category: 'concurrency' | Rate,
  { incidents, known, locale }: LimitsInput,
  others: readonly Named[] = [],
): Named | undefined {
  const error = newestWithLimit(category, incidents);
  const limits: AccountLimits = known?.plan?.limits ?? {};
  const asked = category === 'tpd' ? undefined : limits[category];
  const all = [
    ...others,
    ...byKimi(known?.askedAt ?? 0, asked, locale),
    ...(error ? [byError(error, locale)] : []),
  ];
  return all.sort((one, other) => other.at - one.at)[0];
}

function byKimi(at: number, limit: number | undefined, locale: Locale): Named[] {
  const source = locale.t('Kimi, {0}', dayWords(at, locale));
  return limit === undefined ? [] : [{ at, limit, source }];
}

function byError(incident: Incident, locale: Locale): Named {
  const { limit = 0, current } = incident.fields;
  const source = errorSource(incident, locale);
  return { at: incident.to, limit, source, ...(current === undefined ? {} : { current }) };
}

/** The ledger counts in slots of 5 minutes. */
const RECENT_MS = 5 * MINUTE_MS;

/** What agents on this machine used of a rate; undefined: not counted. */
function usedNow(category: Rate, input: LimitsInput): string | undefined {
  const { account, ledger = [], now, locale } = input;
  const { t } = locale;
  const own = ledger.filter(row => accountOfRow(row) === account);
  const [first] = own;
  if (!first) return undefined;
  const spanMs = category === 'tpd' ? DAY_MS : RECENT_MS;
  const rows = own.filter(({ from, spanMs: slotMs }) => from + slotMs > now - spanMs);
  const countOf = ({ answers, failures, tokens }: LedgerRow): number =>
    category === 'rpm' ? answers + failures : totalOf(tokens);
  const used = numberWords(
    rows.reduce((sum, row) => sum + countOf(row), 0),
    locale,
  );
  if (category === 'tpd') return t('at least {0} in 24 h', used);
  const since = Math.min(now - RECENT_MS, ...rows.map(({ from }) => from));
  return t('at least {0} since {1}', used, clockWords(since, now, locale));
}

/** Without a region it may be either: most people have one. */
function accountOfRow({ account = '' }: LedgerRow): AccountId | undefined {
  if (account === 'kimi-code') return 'kimiCode';
  if (account === 'open-platform moonshot.cn') return 'moonshot.cn';
  return account.startsWith('open-platform') ? 'moonshot.ai' : undefined;
}

function rateName(category: Rate, t: Translate): string {
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
          ? t('Full 5-hour quotas per week')
          : t('Your requests per 5-hour quota'),
      limit: low === high ? t('about {0}', low) : t('about {0} to {1}', low, high),
      used: '',
      source: t('your usage on {0} days', range.days),
    },
  ];
}

const numberWords = (value: number, { language }: Locale): string =>
  new Intl.NumberFormat(language).format(value);

function dayWords(at: number, { language, timeZone }: Locale): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat(language, { ...zone, day: 'numeric', month: 'short' }).format(at);
}
