import { DAY_MS } from '../base/time.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import type { LedgerRow, TokenCounts } from '../ledger/ledger.ts';
import type { Activity } from '../quota/activity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { windowLengthMs } from '../quota/windows.ts';
import type { MachineReport, TokenClass } from './metrics.ts';

/** What a report is made of. */
export interface ReportInput {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly provider: MachineReport['provider'];
  /** The account's newest response; absent if its quota was never checked here. */
  readonly snapshot?: Snapshot;
  readonly activity: Activity;
  /** Incidents of today, UTC, and rows of the last 24 hours; of all accounts. */
  readonly incidents: readonly Incident[];
  readonly rows: readonly LedgerRow[];
  readonly names: Pick<MachineReport, 'account' | 'machine'>;
}

/** Start of the day, UTC: counters start again there. */
export const startOfDay = (now: number): number => Math.floor(now / DAY_MS) * DAY_MS;

/** The report of this machine about one account. Pure. */
export function reportOf(input: ReportInput): MachineReport {
  const { now, provider, snapshot, activity, names } = input;
  const incidents = input.incidents.filter(one => one.provider === provider);
  const rows = input.rows.filter(({ account = 'kimi-code' }) => account.startsWith(provider));
  const today = rows.filter(({ from }) => from >= startOfDay(now));
  const { parallelLimit, balance, windows = [] } = snapshot ?? {};
  return {
    ...names,
    provider,
    at: now,
    ...(snapshot ? { checkedAt: snapshot.at } : {}),
    windows: windows.flatMap(({ id, usedPercent, resetsAt }) =>
      usedPercent === undefined
        ? []
        : [
            {
              id,
              remainingPercent: 100 - usedPercent,
              ...(resetsAt ? { resetsAt } : {}),
              ...costOf(input, id),
            },
          ],
    ),
    ...(parallelLimit === undefined ? {} : { parallelLimit }),
    ...(balance
      ? { balance: { available: balance.available, currency: balance.currency ?? '' } }
      : {}),
    inFlight: activity.inFlight?.byAgent ?? [],
    answers: sumBy(
      today,
      ({ agent }) => agent,
      ({ answers }) => answers,
    ).map(([agent, count]) => ({ agent, count })),
    failures: failuresOf(incidents, now),
    tokens: tokensOf(today),
    tokensLastDay: rows.reduce((sum, { tokens }) => sum + totalOf(tokens), 0),
    open: incidents.filter(({ state }) => state === 'running').map(({ verdict }) => verdict.cause),
  };
}

/** As of the last reading of Kimi; a window that has reset since has none. */
function costOf(
  { activity: { uses = [] }, now, snapshot }: ReportInput,
  id: string,
): { readonly cost?: number } {
  const use = uses.find(one => one.origin === snapshot?.origin && one.windowId === id);
  const isOver = use !== undefined && now >= use.from + (windowLengthMs(id) ?? Infinity);
  return use?.cost === undefined || isOver ? {} : { cost: use.cost };
}

const totalOf = ({ input, cacheRead, cacheWrite, output }: TokenCounts): number =>
  input + cacheRead + cacheWrite + output;

const CLASSES: readonly (readonly [TokenClass, keyof TokenCounts])[] = [
  ['input', 'input'],
  ['cache_read', 'cacheRead'],
  ['cache_write', 'cacheWrite'],
  ['output', 'output'],
];

function tokensOf(rows: readonly LedgerRow[]): MachineReport['tokens'] {
  return CLASSES.flatMap(([name, field]) =>
    sumBy(
      rows,
      ({ agent }) => agent,
      ({ tokens }) => tokens[field],
    ).map(([agent, count]) => ({ agent, class: name, count })),
  );
}

function failuresOf(incidents: readonly Incident[], now: number): MachineReport['failures'] {
  const today = incidents.filter(({ from }) => from >= startOfDay(now));
  return sumBy(
    today,
    ({ verdict }): Cause => verdict.cause,
    ({ count }) => count,
  ).map(([cause, count]) => ({ cause, count }));
}

/** The largest first; without zeros. */
function sumBy<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  valueOf: (row: Row) => number,
): [Key, number][] {
  const sums = new Map<Key, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + valueOf(row));
  return [...sums].filter(([, sum]) => sum > 0).sort((a, b) => b[1] - a[1]);
}
