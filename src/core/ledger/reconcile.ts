import { DAY_MS } from '../base/time.ts';
import type { LocalActivity } from '../quota/localActivity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS, windowLengthMs } from '../quota/windows.ts';
import { foreignUse } from './foreignUse.ts';
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
interface Unexplained {
  /** At least this many percentage points. */
  readonly points: number;
  /** From the first part of it to the last: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The same in pieces, oldest first. */
  readonly parts: readonly UnexplainedPart[];
}

/** A part of it between two readings. */
interface UnexplainedPart {
  readonly from: number;
  readonly to: number;
  readonly points: number;
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
  /** When agents ran, even those whose logs have no tokens. Default: as the rows show. */
  readonly activity?: LocalActivity;
}

/** Two standard errors cover less than a false alarm in a hundred needs. */
const ALARM_ERRORS = 2.6;
const RANGE_ERRORS = 1.64;
/** Smaller use by others is lost in rounding. */
const LEAST_UNEXPLAINED = 4;
/** Watched all the time, and no agent without tokens. */
const AS_ROWS_SHOW: LocalActivity = { watchedFrom: -Infinity, watchedUntil: Infinity, spans: [] };

/** Compares the window of the newest reading with the ledger; undefined without one. Pure. */
export function reconcile(input: ReconcileInput): Reconciliation | undefined {
  const { history, rows, windowId, activity = AS_ROWS_SHOW } = input;
  const lengthMs = windowLengthMs(windowId);
  const last = readingOf(history, windowId);
  if (!last || lengthMs === undefined) return undefined;
  const from = last.resetsAt - lengthMs;
  const sums = new TokenSums(rows);
  const intervals = intervalsOf(history, windowId, sums);
  const prices = fitPrices(intervals);
  const own = intervals.filter(one => one.from >= from - SAME_RESET_MS);
  const base = { windowId, from, to: last.at, used: last.used };
  const inWindow = history.filter(({ at }) => at >= from - SAME_RESET_MS);
  const quiet = quietUse(inWindow, { windowId, sums, activity });
  if (!prices) return { ...base, ...(quiet ? { unexplained: quiet } : {}) };
  const unexplained = unexplainedIn(own, { ...base, prices, sums, activity }) ?? quiet;
  const drift = driftOf(intervals, last.at);
  const recent = intervals.filter(one => one.to > last.at - 7 * DAY_MS);
  const tokensPerPercent = tokensPerPoint(recent, prices);
  return {
    ...base,
    prices,
    explained: explainedIn(sums, { from, to: last.at, used: last.used }, prices),
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
  readonly activity: LocalActivity;
}

/** What went beyond the upper end of what the tokens of this machine explain. */
function unexplainedIn(own: readonly Interval[], window: Window): Unexplained | undefined {
  const { from, to, used, prices, sums, activity } = window;
  const { points, error } = costOf(sums.between(from, to - LATE_MS), prices);
  // Of the last minutes nobody knows whether Kimi has counted them.
  const late = costOf(sums.between(to - LATE_MS, to), prices).points;
  const margin = ALARM_ERRORS * Math.hypot(error, prices.deviation, points * 0.08) + late + 1;
  const unknown = pointsWithoutTokens(own, activity);
  const beyond = used - points - late - unknown;
  if (beyond < Math.max(LEAST_UNEXPLAINED, margin)) return undefined;
  const least = Math.max(1.5, 2 * prices.deviation);
  const odd = own
    .map(one => ({ ...one, points: one.points - costOf(one.tokens, prices).points }))
    .filter(one => one.points > least && !isRunning(one, activity));
  const parts = odd.length > 0 ? odd : [{ from, to, points: beyond }];
  return unexplainedOf(Math.floor(beyond), parts);
}

/** An agent ran whose logs have no tokens: nobody knows what it used. */
const isRunning = ({ from, to, tokens }: Interval, { spans }: LocalActivity): boolean =>
  totalOf(tokens) === 0 && spans.some(span => span[0] < to && span[1] > from - 2 * LATE_MS);

const pointsWithoutTokens = (own: readonly Interval[], activity: LocalActivity): number =>
  own
    .filter(one => isRunning(one, activity))
    .reduce((sum, { points }) => sum + Math.max(0, points), 0);

/** `parts` in proportion, so that their sum is `points`. */
function unexplainedOf(points: number, parts: readonly UnexplainedPart[]): Unexplained {
  const all = parts.reduce((sum, part) => sum + part.points, 0);
  return {
    points,
    from: parts[0]!.from,
    to: parts.at(-1)!.to,
    parts: parts.map(({ from, to, points: own }) => ({ from, to, points: (own / all) * points })),
  };
}

/** Usage while no agent of this machine ran: needs no prices. */
function quietUse(
  history: readonly Snapshot[],
  { windowId, sums, activity }: { windowId: string; sums: TokenSums; activity: LocalActivity },
): Unexplained | undefined {
  const hasTokens = (from: number, to: number): boolean => totalOf(sums.between(from, to)) > 0;
  const found = foreignUse(history, activity, { windowId, hasTokens });
  return found && unexplainedOf(Math.floor(found.points), [found]);
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
