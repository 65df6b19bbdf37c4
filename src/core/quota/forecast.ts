import type { Snapshot } from './snapshot.ts';
import { SAME_RESET_MS, windowLengthMs } from './windows.ts';
import { MINUTE_MS, HOUR_MS, DAY_MS } from '../base/time.ts';

/** Usage of a quota at a time. */
interface UsePoint {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly usedPercent: number;
  readonly resetsAt: number;
}

/** How to measure a pace: in slices of equal length that end with the last point. */
interface Scale {
  readonly sliceMs: number;
  readonly lookBackMs: number;
  /** Prior for the deviation of a slice's use, relative to the mean. */
  readonly spread: number;
  /** The pace is not applied beyond this time. */
  readonly horizonMs: number;
  /** Only since the last reset: earlier use was another session. */
  readonly isWithinWindow?: boolean;
}

/** A measured pace. */
interface Pace {
  readonly sliceMs: number;
  readonly sliceCount: number;
  /** Percent of the quota per slice: mean and standard deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/** A range of durations. */
interface TimeRange {
  readonly fromMs: number;
  /** Infinity if an equally likely pace never gets there. */
  readonly toMs: number;
}

/** Weight of the prior, in slices. */
const PRIOR_SLICES = 4;
/**
 * Deviations on the fast and the slow side of the mean, chosen with `npm run eval:forecast`: users
 * speed up more often than they slow down.
 */
const FAST_WIDTH = 2;
const SLOW_WIDTH = 1.6;

/** The pace of the last points; undefined if they span no slice. */
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

/** Usage since the first point, across resets. A falling number is a correction. */
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

/** Usage per whole slice, newest first; without a whole slice, the partial one. */
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
 * How long a quota lasts at the recent pace. `from` and `to` are when it may be used up, in epoch
 * milliseconds of the local clock; `to` is absent if an equally likely pace lasts longer than the
 * quota's period.
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
  /** `idle`: at this pace it lasts longer than its period. */
  | { readonly kind: 'idle' | 'spent' | 'notEnoughData'; readonly windowId: string };

/** Input of a forecast. */
export interface ForecastInput {
  /** Snapshots of one account, oldest first. */
  readonly history: readonly Snapshot[];
  readonly windowId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** With less elapsed time or fewer points, there is no pace (docs/measurements.md 9.3). */
const LEAST_ELAPSED = 0.03;
const LEAST_POINTS = 4;
/** A quota of days includes nights: less than a day of data would miss them. */
const LONG_WINDOW_MS = 2 * DAY_MS;
/** Older numbers are no recent pace. */
const OLDEST_MS = 30 * MINUTE_MS;

/**
 * Forecasts how long a quota lasts, as a range with 80% coverage (`npm run eval:forecast`). Pure.
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
    // An hour of data says little about the next day.
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

/** The readings of one quota. Reset times are by the local clock. */
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

/** A short quota uses the session's pace; a long one the day's, and the session's near its end. */
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
