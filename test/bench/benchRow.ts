/** One measured figure and its limit. Without a limit, it is for comparison. */
export interface BenchRow {
  readonly name: string;
  readonly figure: number;
  readonly unit: string;
  readonly limit?: number;
  /** What others come to on the same. */
  readonly peers?: string;
}

/**
 * `npm run bench -- --full`: with the sizes and times that the limits name, and not a part of them.
 */
export const isFull = process.argv.includes('--full');

/** The middle one: a shared machine stalls now and then, and the mean would tell of that. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** The smallest figure that so many percent of all do not exceed. */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

/** How long `work` takes, in milliseconds. */
export async function timeMs(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
