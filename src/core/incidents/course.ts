import { isKimi, providerOfHost } from '../base/providers.ts';
import type { Attribution } from '../agents/signal.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { openCounter } from './burstShape.ts';
import type { CoursePoint } from './incident.ts';
import type { Request } from './requestHistory.ts';

/** A share that was read so long before tells nothing any more. */
const OLDEST_MS = 86_400_000;

/** Whose numbers are wanted, and when it failed: epoch milliseconds. */
export interface SnapshotWish {
  readonly provider: Attribution['provider'];
  readonly host?: string;
  readonly from: number;
}

/**
 * The newest snapshot before the first failure, and the first one after it, of the account that
 * failed. `snapshots`: of all origins, in the order of their time. Of an account that is not known
 * the plan's are taken: most people have no other.
 */
export function snapshotsAround(
  snapshots: readonly Snapshot[],
  { provider, host, from }: SnapshotWish,
): { readonly before?: Snapshot; readonly after?: Snapshot } {
  if (provider === 'other') return {};
  const wanted = provider === 'unknown' ? 'kimi-code' : provider;
  const ours = snapshots.filter(snapshot => providerOf(snapshot) === wanted);
  const ofHost = ours.filter(({ origin }) => `${origin}/`.startsWith(`https://${host}/`));
  const near = ofHost.length > 0 ? ofHost : ofOneOrigin(ours);
  const before = near.findLast(({ at }) => at <= from && at >= from - OLDEST_MS);
  const after = near.find(({ at }) => at > from);
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

/** A relay is neither product's host: then what it tells of decides. */
function providerOf({ origin, balance }: Snapshot): Attribution['provider'] {
  const known = providerOfHost(origin.replace(/^https?:\/\//, ''));
  if (isKimi(known)) return known;
  return balance ? 'open-platform' : 'kimi-code';
}

/** Of two regions, the one that was read last. */
function ofOneOrigin(snapshots: readonly Snapshot[]): Snapshot[] {
  const origin = snapshots.at(-1)?.origin;
  return snapshots.filter(snapshot => snapshot.origin === origin);
}

/** A timeline has room for so many. */
const MOST_POINTS = 60;

/** Failures per slice of time. The slices grow wider as the time grows longer. */
export class Course {
  #sliceMs = 1000;
  #failed = new Map<number, number>();

  /** `points`: of before a restart. */
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

  /** The beginning of each slice from the first failure until the last one, or `to`; one more. */
  slices(to: number): number[] {
    const first = Math.min(...this.#failed.keys());
    const last = Math.max(...this.#failed.keys(), this.#sliceOf(to));
    const count = (last - first) / this.#sliceMs + 1;
    // What does not fit is not listed: a slice that is too many is enough to say so.
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

/** A success that came so soon after the last failure still belongs to the picture. */
const LONGEST_TAIL_MS = 30_000;

/** The course of an incident: its failures, and what else was asked and answered meanwhile. */
export function coursePoints(
  course: Course,
  { to, firstSuccessAfterMs = 0 }: { readonly to: number; readonly firstSuccessAfterMs?: number },
  requests: readonly Request[],
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
  return points;
}
