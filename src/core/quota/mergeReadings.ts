import type { QuotaWindow } from './snapshot.ts';
import type { WindowIdentity } from './windowIdentity.ts';

/** What one row of an answer says about one window. Two rows may be about the same one. */
export interface Reading extends WindowIdentity {
  /** Every way in which the row's numbers give a used percentage, each 0 to 100; may be empty. */
  readonly usedPercents: readonly number[];
  readonly resetsAt?: number;
  readonly codeUsedPercent?: number;
}

/** Two fields for the same window that are further apart than this contradict each other. */
const CONTRADICTION_POINTS = 5;

/**
 * One window per identity, in the order in which they came. Where rows disagree the larger used
 * share is taken: Kimi's ratios were seen at 0 while its counts were right, and lagging behind them
 * (kimi-code #3908), and too much caution costs less than a promise that fails. A row whose reset
 * has passed says nothing against one whose reset is still ahead.
 */
export function mergeReadings(readings: readonly Reading[], serverNow: number): QuotaWindow[] {
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
