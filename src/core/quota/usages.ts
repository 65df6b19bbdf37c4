import { camelCaseKeys } from '../base/fields.ts';
import type { NoPlan } from './outcome.ts';
import { readExtraUsage, readPlan } from './plan.ts';
import { type Malformed, MAX_WINDOWS, type QuotaWindow, type Snapshot } from './snapshot.ts';
import {
  identifyByKey,
  identifyByName,
  identifyBySpan,
  spanLabel,
  type WindowIdentity,
  roundPercent,
} from './windows.ts';
import { type LimitEntry, type UsageRow, UsagesPayload } from './usagesPayload.ts';

const DEEPEST = 3;
const MOST_KEYS = 40;

/**
 * The field names and types of a response without values, safe to share when Kimi changes its
 * endpoint. `{"a":[{"b":"1"}]}` becomes `{a:[{b:string}]}`.
 */
export function describeShape(value: unknown, depth = 0): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (depth >= DEEPEST) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[${describeShape(value[0], depth + 1)}]`;
  }
  const entries = Object.entries(value);
  const fields = entries
    .slice(0, MOST_KEYS)
    .map(([key, item]) => `${plainKey(key)}:${describeShape(item, depth + 1)}`);
  return `{${fields.join(',')}${entries.length > MOST_KEYS ? ',…' : ''}}`;
}

/** A key that doesn't look like a field name may be personal data. */
const plainKey = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_]{0,31}$/.test(key) ? key : '?');

/** One row of a response about one quota. Several rows may be about the same quota. */
interface Reading extends WindowIdentity {
  /** All used percentages that the row's numbers give, each 0 to 100; may be empty. */
  readonly usedPercents: readonly number[];
  readonly resetsAt?: number;
  readonly codeUsedPercent?: number;
}

/** Fields of the same quota that differ by more contradict each other. */
const CONTRADICTION_POINTS = 5;

/**
 * One quota per identity, in response order. If rows disagree, the larger used share counts: Kimi's
 * ratios were 0 or late while its counts were right (kimi-code #3908), and caution costs less than a
 * false promise. A row with a past reset doesn't count against one with a future reset.
 */
function mergeReadings(readings: readonly Reading[], serverNow: number): QuotaWindow[] {
  const byId = new Map<string, Reading[]>();
  for (const reading of readings) {
    byId.set(reading.id, [...(byId.get(reading.id) ?? []), reading]);
  }
  return [...byId.values()].map(rows => mergeRows(current(rows, serverNow)));
}

function current(rows: readonly Reading[], serverNow: number): readonly Reading[] {
  const ahead = rows.filter(row => row.resetsAt === undefined || row.resetsAt > serverNow);
  return ahead.length > 0 ? ahead : rows;
}

function mergeRows(rows: readonly Reading[]): QuotaWindow {
  const { id, label } = rows[0]!;
  const percents = rows.flatMap(row => row.usedPercents);
  const highest = percents.length > 0 ? Math.max(...percents) : undefined;
  const lowest = percents.length > 0 ? Math.min(...percents) : undefined;
  const resetsAt = (rows.find(row => row.usedPercents.includes(highest ?? -1)) ?? rows[0])
    ?.resetsAt;
  const anyReset = resetsAt ?? rows.find(row => row.resetsAt !== undefined)?.resetsAt;
  const code = rows.find(row => row.codeUsedPercent !== undefined)?.codeUsedPercent;
  return {
    id,
    ...(label === undefined ? {} : { label }),
    ...(highest === undefined ? {} : { usedPercent: highest }),
    ...(anyReset === undefined ? {} : { resetsAt: anyReset }),
    ...(highest !== undefined && lowest !== undefined && highest - lowest > CONTRADICTION_POINTS
      ? { contradiction: { lowestUsedPercent: lowest, highestUsedPercent: highest } }
      : {}),
    ...(code === undefined ? {} : { codeUsedPercent: code }),
  };
}

/** Origin and time of a response. */
export interface ReadingContext {
  /** Local clock, epoch milliseconds. */
  readonly at: number;
  readonly origin: string;
  /** Server clock minus local clock, from the `Date` header. Default: 0. */
  readonly clockSkewMs?: number;
}

/**
 * Parses the response of `GET {base}/usages` in every known shape (docs/kimi.md 2): legacy counts,
 * ratios, both with false zeros, the array form, snake_case and camelCase. Ignores `totalQuota`, which
 * is the same on every account (kimi-code #1569). An empty object means no plan. Never throws.
 */
export function readUsages(body: unknown, context: ReadingContext): Snapshot | NoPlan | Malformed {
  if (isEmpty(unwrapData(body))) return { kind: 'noPlan' };
  const payload = UsagesPayload.safeParse(unwrapData(camelCaseKeys(body)));
  if (!payload.success) return malformed(body, `the answer is ${describeKind(body)}`);
  const { at, origin, clockSkewMs = 0 } = context;
  const windows = mergeReadings(readingsOf(payload.data, at + clockSkewMs), at + clockSkewMs);
  if (windows.length === 0) return malformed(body, 'the answer has no window that we know');
  const { limit } = payload.data.parallel ?? {};
  const plan = readPlan(payload.data);
  const extraUsage = readExtraUsage(payload.data.boosterWallet);
  return {
    kind: 'snapshot',
    at,
    origin,
    clockSkewMs,
    windows: inOrder(mostBinding(windows)),
    ...(limit ? { parallelLimit: limit } : {}),
    ...(plan ? { plan } : {}),
    ...(extraUsage ? { extraUsage } : {}),
  };
}

const isEmpty = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  !Array.isArray(body) &&
  Object.keys(body).length === 0;

function malformed(body: unknown, issue: string): Malformed {
  return { kind: 'malformed', issues: [issue], shape: describeShape(body) };
}

function describeKind(body: unknown): string {
  if (body === null) return 'null';
  if (typeof body !== 'object') return `a ${typeof body}`;
  return Array.isArray(body) ? 'a list' : 'an object around something else';
}

/** A gateway's `{data: …}` around the response (sandboxed.sh PR #864). */
function unwrapData(body: unknown): unknown {
  if (Array.isArray(body)) return undefined;
  if (typeof body !== 'object' || body === null || !('data' in body)) return body;
  if ('usage' in body || 'usages' in body || 'limits' in body) return body;
  const { data } = body;
  if (!Array.isArray(data)) return data;
  const isScoped = data.some(item => typeof item === 'object' && item !== null && 'limits' in item);
  return isScoped ? { usages: data } : { limits: data };
}

function readingsOf(payload: UsagesPayload, serverNow: number): Reading[] {
  const { usages } = payload;
  if (Array.isArray(usages)) {
    const coding = usages.find(item => item?.scope?.includes('CODING')) ?? usages[0];
    return [
      ...legacyReadings(coding?.detail, coding?.limits, serverNow),
      ...legacyReadings(payload.usage, payload.limits, serverNow),
    ];
  }
  return [
    ...legacyReadings(payload.usage, payload.limits, serverNow),
    ...ratioReadings(usages ?? {}, serverNow),
  ];
}

/** Shape A: `usage` is the weekly quota by position, `limits[]` name their periods. */
function legacyReadings(
  usage: UsageRow | undefined,
  limits: readonly (LimitEntry | undefined)[] | undefined,
  serverNow: number,
): Reading[] {
  const entries = (limits ?? []).flatMap((entry, index) =>
    entry ? [readEntry(entry, index, serverNow)] : [],
  );
  const week = usage && readRow(identifyUsage(usage), usage, serverNow);
  return [...entries, week].filter(reading => reading !== undefined);
}

function identifyUsage(usage: UsageRow): WindowIdentity {
  const { duration, timeUnit, name = usage.title } = usage;
  const sized = identifyBySpan(duration, timeUnit);
  if (sized) return sized;
  const named = name === undefined ? undefined : identifyByName(name);
  if (named && named.label === undefined) return named;
  const label = spanLabel(duration, timeUnit);
  return label === undefined ? { id: 'week' } : identifyByName(label);
}

function readEntry(entry: LimitEntry, index: number, serverNow: number): Reading | undefined {
  const row = entry.detail ?? entry;
  const duration = entry.window?.duration ?? entry.duration ?? row.duration;
  const timeUnit = entry.window?.timeUnit ?? entry.timeUnit ?? row.timeUnit;
  const name = entry.name ?? entry.title ?? row.name ?? row.title ?? entry.scope ?? row.scope;
  const identity =
    identifyBySpan(duration, timeUnit) ??
    identifyByName(name ?? spanLabel(duration, timeUnit) ?? `Limit #${index + 1}`);
  return readRow(identity, row, serverNow);
}

/** Shapes B and C: a map from quota to ratio. `limit_month_code` is a share of the month's total. */
function ratioReadings(
  usages: Readonly<Record<string, UsageRow | undefined>>,
  serverNow: number,
): Reading[] {
  const total = usages['limitMonthTotal'];
  return Object.entries(usages).flatMap(([key, row]) => {
    if (!row || (total && key === 'limitMonthCode')) return [];
    const reading = readRow(identifyByKey(key), row, serverNow);
    if (!reading) return [];
    const code = key === 'limitMonthTotal' ? (usages['limitMonthCode']?.usedRatio ?? 0) : 0;
    return [
      code > 0 ? { ...reading, codeUsedPercent: roundPercent(code * 100, DECIMALS) } : reading,
    ];
  });
}

/** Enough for all known ratios, and below the floating-point noise of `0.55 * 100`. */
const DECIMALS = 6;

/** A row without a usable number is kept as unknown if it has a limit. */
function readRow(identity: WindowIdentity, row: UsageRow, serverNow: number): Reading | undefined {
  const { used, limit, remaining, usedRatio } = row;
  if ([used, limit, remaining, usedRatio].every(number => number === undefined)) return undefined;
  const resetInS = row.resetIn ?? row.ttl;
  const resetsAt =
    row.resetTime ??
    row.resetAt ??
    (resetInS === undefined ? undefined : Math.round(serverNow + resetInS * 1000));
  return {
    ...identity,
    usedPercents: [
      ...(limit && used !== undefined ? [(used / limit) * 100] : []),
      ...(limit && remaining !== undefined ? [((limit - remaining) / limit) * 100] : []),
      ...(usedRatio === undefined ? [] : [usedRatio * 100]),
    ].map(percent => roundPercent(percent, DECIMALS)),
    ...(resetsAt === undefined ? {} : { resetsAt }),
  };
}

/** Beyond `MAX_WINDOWS`: used-up ones first, then known ones, then the most used. */
function mostBinding(windows: readonly QuotaWindow[]): readonly QuotaWindow[] {
  const rank = ({ id, usedPercent = -1 }: QuotaWindow): number =>
    usedPercent >= 100 ? 0 : KNOWN_ORDER.includes(id) ? 1 : 2;
  const measure = ({ usedPercent = -1, resetsAt = Infinity }: QuotaWindow): number =>
    usedPercent >= 100 ? resetsAt : usedPercent;
  const kept = [...windows]
    .sort((a, b) => rank(a) - rank(b) || measure(b) - measure(a) || 0)
    .slice(0, MAX_WINDOWS);
  return windows.filter(window => kept.includes(window));
}

const KNOWN_ORDER = ['5h', 'week', 'month'];

function inOrder(windows: readonly QuotaWindow[]): QuotaWindow[] {
  const rank = (window: QuotaWindow): number => {
    const index = KNOWN_ORDER.indexOf(window.id);
    return index < 0 ? KNOWN_ORDER.length : index;
  };
  return [...windows].sort((a, b) => rank(a) - rank(b));
}
