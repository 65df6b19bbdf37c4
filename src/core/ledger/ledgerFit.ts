import { MINUTE_MS } from '../base/time.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { type Interval, intervalsOf, TokenSums } from './intervals.ts';
import type { LedgerRow } from './ledger.ts';
import {
  fitModels,
  fitPrices,
  misfit,
  type PricedInterval,
  type Prices,
  usualCost,
} from './prices.ts';
import { times } from './tokens.ts';

/** What tokens cost, and how late Kimi counts them. */
export interface LedgerFit {
  /** With the tokens that Kimi counted in them. */
  readonly intervals: readonly PricedInterval[];
  /** Of a model with the factor 1. Absent while the history is too short or explains too little. */
  readonly prices?: Prices;
  /** Kimi counts usage some minutes late (kimi-cli #1535): this fits best. */
  readonly lateMs: number;
  /** Models other than the one that is used most; others cost the usual number of times as much. */
  readonly models: readonly ModelPrice[];
}

/** What a token of a model costs. */
export interface ModelPrice {
  readonly model: string;
  /** Compared with a model that has the usual price. */
  readonly factor: number;
  /** The model that is used most, and how many times as much as one of it. */
  readonly main: { readonly model: string; readonly times: number };
  /** Standard error of `factor`. */
  readonly error: number;
}

/** While nothing else is known. */
const USUAL_LATE_MS = 4 * MINUTE_MS;
const LATE_MS = [0, 2, 4, 6, 8, 10].map(minutes => minutes * MINUTE_MS);
/** As many models can have prices of their own in addition to the one that is used most. */
const MOST_MODELS = 3;
/** Of the usual cost: a model that is used less has none. */
const LEAST_SHARE = 0.05;

/** Fits lateness, prices and models to a history of one origin, oldest first, and its rows. Pure. */
export function fitLedger(
  history: readonly Snapshot[],
  windowId: string,
  rows: readonly LedgerRow[],
): LedgerFit {
  const spans = intervalsOf(history, windowId);
  const sums = new TokenSums(weighed(rows, []));
  const usual = countedIn(spans, sums, USUAL_LATE_MS);
  const first = fitPrices(usual);
  if (!first) return { intervals: usual, lateMs: USUAL_LATE_MS, models: [] };
  const lateMs = lateness(spans, sums, first);
  const intervals = countedIn(spans, sums, lateMs);
  const prices = fitPrices(intervals) ?? first;
  const names = mostUsedModels(rows);
  if (names.length < 2) return { intervals, prices, lateMs, models: [] };
  return { lateMs, ...fitWithModels({ spans, rows, lateMs, prices }, names) };
}

function lateness(spans: readonly Interval[], sums: TokenSums, prices: Prices): number {
  const found = LATE_MS.map(lateMs => ({
    lateMs,
    loss: misfit(countedIn(spans, sums, lateMs), prices),
  }));
  return found.reduce((a, b) => (b.loss < a.loss ? b : a)).lateMs;
}

const countedIn = (spans: readonly Interval[], sums: TokenSums, lateMs: number): PricedInterval[] =>
  spans.map(span => ({ ...span, tokens: sums.between(span.from - lateMs, span.to - lateMs) }));

/** Rows with the tokens that would cost as much at a factor of 1. Pure. */
export function weighed<T extends Pick<LedgerRow, 'model' | 'tokens'>>(
  rows: readonly T[],
  models: readonly ModelPrice[],
): T[] {
  return rows.map(row => {
    const factor = factorOf(row.model, models);
    return factor === 1 ? row : { ...row, tokens: times(row.tokens, factor) };
  });
}

/** How many times as much a model costs, as far as known. Pure. */
export const factorOf = (model: string | undefined, models: readonly ModelPrice[]): number =>
  models.find(one => one.model === model)?.factor ?? usualFactor(model);

/** Kimi's page of models: `highspeed` takes three times, `k3` twice the quota of `k3-256k`. */
function usualFactor(model = ''): number {
  if (/highspeed/.test(model)) return 3;
  return /(?:^|\/)k3(?!-256k)/.test(model) ? 2 : 1;
}

interface Problem {
  readonly spans: readonly Interval[];
  readonly rows: readonly LedgerRow[];
  readonly lateMs: number;
  readonly prices: Prices;
}

function fitWithModels(
  { spans, rows, lateMs, prices: first }: Problem,
  [main = '', ...names]: readonly string[],
): Omit<LedgerFit, 'lateMs'> {
  const isOwn = ({ model = '' }: LedgerRow): boolean => names.includes(model);
  const rest = weighed(
    rows.filter(row => !isOwn(row)),
    [],
  );
  const parts = [rest, ...names.map(name => rows.filter(({ model }) => model === name))].map(part =>
    countedIn(spans, new TokenSums(part), lateMs),
  );
  const { prices, factors } = fitModels(parts, first, names.map(usualFactor));
  const models = names.map((model, k) => {
    const { mean: factor, error } = factors[k]!;
    return { model, factor, error, main: { model: main, times: factor / usualFactor(main) } };
  });
  const intervals = countedIn(spans, new TokenSums(weighed(rows, models)), lateMs);
  return { intervals, prices, models };
}

/** The most used first. */
function mostUsedModels(rows: readonly LedgerRow[]): string[] {
  const costs = new Map<string, number>();
  for (const { model, tokens } of rows)
    if (model !== undefined) costs.set(model, (costs.get(model) ?? 0) + usualCost(tokens));
  const all = [...costs.values()].reduce((sum, each) => sum + each, 0);
  return [...costs]
    .filter(([, cost]) => cost >= LEAST_SHARE * all)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 1 + MOST_MODELS)
    .map(([model]) => model);
}
