import { dot, inverse, median, solveLinear, sum } from './linear.ts';

/** What is fitted: `values[i]` by a sum of `rows[i]` times one number for each column. */
export interface FitInput {
  /** Times of each value. One that begins where the one before ended shares a reading with it. */
  readonly spans: readonly { readonly from: number; readonly to: number }[];
  readonly rows: readonly (readonly number[])[];
  readonly values: readonly number[];
  /** What is expected of each column before the data. Default: nothing. */
  readonly prior?: readonly Expected[];
}

/** A normal distribution. */
export interface Expected {
  readonly mean: number;
  readonly error: number;
}

/** The result of `robustFit`. */
export interface Fit {
  /** One for each column, never negative. */
  readonly solution: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  /** Typical deviation of a value. */
  readonly deviation: number;
  /** 0 to 1: less where a value is far off. */
  readonly weights: readonly number[];
}

/** Variance of a reading: it is rounded to whole percent. */
const ROUNDING = 1 / 12;
/** What a value deviates from the sum by more than its readings explain: requests are not alike. */
const OWN_SHARE = 0.02;
/** Deviations above this many typical ones lose weight: use by another machine only adds. */
const ROBUST = 1.5;
const ROUNDS = 12;
/** Variance that weights cost: so wide, ranges hold what they promise (npm run eval:ledger). */
const LOST = 1.3;
/**
 * At first any value that rounding can't explain loses weight: a part that others used all the time
 * would else look like noise.
 */
const STRICT_ROUNDS = 4;
/** A solution that changes less is the result. */
const SETTLED = 0.002;

/**
 * Robust, non-negative least squares for values that are differences of readings. For a handful of
 * columns. Pure.
 */
export function robustFit({ spans, rows, values, prior }: FitInput): Fit {
  const columns = rows[0]?.length ?? 0;
  const expected = prior ?? Array.from({ length: columns }, () => ({ mean: 0, error: Infinity }));
  let noise: Noise = { reading: ROUNDING, own: values.map(() => 0) };
  let solution: readonly number[] = [];
  let matrix: readonly (readonly number[])[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const white = whitened({ spans, rows, values }, noise);
    const normal = normalEquations(white, expected);
    matrix = normal.matrix;
    const { target } = normal;
    const before = solution;
    solution = solveNonNegative(matrix, target);
    const isStrict = round < STRICT_ROUNDS;
    noise = noiseOf({ rows, values }, solution, isStrict);
    if (!isStrict && solution.every((each, j) => Math.abs(each - before[j]!) <= SETTLED * each))
      break;
  }
  const { reading, own } = noise;
  const weights = own.map(each => (2 * reading) / (2 * reading + each));
  return {
    solution,
    covariance: inverse(matrix).map(row => row.map(each => LOST * each)),
    deviation: Math.sqrt(2 * reading),
    weights,
  };
}

/**
 * Minus twice the logarithm of the likelihood: of two inputs with the same values, the smaller is
 * better. Pure.
 */
export function lossOf(input: FitInput, solution: readonly number[]): number {
  const white = whitened(input, noiseOf(input, solution));
  const rest = white.values.map((value, i) => (value - dot(white.rows[i]!, solution)) ** 2);
  return sum(rest) + sum(white.sizes.map(size => 2 * Math.log(size)));
}

interface Noise {
  /** Variance of a reading. */
  readonly reading: number;
  /** Variance of each value in addition to that of its two readings. */
  readonly own: readonly number[];
}

function noiseOf(
  { rows, values }: Pick<FitInput, 'rows' | 'values'>,
  solution: readonly number[],
  isStrict = false,
): Noise {
  const expected = rows.map(row => dot(row, solution));
  const rest = values.map((value, i) => value - expected[i]!);
  const live = rest.filter((_, i) => expected[i]! > 0);
  // Of the lower half: another machine's use is not noise.
  const reading = isStrict
    ? ROUNDING
    : Math.max(ROUNDING, (1.48 * median(live.map(Math.abs))) ** 2 / 2);
  const own = rest.map((each, i) => {
    const usual = (OWN_SHARE * expected[i]!) ** 2;
    const typical = Math.sqrt(2 * reading + usual);
    const size = Math.abs(each) / typical / ROBUST;
    if (size <= 1) return usual;
    return (each > 0 ? size ** 2 : size) * typical ** 2 - 2 * reading;
  });
  return { reading, own };
}

/**
 * Divides values by their noise. Two neighbors share a reading: what it rounds away from one, the
 * other has too much. That is a covariance with two diagonals, whose Cholesky factor has two as well.
 */
function whitened(
  { spans, rows, values }: FitInput,
  { reading, own }: Noise,
): Pick<FitInput, 'rows' | 'values'> & { readonly sizes: readonly number[] } {
  const white = { rows: [] as number[][], values: [] as number[], sizes: [] as number[] };
  let [size, lastValue] = [1, 0];
  let lastRow = rows[0]?.map(() => 0) ?? [];
  for (let i = 0; i < spans.length; i++) {
    const isNext = i > 0 && spans[i - 1]!.to === spans[i]!.from;
    const shared = isNext ? -reading / size : 0;
    size = Math.sqrt(2 * reading + own[i]! - shared ** 2);
    const row = rows[i]!.slice();
    for (let j = 0; j < row.length; j++) row[j] = (row[j]! - shared * lastRow[j]!) / size;
    lastRow = row;
    lastValue = (values[i]! - shared * lastValue) / size;
    white.rows.push(row);
    white.values.push(lastValue);
    white.sizes.push(size);
  }
  return white;
}

function normalEquations(
  { rows, values }: Pick<FitInput, 'rows' | 'values'>,
  prior: readonly Expected[],
): { readonly matrix: number[][]; readonly target: number[] } {
  const matrix = prior.map(() => prior.map(() => 0));
  const target = prior.map(() => 0);
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    for (let i = 0; i < target.length; i++) {
      target[i]! += row[i]! * values[k]!;
      for (let j = 0; j < target.length; j++) matrix[i]![j]! += row[i]! * row[j]!;
    }
  }
  for (const [i, { mean, error }] of prior.entries()) {
    matrix[i]![i]! += 1 / error ** 2 + 1e-12;
    target[i]! += mean / error ** 2;
  }
  return { matrix, target };
}

/** The best of all sets of columns whose numbers are not negative: there are few. */
function solveNonNegative(
  matrix: readonly (readonly number[])[],
  target: readonly number[],
): readonly number[] {
  const whole = solveLinear(matrix, target);
  if (whole.every(each => each >= 0)) return whole;
  let best = { solution: target.map(() => 0), loss: 0 };
  for (let set = 1; set < 1 << target.length; set++) {
    const kept = target.flatMap((_, j) => (set & (1 << j) ? [j] : []));
    const part = solveLinear(
      kept.map(i => kept.map(j => matrix[i]![j]!)),
      kept.map(i => target[i]!),
    );
    if (part.some(each => each < 0)) continue;
    const solution = target.map((_, j) => part[kept.indexOf(j)] ?? 0);
    const loss =
      sum(solution.map((each, i) => each * dot(matrix[i]!, solution))) - 2 * dot(target, solution);
    if (loss < best.loss) best = { solution, loss };
  }
  return best.solution;
}
