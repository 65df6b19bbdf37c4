import type { Snapshot } from './snapshot.ts';
import { paceOf, timeToUse, type Scale, type UsePoint } from './pace.ts';
import { windowLengthMs } from './windowIdentity.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

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

/** With less of a window behind us, or fewer points, there is no pace (peers.md 9, no. 17). */
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
