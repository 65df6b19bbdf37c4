import type { QuotaWindow, Snapshot } from '../quota/snapshot.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where the sample account is said to be asked: nothing is ever sent there. */
export const SAMPLE_ORIGIN = 'https://kimi.example';
/** How many requests its plan allows at the same time. */
export const SAMPLE_PARALLEL_LIMIT = 10;
/** How long before the sample begins its 5-hour window was spent once, and reset. */
export const SAMPLE_SPENT = { fromMs: 98.2 * HOUR_MS, resetsMs: 97.2 * HOUR_MS } as const;

/** A window of the plan: its current span began `begunMs` before the sample did. */
interface SampleWindow {
  readonly id: string;
  readonly spanMs: number;
  readonly begunMs: number;
  /** What one hour of usual work takes of it, in percent. */
  readonly percentPerHour: number;
}

const WINDOWS: readonly SampleWindow[] = [
  { id: '5h', spanMs: 5 * HOUR_MS, begunMs: 2.2 * HOUR_MS, percentPerHour: 7 },
  { id: 'week', spanMs: 7 * DAY_MS, begunMs: 4.1 * DAY_MS, percentPerHour: 1.25 },
  { id: 'month', spanMs: 30 * DAY_MS, begunMs: 17.4 * DAY_MS, percentPerHour: 0.34 },
];

/** Work of one day, in hours before the same time of the next day: now is in the midst of it. */
const BOUTS: readonly (readonly [from: number, to: number])[] = [
  [0, 1.9],
  [3.2, 5.6],
  [6.4, 8.3],
];
/** So many days before now nobody worked. */
const FREE_DAYS: ReadonlySet<number> = new Set([2, 3, 9, 10, 16, 17, 23, 24]);
/** One day somebody let agents do everything at once. */
const BUSY = { fromMs: 100.5 * HOUR_MS, toMs: SAMPLE_SPENT.fromMs, load: 5.5 } as const;

/** Answers stand closer in the last two days than before, as the archive keeps them. */
const NEAR = { spanMs: 2 * DAY_MS, everyMs: 10 * 60_000 } as const;
const FAR = { spanMs: 30 * DAY_MS, everyMs: HOUR_MS } as const;
/** The last of them is so old when the sample begins. */
const NEWEST_MS = 100_000;

/** Hours of usual work between two moments, given as milliseconds before `begunAt`. */
function workedHours(fromMs: number, toMs: number): number {
  let hours = 0;
  for (let day = Math.floor(toMs / DAY_MS); day <= fromMs / DAY_MS; day++) {
    if (FREE_DAYS.has(day)) continue;
    for (const [from, to] of BOUTS)
      hours += overlap(fromMs, toMs, day * DAY_MS + to * HOUR_MS, day * DAY_MS + from * HOUR_MS);
  }
  // Since the sample began, work has gone on.
  hours += overlap(fromMs, toMs, 0, -DAY_MS);
  return hours + BUSY.load * overlap(fromMs, toMs, BUSY.fromMs, BUSY.toMs);
}

/** In hours; all four count back in time. */
const overlap = (from: number, to: number, otherFrom: number, otherTo: number): number =>
  Math.max(0, Math.min(from, otherFrom) - Math.max(to, otherTo)) / HOUR_MS;

/** What the sample account would be told at `at`, in a sample that began at `begunAt`. Pure. */
export function sampleSnapshot(at: number, begunAt: number): Snapshot {
  return {
    kind: 'snapshot',
    at,
    origin: SAMPLE_ORIGIN,
    clockSkewMs: 0,
    windows: WINDOWS.map(window => windowAt(window, at, begunAt)),
    parallelLimit: SAMPLE_PARALLEL_LIMIT,
    plan: 'Moderato',
  };
}

function windowAt(window: SampleWindow, at: number, begunAt: number): QuotaWindow {
  const { id, spanMs, begunMs, percentPerHour } = window;
  const first = begunAt - begunMs;
  const begins = first + Math.floor((at - first) / spanMs) * spanMs;
  const worked = workedHours(begunAt - begins, begunAt - at);
  const usedPercent = Math.min(100, Math.round(worked * percentPerHour));
  return { id, usedPercent, resetsAt: begins + spanMs };
}

/** A month of answers, oldest first. Pure. */
export function sampleHistory(begunAt: number): Snapshot[] {
  const snapshots: Snapshot[] = [];
  for (let ageMs = FAR.spanMs; ageMs > NEAR.spanMs; ageMs -= FAR.everyMs)
    snapshots.push(sampleSnapshot(begunAt - ageMs, begunAt));
  for (let ageMs = NEAR.spanMs; ageMs >= NEWEST_MS; ageMs -= NEAR.everyMs)
    snapshots.push(sampleSnapshot(begunAt - ageMs, begunAt));
  return [...snapshots, sampleSnapshot(begunAt - NEWEST_MS, begunAt)];
}
