import type { ForeignUse } from '../quota/activity.ts';
import type { LocalActivity } from '../quota/localActivity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS } from '../quota/windows.ts';
import { MINUTE_MS } from '../base/time.ts';

/** Kimi counts usage some minutes late (kimi-cli #1535). */
const LAG_MS = 10 * MINUTE_MS;
/** Smaller drops may come from rounding and late counting. */
const LEAST_POINTS = 5;

/** What `foreignUse` compares with. */
export interface QuietOptions {
  /** Default: the 5-hour window. */
  readonly windowId?: string;
  /** Whether the ledger has tokens in this time. Default: none. */
  readonly hasTokens?: (from: number, to: number) => boolean;
}

/**
 * The newest period in which a window dropped while logs were watched and no agent was running:
 * another device, a shared key, an agent without a known log, or a leaked key.
 * `history`: of one account, oldest first. Pure.
 */
export function foreignUse(
  history: readonly Snapshot[],
  activity: LocalActivity,
  { windowId = '5h', hasTokens = () => false }: QuietOptions = {},
): ForeignUse | undefined {
  const isQuiet = (fall: Fall): boolean =>
    isWithout(activity, fall) && !hasTokens(fall.from - LAG_MS, fall.to);
  let found: ForeignUse | undefined;
  let run: Fall[] = [];
  for (const fall of fallsOf(history, windowId)) {
    const isOn = isQuiet(fall) && run.every(other => isSameReset(other, fall));
    run = isOn ? [...run, fall] : isQuiet(fall) ? [fall] : [];
    const falls = run.filter(({ points }) => points > 0);
    const points = falls.reduce((sum, other) => sum + other.points, 0);
    if (points >= LEAST_POINTS && fall.points > 0)
      found = { origin: fall.origin, windowId, from: falls[0]!.from, to: fall.to, points };
  }
  return found;
}

interface Fall {
  readonly origin: string;
  readonly from: number;
  readonly to: number;
  readonly resetsAt: number;
  readonly points: number;
}

const isSameReset = (a: Fall, b: Fall): boolean =>
  Math.abs(a.resetsAt - b.resetsAt) <= SAME_RESET_MS;

/** Drops between consecutive readings of the same period. */
function fallsOf(history: readonly Snapshot[], windowId: string): Fall[] {
  const known = history.flatMap(({ at, origin, windows }) => {
    const window = windows.find(({ id }) => id === windowId);
    const { usedPercent: used, resetsAt } = window ?? {};
    return used === undefined || resetsAt === undefined ? [] : [{ at, origin, used, resetsAt }];
  });
  return known.slice(1).flatMap((after, index): Fall[] => {
    const before = known[index]!;
    const { origin, at: to, resetsAt } = after;
    if (Math.abs(resetsAt - before.resetsAt) > SAME_RESET_MS) return [];
    return [{ origin, from: before.at, to, resetsAt, points: after.used - before.used }];
  });
}

function isWithout(
  { watchedFrom, watchedUntil, spans }: LocalActivity,
  { from, to }: Fall,
): boolean {
  const since = from - LAG_MS;
  return (
    watchedFrom <= since &&
    watchedUntil >= to &&
    !spans.some(span => span[0] < to && span[1] > since)
  );
}
