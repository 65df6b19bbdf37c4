import type { Snapshot } from './snapshot.ts';
import { SAME_RESET_MS, windowLengthMs } from './windows.ts';
import { MINUTE_MS, HOUR_MS, DAY_MS } from '../base/time.ts';

/** How much of a window was used at a time. */
interface UsePoint {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly usedPercent: number;
  readonly resetsAt: number;
}

/** How a pace is measured: in slices of equal length, the last one ending with the last point. */
interface Scale {
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
interface Pace {
  readonly sliceMs: number;
  readonly sliceCount: number;
  /** Percent of the window in a slice: mean and standard deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/** How long something may take. */
interface TimeRange {
  readonly fromMs: number;
  /** Infinity: a pace as likely never gets there. */
  readonly toMs: number;
}

/** What is taken before slices tell weighs as much as so many slices. */
const PRIOR_SLICES = 4;
/**
 * Deviations to the fast and to the slow side of the mean, chosen by `npm run eval:forecast`: people
 * work faster than they did more often than they work slower.
 */
const FAST_WIDTH = 2;
const SLOW_WIDTH = 1.6;

/** The pace of the last points; undefined where they span no slice. */
function paceOf(points: readonly UsePoint[], scale: Scale): Pace | undefined {
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
function timeToUse(percent: number, pace: Pace): TimeRange {
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

/**
 * How long a window lasts at the pace of late. `from` and `to` are when it may be spent, in epoch
 * milliseconds of the local clock; `to` is absent where a pace that is as likely does not spend it
 * within a whole window's length.
 */
export type Forecast =
  | {
      /** `resetsFirst`: before `from`. `runsOut`: the reset is after `to`. `maybe`: in between. */
      readonly kind: 'resetsFirst' | 'runsOut' | 'maybe';
      readonly windowId: string;
      readonly from: number;
      readonly to?: number;
      readonly resetsAt: number;
    }
  /** `idle`: at its pace it would last longer than a whole window. */
  | { readonly kind: 'idle' | 'spent' | 'notEnoughData'; readonly windowId: string };

/** What a forecast is made of. */
export interface ForecastInput {
  /** Answers of one account, oldest first. */
  readonly history: readonly Snapshot[];
  readonly windowId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** With less of a window behind us, or fewer points, there is no pace (docs/measurements.md 9.3). */
const LEAST_ELAPSED = 0.03;
const LEAST_POINTS = 4;
/** A window of days has nights in it: the pace of less than a day would be that of the day alone. */
const LONG_WINDOW_MS = 2 * DAY_MS;
/** An older number is no pace "of late". */
const OLDEST_MS = 30 * MINUTE_MS;

/**
 * Says how long a window lasts, as a range that holds what comes four times of five
 * (`npm run eval:forecast`). Pure.
 */
export function forecast({ history, windowId, now }: ForecastInput): Forecast {
  const points = usePoints(history, windowId);
  const last = points.at(-1);
  const lengthMs = windowLengthMs(windowId);
  if (last && last.usedPercent >= 100 && last.resetsAt > now) return { kind: 'spent', windowId };
  if (!last || lengthMs === undefined || !isEnough(points, lengthMs, now))
    return { kind: 'notEnoughData', windowId };
  const remaining = 100 - last.usedPercent;
  const ranges = scalesOf(lengthMs).flatMap(scale => {
    const pace = paceOf(points, scale);
    const range = pace && timeToUse(remaining, pace);
    // What was seen for an hour says little of the day after.
    return range && range.fromMs <= scale.horizonMs ? [range] : [];
  });
  const fromMs = Math.min(...ranges.map(range => range.fromMs));
  const toMs = Math.max(...ranges.map(range => range.toMs));
  if (fromMs > lengthMs) return { kind: 'idle', windowId };
  const { at, resetsAt } = last;
  const kind = at + fromMs >= resetsAt ? 'resetsFirst' : at + toMs < resetsAt ? 'runsOut' : 'maybe';
  const to = toMs > lengthMs ? {} : { to: at + toMs };
  return { kind, windowId, from: Math.max(now, at + fromMs), ...to, resetsAt };
}

/** What the answers say of one window. Times of the reset are by the local clock. */
function usePoints(history: readonly Snapshot[], windowId: string): UsePoint[] {
  return history.flatMap(({ at, windows, clockSkewMs }) => {
    const window = windows.find(({ id }) => id === windowId);
    if (window?.usedPercent === undefined || window.resetsAt === undefined) return [];
    return [{ at, usedPercent: window.usedPercent, resetsAt: window.resetsAt - clockSkewMs }];
  });
}

function isEnough(points: readonly UsePoint[], lengthMs: number, now: number): boolean {
  const last = points.at(-1)!;
  const beganAt = last.resetsAt - lengthMs;
  const observedMs = last.at - points[0]!.at;
  return (
    last.resetsAt > now &&
    now - last.at <= OLDEST_MS &&
    last.at - beganAt >= LEAST_ELAPSED * lengthMs &&
    points.filter(({ at }) => at >= beganAt).length >= LEAST_POINTS &&
    (lengthMs < LONG_WINDOW_MS || observedMs >= DAY_MS)
  );
}

/** A short window goes by the session, a long one by the day, and by the session near its end. */
function scalesOf(lengthMs: number): Scale[] {
  const session = { sliceMs: 10 * MINUTE_MS, spread: 0.8 };
  if (lengthMs < LONG_WINDOW_MS) {
    return [
      { ...session, lookBackMs: lengthMs, horizonMs: Infinity, isWithinWindow: true },
      { ...session, lookBackMs: HOUR_MS, horizonMs: 2 * HOUR_MS, isWithinWindow: true },
    ];
  }
  return [
    { sliceMs: DAY_MS, spread: 0.6, lookBackMs: 7 * DAY_MS, horizonMs: Infinity },
    { sliceMs: HOUR_MS, spread: 0.8, lookBackMs: 4 * HOUR_MS, horizonMs: 8 * HOUR_MS },
  ];
}
