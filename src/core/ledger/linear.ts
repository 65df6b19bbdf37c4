/** The sum of all values. */
export function sum(values: readonly number[]): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}

/** The scalar product. */
export function dot(a: readonly number[], b: readonly number[]): number {
  let all = 0;
  for (let i = 0; i < a.length; i++) all += a[i]! * b[i]!;
  return all;
}

/** The middle value; 0 of none. */
export function median(values: readonly number[]): number {
  // Sorts numbers, which an array of any values does not.
  const sorted = Float64Array.from(values).sort();
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The inverse of a positive definite matrix. */
export function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const columns = matrix.map((_, j) =>
    solveLinear(
      matrix,
      matrix.map((__, i) => (i === j ? 1 : 0)),
    ),
  );
  return matrix.map((_, i) => columns.map(column => column[i]!));
}

/** Gauss with pivots; `matrix` is square and positive definite. */
export function solveLinear(
  matrix: readonly (readonly number[])[],
  target: readonly number[],
): number[] {
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
