import type { AgentId } from '../agents/signal.ts';
import type { CoursePoint, Incident } from './incident.ts';
import { HISTORY_MS, lastMomentOf, type Request, type RequestHistory } from './requestHistory.ts';
import type { BurstShape, MeterReading } from './verdict.ts';
import { isKimiModel } from '../base/providers.ts';
import { MINUTE_MS, SAME_MOMENT_MS } from '../base/time.ts';

/** How many of `sorted`, whole numbers, are at most `limit`. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Attempts this long before the first failure are compared with the failed ones. */
const BEFORE_MS = 5 * MINUTE_MS;
/** Requests this long before the first failure are read. */
const METERED_MS = BEFORE_MS + MINUTE_MS;
/** With fewer accepted or rejected attempts, any separation may be chance. */
const FEWEST = 4;
/** Only the newest of each are compared: a flood has thousands. */
const MOST = 400;
/** Time between sending a request and its arrival at the server. */
const TRAVEL_MS = 250;

/** Time of failures: epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The counts at the start of an attempt. */
type Met = Readonly<Record<MeterReading['meter'], number>>;

/**
 * Whether local request counts show a limit: a limit accepts every attempt below it and rejects the
 * others. Other programs, capacity and network errors reject regardless of local counts. Empty if too
 * few attempts were accepted or rejected.
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

/** Counts the `served` requests that limit an attempt at its start, without itself. */
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

/** TPM counts the reserved output, not the actual one (docs/kimi.md 4.1). */
const chargeOf = ({ tokens = 0, maxTokens = 0 }: Request): number => tokens + maxTokens;

/** Returns the sum of amounts up to a time. */
function sumUntil(entries: readonly (readonly [at: number, amount: number])[]) {
  const sorted = entries.toSorted(([a], [b]) => a - b);
  const moments = sorted.map(([at]) => at);
  let total = 0;
  const sums = [0, ...sorted.map(([, amount]) => (total += amount))];
  return (at: number): number => sums[countUpTo(moments, at)]!;
}

/** The threshold that best separates the two, and its quality. */
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

/** The part of an incident that selects requests. */
export type Burst = Pick<Incident, 'provider' | 'from' | 'to' | 'places'>;

/**
 * The requests around a burst of failures, as known at `now`. Undefined if no failing agent logs the
 * start of its requests.
 */
export function burstShapeOf(
  history: RequestHistory,
  burst: Burst,
  now: number,
): BurstShape | undefined {
  const { from, to, places } = burst;
  const requests = requestsOf(history, burst, from - MINUTE_MS);
  const agents = new Set(places.map(({ agent }) => agent));
  if (!requests.some(({ agent, isStartKnown }) => isStartKnown && agents.has(agent)))
    return undefined;
  const minute = requests.filter(({ startedAt }) => isWithin(startedAt, from - MINUTE_MS, from));
  const tokens = requests.flatMap(({ endedAt = Infinity, tokens }) =>
    tokens !== undefined && isWithin(endedAt, from - MINUTE_MS, from) ? [tokens] : [],
  );
  const meters = metersOf(requestsOf(history, burst, from - METERED_MS), burst);
  const asked = requests.flatMap(({ maxTokens }) => (maxTokens === undefined ? [] : [maxTokens]));
  return {
    ...peakOf(requests, from, to),
    inFlightNow: requests.filter(it => !it.outcome && lastMomentOf(it) >= now).length,
    ...successesOf(requests, from, to),
    ...workedBefore(history, burst),
    requestsLastMinute: sum(minute.map(({ attempts }) => attempts)),
    ...(tokens.length > 0 ? { tokensLastMinute: sum(tokens) } : {}),
    ...(asked.length > 0 ? { maxCompletionTokens: Math.max(...asked) } : {}),
    ...(meters.length > 0 ? { meters } : {}),
  };
}

/** Requests of the account of `burst` that were in flight at or after `since`. */
export function requestsOf(history: RequestHistory, burst: Burst, since: number): Request[] {
  const sessions = new Set(burst.places.map(({ agent, session }) => `${agent} ${session}`));
  return history.since(since).filter(
    ({ agent, session, provider, model = '' }) =>
      sessions.has(`${agent} ${session}`) ||
      (provider === burst.provider && provider !== 'unknown') ||
      // If an agent logs no host, the model is the only hint.
      (provider === 'unknown' && burst.provider !== 'other' && isKimiModel(model)),
  );
}

type Peak = Pick<BurstShape, 'inFlightPeak' | 'inFlightThreads' | 'inFlightAgents'>;

/** Most requests in flight at a failure, including the failed ones. */
function peakOf(requests: readonly Request[], from: number, to: number): Peak {
  const failedAt = requests
    .filter(({ outcome }) => outcome === 'failed')
    .map(lastMomentOf)
    .filter(at => isWithin(at, from - SAME_MOMENT_MS, to + SAME_MOMENT_MS));
  // A failure may be read before the record that ends its request.
  const at = busiestOf(requests, failedAt.length > 0 ? failedAt : [from, to]);
  const open = requests.filter(it => it.startedAt <= at && lastMomentOf(it) >= at);
  const counts = new Map<AgentId, number>();
  for (const { agent } of open) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  return {
    inFlightPeak: open.length,
    inFlightThreads: new Set(
      open.map(({ agent, session, subagent = '' }) => JSON.stringify([agent, session, subagent])),
    ).size,
    inFlightAgents: [...counts]
      .map(([agent, count]) => ({ agent, count }))
      .sort((a, b) => b.count - a.count),
  };
}

/** The time with the most requests in flight. */
function busiestOf(requests: readonly Request[], moments: readonly number[]): number {
  const countAt = openCounter(requests);
  let [most, busiest] = [-1, NaN];
  for (const at of moments.toSorted((a, b) => a - b)) {
    const count = countAt(at);
    if (count > most) [most, busiest] = [count, at];
  }
  return busiest;
}

/** Returns the number of `requests` in flight at a time. Uses sorted lists: a flood has thousands. */
function openCounter(requests: readonly Request[]): (at: number) => number {
  const starts = requests.map(({ startedAt }) => startedAt).sort((a, b) => a - b);
  const ends = requests.map(lastMomentOf).sort((a, b) => a - b);
  return at => countUpTo(starts, at) - countUpTo(ends, at - 1);
}

type Successes = Pick<
  BurstShape,
  'successesDuring' | 'successesOfOtherAgents' | 'firstSuccessAfterMs'
>;

/**
 * Requests accepted before the limit was reached still succeed: only those that started later show
 * that requests pass.
 */
function successesOf(requests: readonly Request[], from: number, to: number): Successes {
  const answers = requests.flatMap(({ outcome, startedAt, endedAt: at, agent }) =>
    outcome === 'answered' && at !== undefined ? [{ at, startedAt, agent }] : [],
  );
  const during = answers.filter(({ at, startedAt }) => startedAt >= from && at <= to);
  const failing = new Set(requests.filter(it => it.outcome === 'failed').map(it => it.agent));
  const after = answers.filter(({ startedAt }) => startedAt >= to).map(({ at }) => at);
  return {
    successesDuring: during.length,
    successesOfOtherAgents: during.filter(({ agent }) => !failing.has(agent)).length,
    ...(after.length > 0 ? { firstSuccessAfterMs: Math.min(...after) - to } : {}),
  };
}

/** The last success of the failing sessions; other programs may use another key. */
function workedBefore(
  history: RequestHistory,
  { from, places }: Burst,
): Pick<BurstShape, 'lastSuccessBeforeMs'> {
  const sessions = new Set(places.map(({ agent, session }) => `${agent} ${session}`));
  const answeredAt = history
    .since(from - HISTORY_MS)
    .filter(
      ({ agent, session, outcome }) =>
        outcome === 'answered' && sessions.has(`${agent} ${session}`),
    )
    .flatMap(({ endedAt }) => (endedAt !== undefined && endedAt < from ? [endedAt] : []));
  return answeredAt.length > 0 ? { lastSuccessBeforeMs: from - Math.max(...answeredAt) } : {};
}

const isWithin = (at: number, from: number, to: number): boolean => at >= from && at <= to;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Most points of a timeline. */
const MOST_POINTS = 60;

/** Failures per time slice. Slices grow with the total time. */
export class Course {
  #sliceMs = 1000;
  #failed = new Map<number, number>();

  /** `points`: from before a restart. */
  constructor(points: readonly CoursePoint[] = []) {
    const [first, second] = points;
    if (first && second) this.#sliceMs = Math.max(1000, second.at - first.at);
    for (const { at, failed } of points) if (failed > 0) this.add(at, failed);
  }

  add(at: number, count: number): void {
    const slice = this.#sliceOf(at);
    this.#failed.set(slice, (this.#failed.get(slice) ?? 0) + count);
    while (this.slices(at).length > MOST_POINTS) this.#widen();
  }

  /** Start of each slice from the first failure to the last one or `to`; at most one more than fit. */
  slices(to: number): number[] {
    const first = Math.min(...this.#failed.keys());
    const last = Math.max(...this.#failed.keys(), this.#sliceOf(to));
    const count = (last - first) / this.#sliceMs + 1;
    // One slice too many is enough to detect the overflow.
    return Array.from(
      { length: Math.min(count, MOST_POINTS + 1) },
      (_, i) => first + i * this.#sliceMs,
    );
  }

  get sliceMs(): number {
    return this.#sliceMs;
  }

  failedIn(slice: number): number {
    return this.#failed.get(slice) ?? 0;
  }

  #sliceOf(at: number): number {
    return Math.floor(at / this.#sliceMs) * this.#sliceMs;
  }

  #widen(): void {
    this.#sliceMs *= 2;
    const narrow = this.#failed;
    this.#failed = new Map();
    for (const [at, count] of narrow) {
      const slice = this.#sliceOf(at);
      this.#failed.set(slice, (this.#failed.get(slice) ?? 0) + count);
    }
  }
}

/** A success this soon after the last failure is part of the timeline. */
const LONGEST_TAIL_MS = 30_000;

/** The timeline of an incident: failures, successes and requests in flight. */
export function coursePoints(
  course: Course,
  { to, firstSuccessAfterMs = 0 }: { readonly to: number; readonly firstSuccessAfterMs?: number },
  { requests, known }: CourseRequests,
): CoursePoint[] {
  const tailMs = firstSuccessAfterMs <= LONGEST_TAIL_MS ? firstSuccessAfterMs : 0;
  const whole = course.slices(to + tailMs);
  const slices = whole.length > MOST_POINTS ? course.slices(to).slice(0, MOST_POINTS) : whole;
  const [first = 0] = slices;
  const countAt = openCounter(requests);
  const points = slices.map(at => ({
    at,
    failed: course.failedIn(at),
    succeeded: 0,
    inFlight: countAt(at),
  }));
  const pointOf = (at: number) => points[Math.floor((at - first) / course.sliceMs)];
  for (const { startedAt, endedAt = NaN, outcome } of requests) {
    const begun = pointOf(startedAt);
    if (begun) begun.inFlight = Math.max(begun.inFlight, countAt(startedAt));
    const ended = outcome === 'answered' ? pointOf(endedAt) : undefined;
    if (ended) ended.succeeded++;
  }
  const succeeded = new Map<CoursePoint, number>();
  for (const before of known) {
    const point = pointOf(before.at);
    if (!point) continue;
    point.inFlight = Math.max(point.inFlight, before.inFlight);
    succeeded.set(point, (succeeded.get(point) ?? 0) + before.succeeded);
  }
  for (const point of points)
    point.succeeded = Math.max(point.succeeded, succeeded.get(point) ?? 0);
  return points;
}

/** The requests of a timeline, and the timeline as known when older ones were remembered. */
interface CourseRequests {
  readonly requests: readonly Request[];
  readonly known: readonly CoursePoint[];
}
