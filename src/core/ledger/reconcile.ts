import { DAY_MS } from '../base/time.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS, windowLengthMs } from '../quota/windows.ts';
import { intervalsOf, LATE_MS, TokenSums } from './intervals.ts';
import type { LedgerRow, TokenCounts } from './ledger.ts';
import { costOf, fitPrices, type Interval, median, type Prices, totalOf } from './prices.ts';

/** Points of a window, with the range that holds nine times of ten. */
export interface Points {
  readonly points: number;
  readonly low: number;
  readonly high: number;
}

/** Usage that no agent on this machine explains. */
export interface Unexplained {
  /** At least this many percentage points. */
  readonly points: number;
  /** When most of it went: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Where the usage of one window went, as far as the logs of this machine show. */
export interface Reconciliation {
  readonly windowId: string;
  /** The window's beginning, and the reading it is about: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percentage points. */
  readonly used: number;
  /** Absent while the history is too short or explains too little. */
  readonly prices?: Prices;
  /** What all agents of this machine used; needs `prices`. */
  readonly explained?: Points;
  readonly unexplained?: Unexplained;
  /** How many tokens of the recent mix one percent is worth; needs `prices`. */
  readonly tokensPerPercent?: number;
  /** Tokens per percent, if it is another number this week than in the weeks before. */
  readonly drift?: { readonly before: number; readonly now: number };
}

/** What `reconcile` compares. */
export interface ReconcileInput {
  /** Of one origin, oldest first; some weeks. */
  readonly history: readonly Snapshot[];
  /** Of its account, of the same time. */
  readonly rows: readonly LedgerRow[];
  readonly windowId: string;
}

/** Two standard errors cover less than a false alarm in a hundred needs. */
const ALARM_ERRORS = 2.6;
const RANGE_ERRORS = 1.64;
/** Smaller use by others is lost in rounding. */
const LEAST_UNEXPLAINED = 4;
/** Without prices, only what went while no agent ran is unexplained. */
const LEAST_UNEXPLAINED_ALONE = 5;

/** Compares the window of the newest reading with the ledger; undefined without one. Pure. */
export function reconcile(input: ReconcileInput): Reconciliation | undefined {
  const { history, rows, windowId } = input;
  const lengthMs = windowLengthMs(windowId);
  const last = readingOf(history, windowId);
  if (!last || lengthMs === undefined) return undefined;
  const from = last.resetsAt - lengthMs;
  const intervals = intervalsOf(history, windowId, rows);
  const prices = fitPrices(intervals);
  const own = intervals.filter(one => one.from >= from - SAME_RESET_MS);
  const base = { windowId, from, to: last.at, used: last.used };
  if (!prices) {
    const alone = unexplainedAlone(own, new TokenSums(rows));
    return { ...base, ...(alone ? { unexplained: alone } : {}) };
  }
  const sums = new TokenSums(rows);
  const explained = explainedIn(sums, { from, to: last.at, used: last.used }, prices);
  const unexplained = unexplainedIn(own, { ...base, prices, sums });
  const drift = driftOf(intervals, last.at);
  const tokensPerPercent = tokensPerPoint(
    intervals.filter(one => one.to > last.at - 7 * DAY_MS),
    prices,
  );
  return {
    ...base,
    prices,
    explained,
    ...(unexplained ? { unexplained } : {}),
    ...(tokensPerPercent === undefined ? {} : { tokensPerPercent }),
    ...(drift ? { drift } : {}),
  };
}

/**
 * Points of a part of the tokens in a window: an agent's, a session's, a model's. Never more than was
 * used. Pure.
 */
export function pointsOf(
  tokens: TokenCounts,
  { prices, used }: Pick<Reconciliation, 'prices' | 'used'>,
): Points | undefined {
  if (!prices) return undefined;
  const { points, error } = costOf(tokens, prices);
  const range = RANGE_ERRORS * Math.hypot(error, points * 0.05);
  return {
    points: Math.min(used, points),
    low: Math.max(0, Math.min(used, points - range)),
    high: Math.min(used, points + range),
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly used: number;
}

function explainedIn(sums: TokenSums, { from, to, used }: Span, prices: Prices): Points {
  return pointsOf(sums.between(from, to - LATE_MS), { prices, used })!;
}

interface Window extends Span {
  readonly prices: Prices;
  readonly sums: TokenSums;
}

/** What went beyond the upper end of what the tokens of this machine explain. */
function unexplainedIn(own: readonly Interval[], window: Window): Unexplained | undefined {
  const { from, to, used, prices, sums } = window;
  const { points, error } = costOf(sums.between(from, to - LATE_MS), prices);
  // Of the last minutes nobody knows whether Kimi has counted them.
  const late = costOf(sums.between(to - LATE_MS, to), prices).points;
  const margin = ALARM_ERRORS * Math.hypot(error, prices.deviation, points * 0.08) + late + 1;
  const beyond = used - points - late;
  if (beyond < Math.max(LEAST_UNEXPLAINED, margin)) return undefined;
  const least = Math.max(1.5, 2 * prices.deviation);
  const odd = own.filter(one => one.points - costOf(one.tokens, prices).points > least);
  return {
    points: Math.floor(beyond),
    from: odd[0]?.from ?? from,
    to: odd.at(-1)?.to ?? to,
  };
}

/** Usage while no agent of this machine ran, with the time that Kimi counts late. */
function unexplainedAlone(own: readonly Interval[], sums: TokenSums): Unexplained | undefined {
  const quiet = own.filter(
    ({ from, to, points }) => points > 0 && totalOf(sums.between(from - 2 * LATE_MS, to)) === 0,
  );
  const points = quiet.reduce((sum, one) => sum + one.points, 0);
  if (points < LEAST_UNEXPLAINED_ALONE) return undefined;
  return { points: Math.floor(points), from: quiet[0]!.from, to: quiet.at(-1)!.to };
}

/** Intervals in which this much was expected can be compared with what went. */
const LEAST_EXPECTED = 1.5;
const LEAST_COMPARED = 10;
const LEAST_DRIFT = 0.15;
const DRIFT_ERRORS = 3;

/** Whether tokens cost another share of the window this week than in the three weeks before. */
function driftOf(intervals: readonly Interval[], now: number): Reconciliation['drift'] {
  const before = intervals.filter(({ to }) => to <= now - 7 * DAY_MS && to > now - 28 * DAY_MS);
  const recent = intervals.filter(({ to }) => to > now - 7 * DAY_MS);
  const prices = fitPrices(before);
  const usual = prices && ratios(before, prices);
  const current = prices && ratios(recent, prices);
  if (!prices || !usual || !current) return undefined;
  const change = current.middle / usual.middle;
  const error = change * Math.hypot(current.error / current.middle, usual.error / usual.middle);
  if (Math.abs(change - 1) < Math.max(LEAST_DRIFT, DRIFT_ERRORS * error)) return undefined;
  const perPoint = tokensPerPoint(recent, prices);
  if (perPoint === undefined) return undefined;
  return { before: perPoint / usual.middle, now: perPoint / current.middle };
}

/** What went beside what was expected: the middle, since use by others only adds. */
function ratios(intervals: readonly Interval[], prices: Prices) {
  const known = intervals.flatMap(({ points, tokens }) => {
    const expected = costOf(tokens, prices).points;
    return expected >= LEAST_EXPECTED ? [points / expected] : [];
  });
  if (known.length < LEAST_COMPARED) return undefined;
  const middle = median(known);
  const spread = 1.48 * median(known.map(each => Math.abs(each - middle)));
  return { middle, error: (1.25 * Math.max(spread, 0.05)) / Math.sqrt(known.length) };
}

function tokensPerPoint(intervals: readonly Interval[], prices: Prices): number | undefined {
  const tokens = intervals.reduce((sum, one) => sum + totalOf(one.tokens), 0);
  const points = intervals.reduce((sum, one) => sum + costOf(one.tokens, prices).points, 0);
  return points >= 1 ? tokens / points : undefined;
}

function readingOf(history: readonly Snapshot[], windowId: string) {
  const snapshot = history.findLast(({ windows }) =>
    windows.some(({ id, usedPercent }) => id === windowId && usedPercent !== undefined),
  );
  const { usedPercent: used, resetsAt } = snapshot?.windows.find(({ id }) => id === windowId) ?? {};
  if (!snapshot || used === undefined || resetsAt === undefined) return undefined;
  return { at: snapshot.at, used, resetsAt };
}
