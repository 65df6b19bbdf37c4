import { openCounter } from './burstShape.ts';
import type { CoursePoint } from './incident.ts';
import type { Request } from './requestHistory.ts';

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
