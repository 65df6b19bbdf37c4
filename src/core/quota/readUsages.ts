import { describeShape } from './describeShape.ts';
import { readExtraUsage, readPlan } from './membership.ts';
import { mergeReadings, type Reading } from './mergeReadings.ts';
import { camelCaseKeys } from './readField.ts';
import type { NoPlan } from './outcome.ts';
import { roundPercent } from './roundPercent.ts';
import { MAX_WINDOWS, type Malformed, type QuotaWindow, type Snapshot } from './snapshot.ts';
import { UsagesPayload, type LimitEntry, type UsageRow } from './usagesPayload.ts';
import {
  identifyByDuration,
  identifyByKey,
  identifyByName,
  windowDurationMs,
  type WindowIdentity,
} from './windowIdentity.ts';

/** Where and when an answer was read. */
export interface ReadingContext {
  /** Local clock, epoch milliseconds. */
  readonly at: number;
  readonly origin: string;
  /** Server's clock minus ours, from its `Date` header. Default: 0. */
  readonly clockSkewMs?: number;
}

/**
 * Reads the answer of `GET {base}/usages` in every shape known (kimi.md section 2): legacy counts,
 * ratios, both at once with lying zeros, the array form, snake_case and camelCase. `totalQuota` is
 * left out: it is the same on every account (kimi-code #1569). An empty object is what an account
 * without a plan gets. Never throws.
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
    windows: inOrder(windows).slice(0, MAX_WINDOWS),
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

/** A gateway's `{data: …}` around the answer (seen in one reader: sandboxed.sh PR #864). */
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

/** Shape A: `usage` is the week by its place in the answer, `limits[]` say what they are. */
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
  const durationMs = windowDurationMs(usage.duration, usage.timeUnit);
  if (durationMs !== undefined) return identifyByDuration(durationMs);
  const name = usage.name ?? usage.title;
  const named = name === undefined ? undefined : identifyByName(name);
  return named && named.label === undefined ? named : { id: 'week' };
}

function readEntry(entry: LimitEntry, index: number, serverNow: number): Reading | undefined {
  const row = entry.detail ?? entry;
  const durationMs = windowDurationMs(
    entry.window?.duration ?? entry.duration ?? row.duration,
    entry.window?.timeUnit ?? entry.timeUnit ?? row.timeUnit,
  );
  const name = entry.name ?? entry.title ?? row.name ?? row.title ?? entry.scope ?? row.scope;
  const identity =
    durationMs === undefined
      ? identifyByName(name ?? `Limit #${index + 1}`)
      : identifyByDuration(durationMs);
  return readRow(identity, row, serverNow);
}

/** Shapes B and C: a map from window to ratio. `limit_month_code` is a share of the month's total. */
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

/** Enough for every ratio that was seen; fewer than the noise of `0.55 * 100`. */
const DECIMALS = 6;

/** A row without a number that could be a percentage is kept, as unknown, if it has a limit. */
function readRow(identity: WindowIdentity, row: UsageRow, serverNow: number): Reading | undefined {
  const { used, limit, remaining, usedRatio } = row;
  if ([used, limit, remaining, usedRatio].every(number => number === undefined)) return undefined;
  const resetInS = row.resetIn ?? row.ttl;
  const resetsAt =
    row.resetTime ??
    row.resetAt ??
    (resetInS === undefined ? undefined : serverNow + resetInS * 1000);
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

const KNOWN_ORDER = ['5h', 'week', 'month'];

function inOrder(windows: readonly QuotaWindow[]): QuotaWindow[] {
  const rank = (window: QuotaWindow): number => {
    const index = KNOWN_ORDER.indexOf(window.id);
    return index < 0 ? KNOWN_ORDER.length : index;
  };
  return [...windows].sort((a, b) => rank(a) - rank(b));
}
