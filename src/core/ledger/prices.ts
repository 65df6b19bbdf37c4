import type { TokenCounts } from './ledger.ts';

/** The classes of tokens, in the order of vectors. */
export const CLASSES = ['input', 'cacheRead', 'cacheWrite', 'output'] as const;

/** Percent that went between two readings of one window, and the tokens that this machine used. */
export interface Interval {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percentage points. */
  readonly points: number;
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
/** Weight of `USUAL`: as much as this share of the data. */
const PRIOR_WEIGHT = 0.01;
/** Fewer intervals, or fewer points in them, claim nothing. */
const LEAST_INTERVALS = 8;
const LEAST_POINTS = 15;
const LEAST_EXPLAINED = 0.6;
/** Both readings of an interval are rounded to whole percent. */
const ROUNDING = 0.41;
/** Deviations above this many typical ones lose weight: use by another machine only adds. */
const ROBUST = 1.5;
const ROUNDS = 12;
const MILLION = 1e6;

/**
 * Fits prices to intervals: robust, non-negative least squares. Undefined if there is too little data
 * or if the tokens of this machine explain too little. Pure.
 */
export function fitPrices(intervals: readonly Interval[]): Prices | undefined {
  const used = intervals.filter(({ tokens }) => totalOf(tokens) > 0);
  const points = used.reduce((sum, one) => sum + Math.max(0, one.points), 0);
  if (used.length < LEAST_INTERVALS || points < LEAST_POINTS) return undefined;
  const rows = used.map(({ tokens }) => vectorOf(tokens));
  const values = used.map(one => one.points);
  let weights = used.map(() => 1);
  let prices: readonly number[] = [];
  let deviation = ROUNDING;
  for (let round = 0; round < ROUNDS; round++) {
    prices = solve({ rows, values, weights });
    const rest = values.map((value, i) => value - dot(rows[i]!, prices));
    // Of the lower half: another machine's use is not noise.
    deviation = Math.max(ROUNDING, 1.48 * median(rest.map(Math.abs)));
    weights = rest.map(each => weightOf(each / deviation));
  }
  const explained = explainedBy(rows, values, { prices, weights });
  if (explained < LEAST_EXPLAINED) return undefined;
  const matrix = normal({ rows, values, weights });
  return {
    perMillion: countsOf(prices),
    covariance: inverse(matrix).map(row => row.map(each => each * deviation ** 2)),
    deviation,
    count: used.length,
    explained,
  };
}

/** Points that tokens cost, and the standard error. Pure. */
export function costOf(
  tokens: TokenCounts,
  { perMillion, covariance }: Prices,
): { readonly points: number; readonly error: number } {
  const vector = vectorOf(tokens);
  const points = dot(vector, vectorOf(perMillion, 1));
  const variance = vector.reduce((sum, each, i) => sum + each * dot(covariance[i]!, vector), 0);
  return { points, error: Math.sqrt(Math.max(0, variance)) };
}

/** What tokens cost in the usual proportions, in no unit: for shares while prices are unknown. */
export const usualCost = (tokens: TokenCounts): number => dot(vectorOf(tokens), USUAL);

/** No tokens. */
export const ZERO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

const combine =
  (of: (a: number, b: number) => number) =>
  (a: TokenCounts, b: TokenCounts): TokenCounts => ({
    input: of(a.input, b.input),
    cacheRead: of(a.cacheRead, b.cacheRead),
    cacheWrite: of(a.cacheWrite, b.cacheWrite),
    output: of(a.output, b.output),
  });

/** Adds tokens by class. */
export const plus = combine((a, b) => a + b);
/** Subtracts tokens by class. */
export const minus = combine((a, b) => a - b);
/** Multiplies tokens by class. */
export const times = (tokens: TokenCounts, factor: number): TokenCounts =>
  combine(a => a * factor)(tokens, ZERO_TOKENS);

/** All tokens of a count. */
export const totalOf = ({ input, cacheRead, cacheWrite, output }: TokenCounts): number =>
  input + cacheRead + cacheWrite + output;

const vectorOf = (tokens: TokenCounts, unit = MILLION): number[] =>
  CLASSES.map(name => tokens[name] / unit);

function countsOf([input = 0, cacheRead = 0, cacheWrite = 0, output = 0]: readonly number[]) {
  return { input, cacheRead, cacheWrite, output };
}

/** Full weight near the fit; use that this machine doesn't explain loses it quickly. */
function weightOf(deviations: number): number {
  const size = Math.abs(deviations);
  if (size <= ROBUST) return 1;
  return deviations > 0 ? (ROBUST / size) ** 2 : ROBUST / size;
}

interface Problem {
  readonly rows: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** The best of all sets of classes whose prices are not negative: there are only fifteen. */
function solve(problem: Problem): number[] {
  const { rows, values, weights } = problem;
  const usual = rows.map(row => dot(row, USUAL));
  const scale =
    sum(values.map((value, i) => weights[i]! * value * usual[i]!)) /
    Math.max(1e-12, sum(usual.map((each, i) => weights[i]! * each * each)));
  const prior = USUAL.map(each => Math.max(0, scale) * each);
  const matrix = normal(problem);
  const target = CLASSES.map((_, j) => {
    const own = sum(rows.map((row, i) => weights[i]! * row[j]! * values[i]!));
    return own + priorWeight(problem, j) * prior[j]!;
  });
  let best = { prices: prior, loss: Infinity };
  for (let set = 1; set < 1 << CLASSES.length; set++) {
    const kept = CLASSES.flatMap((_, j) => (set & (1 << j) ? [j] : []));
    const part = solveLinear(
      kept.map(i => kept.map(j => matrix[i]![j]!)),
      kept.map(i => target[i]!),
    );
    if (part.some(each => each < 0)) continue;
    const prices = CLASSES.map((_, j) => part[kept.indexOf(j)] ?? 0);
    const loss =
      sum(CLASSES.map((_, i) => prices[i]! * dot(matrix[i]!, prices))) - 2 * dot(target, prices);
    if (loss < best.loss) best = { prices, loss };
  }
  return best.prices;
}

/** The normal matrix, with the weight of the usual proportions on its diagonal. */
function normal(problem: Problem): number[][] {
  const { rows, weights } = problem;
  return CLASSES.map((_, i) =>
    CLASSES.map((__, j) => {
      const own = sum(rows.map((row, k) => weights[k]! * row[i]! * row[j]!));
      return i === j ? own + priorWeight(problem, i) : own;
    }),
  );
}

/** Relative to what a class costs in all: a class that is rarely used keeps its usual price. */
function priorWeight({ rows, weights }: Problem, j: number): number {
  const all = sum(rows.map((row, k) => weights[k]! * dot(row, USUAL) ** 2));
  return (PRIOR_WEIGHT * all) / USUAL[j]! ** 2 / CLASSES.length + 1e-12;
}

function explainedBy(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  { prices, weights }: { readonly prices: readonly number[]; readonly weights: readonly number[] },
): number {
  const total = sum(weights);
  const mean = sum(values.map((value, i) => weights[i]! * value)) / total;
  const rest = sum(values.map((value, i) => weights[i]! * (value - dot(rows[i]!, prices)) ** 2));
  const all = sum(values.map((value, i) => weights[i]! * (value - mean) ** 2));
  // Equal intervals have no spread to explain: then the size of the rest counts.
  return Math.max(1 - rest / Math.max(all, 1e-9), 1 - rest / (total * mean * mean + 1e-9));
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((all, each, i) => all + each * b[i]!, 0);

/** The middle value; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const columns = matrix.map((_, j) =>
    solveLinear(
      matrix.map(row => [...row]),
      matrix.map((__, i) => (i === j ? 1 : 0)),
    ),
  );
  return matrix.map((_, i) => columns.map(column => column[i]!));
}

/** Gauss with pivots; `matrix` is square and positive definite. */
function solveLinear(matrix: readonly (readonly number[])[], target: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, target[i]!]);
  const size = rows.length;
  for (let i = 0; i < size; i++) {
    let pivot = i;
    for (let k = i + 1; k < size; k++)
      if (Math.abs(rows[k]![i]!) > Math.abs(rows[pivot]![i]!)) pivot = k;
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    for (let k = i + 1; k < size; k++) {
      const factor = rows[k]![i]! / (rows[i]![i]! || 1e-12);
      for (let j = i; j <= size; j++) rows[k]![j] = rows[k]![j]! - factor * rows[i]![j]!;
    }
  }
  const solution = Array.from({ length: size }, () => 0);
  for (let i = size - 1; i >= 0; i--) {
    const known = sum(solution.slice(i + 1).map((each, k) => each * rows[i]![i + 1 + k]!));
    solution[i] = (rows[i]![size]! - known) / (rows[i]![i]! || 1e-12);
  }
  return solution;
}
