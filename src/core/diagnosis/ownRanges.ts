import { DAY_MS, HOUR_MS } from '../base/time.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS } from '../quota/windows.ts';

/** Lowest and highest value over days. */
export interface DayRange {
  readonly low: number;
  readonly high: number;
  readonly days: number;
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
