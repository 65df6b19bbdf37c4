import { DAY_MS, MINUTE_MS } from '../base/time.ts';
import type { LocalActivity } from '../quota/localActivity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS, windowLengthMs } from '../quota/windows.ts';
import { foreignUse } from './foreignUse.ts';
import { priceChange } from './drift.ts';
import { TokenSums } from './intervals.ts';
import type { LedgerRow, TokenCounts } from './ledger.ts';
import { fitLedger, type LedgerFit, type ModelPrice, weighed } from './ledgerFit.ts';
import { costOf, type PricedInterval, type Prices, RANGE_ERRORS } from './prices.ts';
import { totalOf } from './tokens.ts';

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
  /** Models with prices of their own. */
  readonly models: readonly ModelPrice[];
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
export const ALARM_ERRORS = 2.6;
/** What prices by class and model can't explain: requests are not alike. */
export const MISFIT = 0.03;
/** Smaller use by others is lost in rounding. */
const LEAST_UNEXPLAINED = 4;
/** An agent that ended this long before an interval may have been counted in it. */
const LONGEST_LATE_MS = 10 * MINUTE_MS;
/** Watched all the time, and no agent without tokens. */
export const AS_ROWS_SHOW: LocalActivity = {
  watchedFrom: -Infinity,
  watchedUntil: Infinity,
  spans: [],
};

/** Compares the window of the newest reading with the ledger; undefined without one. Pure. */
export function reconcile(input: ReconcileInput): Reconciliation | undefined {
  const { history, rows, windowId, activity = AS_ROWS_SHOW } = input;
  const span = windowSpan(history, windowId);
  if (!span) return undefined;
  const { from, to, used } = span;
  const fit = fitLedger(history, windowId, rows);
  const { intervals, lateMs, models } = fit;
  const change = fit.prices && priceChange(intervals, to);
  const prices = change?.prices ?? fit.prices;
  const sums = new TokenSums(weighed(rows, models));
  const base = { windowId, from, to, used };
  const window = { ...base, lateMs, sums, activity };
  const inWindow = history.filter(({ at }) => at >= from - SAME_RESET_MS);
  const quiet = quietUse(inWindow, window);
  if (!prices) return { ...base, models, ...(quiet ? { unexplained: quiet } : {}) };
  const own = intervals.filter(one => one.from >= from - SAME_RESET_MS);
  const unexplained = unexplainedIn(own, { ...window, prices }) ?? quiet;
  const tokensPerPercent = tokensPerPoint(fit, rows, { prices, now: to });
  return {
    ...base,
    models,
    prices,
    explained: pointsOf(sums.between(from - lateMs, to - lateMs), {
      prices,
      used: used,
    })!,
    ...(unexplained ? { unexplained } : {}),
    ...(tokensPerPercent === undefined ? {} : { tokensPerPercent }),
    ...(change && tokensPerPercent !== undefined
      ? { drift: { before: tokensPerPercent * change.factor, now: tokensPerPercent } }
      : {}),
  };
}

/**
 * Points of a part of the tokens in a window, weighed by model: an agent's, a session's, a model's.
 * Never more than was used. Pure.
 */
export function pointsOf(
  tokens: TokenCounts,
  { prices, used }: Pick<Reconciliation, 'prices' | 'used'>,
): Points | undefined {
  if (!prices) return undefined;
  const { points, error } = costOf(tokens, prices);
  const range = RANGE_ERRORS * Math.hypot(error, points * MISFIT);
  return {
    points: Math.min(used, points),
    low: Math.max(0, Math.min(used, points - range)),
    high: Math.min(used, points + range),
  };
}

interface Window {
  readonly windowId: string;
  readonly from: number;
  readonly to: number;
  readonly used: number;
  readonly lateMs: number;
  /** Of all models, weighed. */
  readonly sums: TokenSums;
  readonly activity: LocalActivity;
}

/** What went beyond the upper end of what the tokens of this machine explain. */
function unexplainedIn(
  own: readonly PricedInterval[],
  window: Window & { readonly prices: Prices },
): Unexplained | undefined {
  const { from, to, used, prices, lateMs, sums, activity } = window;
  const cost = (start: number, end: number) => costOf(sums.between(start, end), prices);
  const { points, error } = cost(from - lateMs, to - lateMs);
  // For some minutes at both ends, it is unknown whether Kimi counted them here.
  const unsure = cost(from - 2 * lateMs, from - lateMs).points + cost(to - lateMs, to).points;
  const margin = ALARM_ERRORS * Math.hypot(error, prices.deviation, points * MISFIT) + 1;
  const beyond = used - points - unsure - pointsWithoutTokens(own, activity);
  if (beyond < Math.max(LEAST_UNEXPLAINED, margin)) return undefined;
  const least = Math.max(1.5, 2 * prices.deviation);
  const odd = own
    .map(one => ({ ...one, points: one.points - costOf(one.tokens, prices).points }))
    .filter(one => one.points > least && !isRunning(one, activity));
  const parts = odd.length > 0 ? odd : [{ from, to, points: beyond }];
  return unexplainedOf(Math.floor(beyond), parts);
}

/** An agent ran whose logs have no tokens: its usage is unknown. */
const isRunning = ({ from, to, tokens }: PricedInterval, { spans }: LocalActivity): boolean =>
  totalOf(tokens) === 0 && spans.some(span => span[0] < to && span[1] > from - LONGEST_LATE_MS);

/** What went while an agent ran whose logs have no tokens. Pure. */
export const pointsWithoutTokens = (
  own: readonly PricedInterval[],
  activity: LocalActivity,
): number =>
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
  { windowId, sums, activity }: Pick<Window, 'windowId' | 'sums' | 'activity'>,
): Unexplained | undefined {
  const hasTokens = (from: number, to: number): boolean => totalOf(sums.between(from, to)) > 0;
  const found = foreignUse(history, activity, { windowId, hasTokens });
  return found && unexplainedOf(Math.floor(found.points), [found]);
}

/** Of the mix of the last week. */
function tokensPerPoint(
  { intervals, lateMs }: LedgerFit,
  rows: readonly LedgerRow[],
  { prices, now }: { readonly prices: Prices; readonly now: number },
): number | undefined {
  const recent = intervals.filter(({ to }) => to > now - 7 * DAY_MS);
  const points = recent.reduce((sum, { tokens }) => sum + costOf(tokens, prices).points, 0);
  if (points < 1) return undefined;
  const sums = new TokenSums(rows);
  const used = recent.map(({ from, to }) => totalOf(sums.between(from - lateMs, to - lateMs)));
  return used.reduce((sum, each) => sum + each, 0) / points;
}

/** The window of the newest reading: from its beginning to the reading. Pure. */
export function windowSpan(
  history: readonly Snapshot[],
  windowId: string,
): Pick<Reconciliation, 'from' | 'to' | 'used'> | undefined {
  const lengthMs = windowLengthMs(windowId);
  const snapshot = history.findLast(({ windows }) =>
    windows.some(({ id, usedPercent }) => id === windowId && usedPercent !== undefined),
  );
  const { usedPercent: used, resetsAt } = snapshot?.windows.find(({ id }) => id === windowId) ?? {};
  if (!snapshot || used === undefined || resetsAt === undefined || lengthMs === undefined)
    return undefined;
  return { from: resetsAt - lengthMs, to: snapshot.at, used };
}
