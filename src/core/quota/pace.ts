/** How much of a window was used at a time. */
export interface UsePoint {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly usedPercent: number;
  readonly resetsAt: number;
}

/** How a pace is measured: in slices of equal length, the last one ending with the last point. */
export interface Scale {
  readonly sliceMs: number;
  readonly lookBackMs: number;
  /** Deviation over mean of a slice's use, as taken before slices tell. */
  readonly spread: number;
  /** What this pace says of later than this is not asked. */
  readonly horizonMs: number;
  /** Only since the last reset: what was before was another session. */
  readonly isWithinWindow?: boolean;
}

/** Use in slices. */
export interface Pace {
  readonly sliceMs: number;
  readonly sliceCount: number;
  /** Percent of the window in a slice: mean and standard deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/** How long something may take. */
export interface TimeRange {
  readonly fromMs: number;
  /** Infinity: a pace as likely never gets there. */
  readonly toMs: number;
}

/** Resets of one window are told with some seconds of difference, of rolling ones with minutes. */
const SAME_RESET_MS = 10 * 60_000;
/** What is taken before slices tell weighs as much as so many slices. */
const PRIOR_SLICES = 4;
/**
 * Deviations to the fast and to the slow side of the mean, chosen by `npm run eval:forecast`: people
 * work faster than they did more often than they work slower.
 */
const FAST_WIDTH = 2;
const SLOW_WIDTH = 1.6;

/** The pace of the last points; undefined where they span no slice. */
export function paceOf(points: readonly UsePoint[], scale: Scale): Pace | undefined {
  const last = points.at(-1);
  if (!last) return undefined;
  const since = last.at - scale.lookBackMs;
  const seen = points.filter(
    point =>
      point.at >= since && (!scale.isWithinWindow || isSameReset(point.resetsAt, last.resetsAt)),
  );
  const slices = slicesOf(cumulate(seen), scale.sliceMs);
  if (slices.length === 0) return undefined;
  const mean = slices.reduce((sum, used) => sum + used, 0) / slices.length;
  const squares = slices.reduce((sum, used) => sum + (used - mean) ** 2, 0);
  const prior = PRIOR_SLICES * (scale.spread * mean) ** 2;
  const deviation = Math.sqrt((prior + squares) / (PRIOR_SLICES + slices.length - 1));
  return { sliceMs: scale.sliceMs, sliceCount: slices.length, mean, deviation };
}

/**
 * How long `percent` lasts at a pace. After `n` slices the use has the mean `n m` and the deviation
 * `d √(n + n²/k)`: that of the slices to come, and that of a mean of `k` slices. The range is where
 * this band meets `percent`: the roots of one square equation.
 */
export function timeToUse(percent: number, pace: Pace): TimeRange {
  if (pace.mean <= 0) return { fromMs: Infinity, toMs: Infinity };
  const fast = squareOf(percent, pace, FAST_WIDTH);
  const slow = squareOf(percent, pace, SLOW_WIDTH);
  return {
    fromMs: ((2 * percent ** 2) / (fast.b + fast.root)) * pace.sliceMs,
    toMs: slow.a > 0 ? ((slow.b + slow.root) / (2 * slow.a)) * pace.sliceMs : Infinity,
  };
}

/** `a n² - b n + percent² = 0`, and the root of its discriminant. */
function squareOf(percent: number, { mean, deviation, sliceCount }: Pace, width: number) {
  const spread = (width * deviation) ** 2;
  const a = mean ** 2 - spread / sliceCount;
  const b = 2 * percent * mean + spread;
  return { a, b, root: Math.sqrt(Math.max(0, b ** 2 - 4 * a * percent ** 2)) };
}

const isSameReset = (a: number, b: number): boolean => Math.abs(a - b) <= SAME_RESET_MS;

interface Total {
  readonly at: number;
  readonly total: number;
}

/** What was used since the first point, across resets. A number that falls was corrected. */
function cumulate(points: readonly UsePoint[]): Total[] {
  let total = 0;
  return points.map(({ at, usedPercent, resetsAt }, index) => {
    const before = points[index - 1];
    if (before) {
      const isOn = isSameReset(before.resetsAt, resetsAt);
      total += Math.max(0, isOn ? usedPercent - before.usedPercent : usedPercent);
    }
    return { at, total };
  });
}

/** The use in each whole slice, the newest first; where there is not one, the part that there is. */
function slicesOf(totals: readonly Total[], sliceMs: number): number[] {
  const [first, last] = [totals[0], totals.at(-1)];
  if (!first || !last || last.at === first.at) return [];
  const count = Math.floor((last.at - first.at) / sliceMs);
  if (count === 0) return [((last.total - first.total) * sliceMs) / (last.at - first.at)];
  const bounds = Array.from({ length: count + 1 }, (_, i) =>
    totalAt(totals, last.at - i * sliceMs),
  );
  return bounds.slice(1).map((total, i) => bounds[i]! - total);
}

function totalAt(totals: readonly Total[], at: number): number {
  const index = totals.findIndex(point => point.at >= at);
  const [before, after] = [totals[Math.max(0, index - 1)]!, totals[index]!];
  const spanMs = after.at - before.at;
  return spanMs === 0
    ? after.total
    : before.total + ((after.total - before.total) * (at - before.at)) / spanMs;
}
