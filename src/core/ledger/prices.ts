import type { Interval } from './intervals.ts';
import type { TokenCounts } from './ledger.ts';
import { dot, sum } from './linear.ts';
import { type Expected, type Fit, lossOf, robustFit } from './robustFit.ts';
import { totalOf } from './tokens.ts';

/** The classes of tokens, in the order of vectors. */
export const CLASSES = ['input', 'cacheRead', 'cacheWrite', 'output'] as const;

/** What went between two readings, and the tokens that this machine used. */
export interface PricedInterval extends Interval {
  /** Of all models: those of a model that costs twice as much count twice. */
  readonly tokens: TokenCounts;
}

/** What tokens cost in percent of a window, from history. */
export interface Prices {
  /** Percentage points per million tokens. */
  readonly perMillion: TokenCounts;
  /** Covariance of `perMillion`, by `CLASSES`. */
  readonly covariance: readonly (readonly number[])[];
  /** Typical deviation of an interval from the fit, in points: rounding and late counting. */
  readonly deviation: number;
  /** Intervals with tokens. */
  readonly count: number;
  /** Share of the usage that the fit explains, 0 to 1. */
  readonly explained: number;
}

/**
 * Relative prices of the open platform (docs/kimi.md 9.2): input 1, cached input a quarter, output
 * four times as much. Classes are used together, so few intervals can't tell them apart: until they
 * can, prices stay near these proportions.
 */
const USUAL: readonly number[] = [1, 0.25, 1, 4.2];
/** How far a price may be from its usual proportion: a factor of about two. */
const USUAL_ERROR = 0.8;
/** Fewer intervals, or fewer points in them, claim nothing. */
const LEAST_INTERVALS = 8;
const LEAST_POINTS = 15;
const LEAST_EXPLAINED = 0.6;
const MODEL_ROUNDS = 6;
const MILLION = 1e6;
/** A range of so many standard errors holds nine times of ten. */
export const RANGE_ERRORS = 1.64;
/** A price is known whose range of so many standard errors is narrower. */
const KNOWN_ERRORS = 1.96;
const KNOWN_SHARE = 0.2;

/**
 * Fits prices to intervals. Undefined if there is too little data or if the tokens of this machine
 * explain too little. Pure.
 */
export function fitPrices(intervals: readonly PricedInterval[]): Prices | undefined {
  const used = intervals.filter(({ tokens }) => totalOf(tokens) > 0);
  const points = sum(used.map(one => Math.max(0, one.points)));
  if (used.length < LEAST_INTERVALS || points < LEAST_POINTS) return undefined;
  const rows = intervals.map(({ tokens }) => vectorOf(tokens));
  const values = intervals.map(one => one.points);
  const input = { spans: intervals, rows, values };
  const scale = robustFit({ ...input, rows: rows.map(row => [dot(row, USUAL)]) }).solution[0]!;
  if (scale === 0) return undefined;
  const fit = robustFit({ ...input, prior: expectedNear(USUAL.map(each => scale * each)) });
  const explained = explainedBy(rows, values, fit);
  if (explained < LEAST_EXPLAINED) return undefined;
  const { solution, covariance, deviation } = fit;
  const perMillion = countsOf(solution);
  return { perMillion, covariance, deviation, count: used.length, explained };
}

/**
 * Fits how many times as much the tokens of models cost as those of the rest (`parts[0]`), together
 * with the prices: from `first` and `usual`, in steps of a straight line (Gauss and Newton). Pure.
 */
export function fitModels(
  parts: readonly (readonly PricedInterval[])[],
  first: Prices,
  usual: readonly number[],
): { readonly prices: Prices; readonly factors: readonly Expected[] } {
  const spans = parts[0]!;
  const tokens = parts.map(part => part.map(one => vectorOf(one.tokens)));
  const all = tokens
    .flat()
    .reduce((total, row) => total.map((each, j) => each + row[j]!), [0, 0, 0, 0]);
  const size = dot(all, vectorOf(first.perMillion, 1)) / dot(all, USUAL);
  const start = [...USUAL.map(each => size * each), ...usual];
  let fit: Pick<Fit, 'solution' | 'covariance'> = { solution: start, covariance: [] };
  for (let round = 0; round < MODEL_ROUNDS; round++) {
    const prices = fit.solution.slice(0, CLASSES.length);
    const factors = fit.solution.slice(CLASSES.length);
    const costs = spans.map((_, i) => factors.map((__, k) => dot(tokens[k + 1]![i]!, prices)));
    const mixed = spans.map((_, i) =>
      CLASSES.map((__, j) =>
        dot(
          tokens.map(part => part[i]![j]!),
          [1, ...factors],
        ),
      ),
    );
    fit = robustFit({
      spans,
      rows: mixed.map((row, i) => [...row, ...costs[i]!]),
      values: spans.map(({ points }, i) => points + dot(factors, costs[i]!)),
      prior: expectedNear(start),
    });
  }
  const { solution, covariance } = fit;
  return {
    prices: {
      ...first,
      perMillion: countsOf(solution),
      covariance: CLASSES.map((_, i) => covariance[i]!.slice(0, CLASSES.length)),
    },
    factors: solution
      .map((mean, k) => ({ mean, error: Math.sqrt(covariance[k]![k]!) }))
      .slice(CLASSES.length),
  };
}

/** How badly prices fit: of the same intervals with other tokens, the smaller is better. Pure. */
export function misfit(intervals: readonly PricedInterval[], { perMillion }: Prices): number {
  const rows = intervals.map(({ tokens }) => vectorOf(tokens));
  const values = intervals.map(({ points }) => points);
  return lossOf({ spans: intervals, rows, values }, vectorOf(perMillion, 1));
}

const expectedNear = (means: readonly number[]): Expected[] =>
  means.map(mean => ({ mean, error: USUAL_ERROR * mean }));

/** Points that tokens cost, and the standard error. Pure. */
export function costOf(
  tokens: TokenCounts,
  { perMillion, covariance }: Pick<Prices, 'perMillion' | 'covariance'>,
): { readonly points: number; readonly error: number } {
  const vector = vectorOf(tokens);
  const points = dot(vector, vectorOf(perMillion, 1));
  const variance = sum(vector.map((each, i) => each * dot(covariance[i]!, vector)));
  return { points, error: Math.sqrt(Math.max(0, variance)) };
}

/** Whether a class's own price is known: nineteen times of twenty it is at most a fifth off. Pure. */
export function isKnown(
  { perMillion, covariance }: Prices,
  name: (typeof CLASSES)[number],
): boolean {
  const i = CLASSES.indexOf(name);
  const error = Math.sqrt(Math.max(0, covariance[i]![i]!));
  return perMillion[name] > 0 && KNOWN_ERRORS * error <= KNOWN_SHARE * perMillion[name];
}

/** Prices that are all higher by a factor. Pure. */
export function timesPrices(prices: Prices, factor: number): Prices {
  const { perMillion, covariance } = prices;
  return {
    ...prices,
    perMillion: countsOf(vectorOf(perMillion, 1).map(each => each * factor)),
    covariance: covariance.map(row => row.map(each => each * factor ** 2)),
  };
}

/** What tokens cost in the usual proportions, in no unit: for shares while prices are unknown. */
export const usualCost = (tokens: TokenCounts): number => dot(vectorOf(tokens), USUAL);

const vectorOf = (tokens: TokenCounts, unit = MILLION): number[] =>
  CLASSES.map(name => tokens[name] / unit);

function countsOf([input = 0, cacheRead = 0, cacheWrite = 0, output = 0]: readonly number[]) {
  return { input, cacheRead, cacheWrite, output };
}

function explainedBy(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  { solution, weights }: Fit,
): number {
  const total = sum(weights);
  const mean = sum(values.map((value, i) => weights[i]! * value)) / total;
  const rest = sum(values.map((value, i) => weights[i]! * (value - dot(rows[i]!, solution)) ** 2));
  const all = sum(values.map((value, i) => weights[i]! * (value - mean) ** 2));
  // Equal intervals have no spread to explain: then the size of the rest counts.
  return Math.max(1 - rest / Math.max(all, 1e-9), 1 - rest / (total * mean * mean + 1e-9));
}
