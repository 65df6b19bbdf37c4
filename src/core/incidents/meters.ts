import { lastMomentOf, type Request } from './requestHistory.ts';
import { countUpTo } from './sortedCount.ts';
import type { MeterReading } from './verdict.ts';

const MINUTE_MS = 60_000;
/** So long before the first failure the agents worked much as they did at it. */
const BEFORE_MS = 5 * MINUTE_MS;
/** The requests of so long before the first failure are looked at. */
export const METERED_MS = BEFORE_MS + MINUTE_MS;
/** With fewer of either, what tells them apart does so by chance. */
const FEWEST = 4;
/** The newest of either: more do not tell more, and a flood has thousands. */
const MOST = 400;
/** A request counts where it is served, records stand where it was sent: they differ by so much. */
const TRAVEL_MS = 250;

/** When something failed: epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What an attempt met when it began. */
type Met = Readonly<Record<MeterReading['meter'], number>>;

/**
 * Whether a limit of ours can be seen at work: a limit lets in every attempt that meets less than it,
 * and refuses every one that meets as much, by whatever it counts. Other programs that fill the same
 * limit, capacity and cut connections refuse regardless. Empty: too few were let in or refused.
 */
export function metersOf(requests: readonly Request[], { from, to }: Span): MeterReading[] {
  const tried = requests.filter(
    ({ isStartKnown, attempts, startedAt }) =>
      isStartKnown &&
      attempts === 1 &&
      startedAt >= from - BEFORE_MS &&
      startedAt <= to + MINUTE_MS,
  );
  const passed = tried.filter(({ outcome }) => outcome === 'answered').slice(-MOST);
  const refused = tried.filter(({ outcome }) => outcome === 'failed').slice(-MOST);
  if (passed.length < FEWEST || refused.length < FEWEST) return [];
  const measure = meetingOf(requests.filter(({ outcome }) => outcome !== 'failed'));
  const [letIn, shutOut] = [passed.map(measure), refused.map(measure)];
  return (['atOnce', 'requests', 'tokens'] as const).map(meter => ({
    meter,
    ...thresholdBetween(
      letIn.map(met => met[meter]),
      shutOut.map(met => met[meter]),
    ),
  }));
}

/** Counts, at the beginning of an attempt, what of `served` stands in its way, without itself. */
function meetingOf(served: readonly Request[]): (attempt: Request) => Met {
  const starts = sumUntil(served.map(({ startedAt }) => [startedAt, 1]));
  const ends = sumUntil(served.map(one => [lastMomentOf(one), 1]));
  const charges = sumUntil(served.map(one => [one.startedAt, chargeOf(one)]));
  return attempt => {
    const { startedAt } = attempt;
    const [own, travel] = attempt.outcome === 'failed' ? [0, TRAVEL_MS] : [1, 0];
    const begun = starts(startedAt + travel) - own;
    const ended = ends(startedAt + TRAVEL_MS - travel);
    const charged = charges(startedAt + travel) - own * chargeOf(attempt);
    return {
      atOnce: Math.max(0, begun - ended),
      requests: begun - starts(startedAt - MINUTE_MS),
      tokens: charged - charges(startedAt - MINUTE_MS),
    };
  };
}

/** A rate is charged with the largest answer that is asked for, not with the answer (kimi.md 4.1). */
const chargeOf = ({ tokens = 0, maxTokens = 0 }: Request): number => tokens + maxTokens;

/** Sums up what stands at moments until then. */
function sumUntil(entries: readonly (readonly [at: number, amount: number])[]) {
  const sorted = entries.toSorted(([a], [b]) => a - b);
  const moments = sorted.map(([at]) => at);
  let total = 0;
  const sums = [0, ...sorted.map(([, amount]) => (total += amount))];
  return (at: number): number => sums[countUpTo(moments, at)]!;
}

/** The threshold that tells the two best apart, and how well it does. */
function thresholdBetween(letIn: readonly number[], shutOut: readonly number[]) {
  const [low, high] = [letIn.toSorted(byNumber), shutOut.toSorted(byNumber)];
  const shareFrom = (sorted: readonly number[], limit: number): number =>
    1 - countUpTo(sorted, limit - 1) / sorted.length;
  let best = { limit: 0, share: -1 };
  for (const limit of new Set(high)) {
    const share = Math.round(100 * (shareFrom(high, limit) - shareFrom(low, limit))) / 100;
    if (share > best.share) best = { limit, share };
  }
  return best;
}

const byNumber = (a: number, b: number): number => a - b;
