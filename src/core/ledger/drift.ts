import { DAY_MS, HOUR_MS } from '../base/time.ts';
import { costOf, fitPrices, type PricedInterval, type Prices, timesPrices } from './prices.ts';
import { robustFit } from './robustFit.ts';

/** Tokens cost another share of the window this week than in the three weeks before. */
export interface PriceChange {
  /** How many times as much. */
  readonly factor: number;
  /** Of this week. */
  readonly prices: Prices;
}

const WEEK_MS = 7 * DAY_MS;
/** Smaller changes don't matter to a user. */
const LEAST_CHANGE = 0.15;
const CHANGE_ERRORS = 3;
/** Fewer points this week say nothing. */
const LEAST_EXPECTED = 15;

/** Undefined unless the change is more than the noise. `intervals`: four weeks, oldest first. Pure. */
export function priceChange(
  intervals: readonly PricedInterval[],
  now: number,
): PriceChange | undefined {
  const before = intervals.filter(({ to }) => to <= now - WEEK_MS);
  const recent = intervals.filter(({ to }) => to > now - WEEK_MS);
  const usual = fitPrices(before);
  if (!usual) return undefined;
  const costs = recent.map(({ tokens }) => costOf(tokens, usual));
  const expected = costs.reduce((sum, { points }) => sum + points, 0);
  if (expected < LEAST_EXPECTED) return undefined;
  // Use by others goes with the hours, another price with the tokens.
  const { solution, covariance } = robustFit({
    spans: recent,
    rows: recent.map(({ from, to }, i) => [costs[i]!.points, (to - from) / HOUR_MS]),
    values: recent.map(({ points }) => points),
  });
  const factor = solution[0]!;
  const usualError = costs.reduce((sum, { error }) => sum + error, 0) / expected;
  const error = Math.hypot(Math.sqrt(covariance[0]![0]!), factor * usualError);
  if (Math.abs(factor - 1) < Math.max(LEAST_CHANGE, CHANGE_ERRORS * error)) return undefined;
  return { factor, prices: timesPrices(usual, factor) };
}
