import { forecast, type Forecast } from '../../../src/core/quota/forecast.ts';
import { windowLengthMs } from '../../../src/core/quota/windows.ts';
import { simulateHistory, type WindowTruth } from './quotaHistory.ts';
import { seededRandom } from './random.ts';

const START = Date.UTC(2026, 8, 14);
const DAY_MS = 86_400_000;
const MOMENTS = 16;

/** One forecast, and whether it held. */
export interface Backtest {
  readonly windowId: string;
  readonly kind: Forecast['kind'];
  /** What came lies in the range; both are cut at the reset, after which nobody asks. */
  readonly holds: boolean;
  /** The window was spent before its reset: the case in which a range can be wrong on both sides. */
  readonly ranOut: boolean;
  /** The range as a share of the window's length; absent without an end. */
  readonly width?: number;
}

/** Forecasts at random moments of one person's fortnight, from what was polled alone. */
export function backtest(seed: number): Backtest[] {
  const random = seededRandom(seed);
  const { snapshots, truth } = simulateHistory(random, START);
  const moments = Array.from({ length: MOMENTS }, () => START + random.between(1.2, 12) * DAY_MS);
  return moments.flatMap(moment => {
    const since = moment - 7 * DAY_MS;
    const history = snapshots.filter(({ at }) => at <= moment && at >= since);
    const now = history.at(-1)?.at;
    if (now === undefined) return [];
    return (['5h', 'week'] as const).map(windowId =>
      judged(forecast({ history, windowId, now }), truth(windowId, now)),
    );
  });
}

/** Whether the forecast can be wrong. */
export const isTold = ({ kind }: Pick<Backtest, 'kind'>): boolean =>
  kind !== 'notEnoughData' && kind !== 'spent';

function judged(forecast: Forecast, { resetsAt, spentAt }: WindowTruth): Backtest {
  const { kind, windowId } = forecast;
  const ranOut = spentAt < resetsAt;
  if (!('from' in forecast)) return { windowId, kind, holds: kind !== 'idle' || !ranOut, ranOut };
  const end = Math.min(spentAt, resetsAt);
  const holds =
    Math.min(forecast.from, resetsAt) <= end && end <= Math.min(forecast.to ?? Infinity, resetsAt);
  const width = forecast.to && (forecast.to - forecast.from) / windowLengthMs(windowId)!;
  return { windowId, kind, holds, ranOut, ...(width === undefined ? {} : { width }) };
}
