import * as z from 'zod/mini';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { MINUTE_MS } from '../base/time.ts';
import { FOREIGN_USE_KEY, type ForeignUse } from './activity.ts';
import type { Snapshot, SnapshotRows } from './snapshot.ts';
import { SAME_RESET_MS } from './windows.ts';

/**
 * When agents on this machine were running, to the minute. Known only between `watchedFrom` and
 * `watchedUntil`; all times are epoch milliseconds.
 */
export interface LocalActivity {
  readonly watchedFrom: number;
  readonly watchedUntil: number;
  /** Oldest first, not overlapping. */
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** Shorter pauses don't end a span: a tool runs, or the user reads. */
const JOINED_MS = 5 * MINUTE_MS;
/** More than a working day with pauses has. */
const MAX_SPANS = 200;
const KEEP_MS = 24 * 60 * MINUTE_MS;
/** A watch continues if it is noted again within this time. */
const UNBROKEN_MS = 12 * MINUTE_MS;
/** Kimi counts usage some minutes late (kimi-cli #1535). */
const LAG_MS = 10 * MINUTE_MS;
/** Smaller drops may come from rounding and late counting. */
const LEAST_POINTS = 5;

/** Adds newly seen activity, and that logs are watched at `now`. Pure. */
export function noteActivity(
  known: LocalActivity | undefined,
  seenAt: readonly number[],
  now: number,
): LocalActivity {
  const isUnbroken = known && known.watchedUntil <= now && now - known.watchedUntil <= UNBROKEN_MS;
  const watchedFrom = isUnbroken ? Math.max(known.watchedFrom, now - KEEP_MS) : now;
  const minutes = seenAt
    .filter(at => at <= now)
    .map(at => Math.floor(at / MINUTE_MS) * MINUTE_MS)
    .map(at => [at, at + MINUTE_MS] as const);
  const all = [...(isUnbroken ? known.spans : []), ...minutes];
  const spans = joined(all.filter(([, to]) => to > watchedFrom - LAG_MS));
  return { watchedFrom, watchedUntil: now, spans: spans.slice(-MAX_SPANS) };
}

function joined(spans: readonly (readonly [number, number])[]) {
  const result: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from - last[1] <= JOINED_MS) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/**
 * The newest period in which the 5-hour quota dropped while logs were watched and no agent was
 * running: another device, a shared key, an agent without a known log, or a leaked key.
 * `history`: of one account, oldest first. Pure.
 */
export function foreignUse(
  history: readonly Snapshot[],
  activity: LocalActivity,
): ForeignUse | undefined {
  let found: ForeignUse | undefined;
  let run: Fall[] = [];
  for (const fall of fallsOf(history)) {
    const isOn = isQuiet(fall, activity) && run.every(other => isSameReset(other, fall));
    run = isOn ? [...run, fall] : isQuiet(fall, activity) ? [fall] : [];
    const falls = run.filter(({ points }) => points > 0);
    const points = falls.reduce((sum, other) => sum + other.points, 0);
    if (points >= LEAST_POINTS && fall.points > 0)
      found = { origin: fall.origin, windowId: '5h', from: falls[0]!.from, to: fall.to, points };
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

/** Drops between consecutive readings of the same 5-hour period. */
function fallsOf(history: readonly Snapshot[]): Fall[] {
  const known = history.flatMap(({ at, origin, windows }) => {
    const window = windows.find(({ id }) => id === '5h');
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

function isQuiet({ from, to }: Fall, { watchedFrom, watchedUntil, spans }: LocalActivity): boolean {
  const since = from - LAG_MS;
  return (
    watchedFrom <= since &&
    watchedUntil >= to &&
    !spans.some(span => span[0] < to && span[1] > since)
  );
}

/** Options of `ActivityRecorder`. */
export interface ActivityRecorderOptions {
  readonly archive: ValueRows & Pick<SnapshotRows, 'readLatest' | 'readHistory'>;
  readonly clock: Clock;
  readonly log: Log;
}

const ACTIVITY_KEY = 'localActivity';
/** Interval of writes: twelve small ones an hour. */
const RECORD_EVERY_MS = 5 * 60_000;
/** How far back drops are searched. */
const LOOK_BACK_MS = 3 * 3_600_000;

const StoredActivity = z.object({
  watchedFrom: StoredTime,
  watchedUntil: StoredTime,
  spans: z.array(z.tuple([StoredTime, StoredTime])),
});

/**
 * Stores when agents were running, and whether the quota dropped while none was. Runs in the one
 * window that follows logs.
 */
export class ActivityRecorder implements Disposable {
  readonly #options: ActivityRecorderOptions;
  readonly #timer = new MutableDisposable();
  #seenAt = new Set<number>();
  #known: LocalActivity | undefined;

  constructor(options: ActivityRecorderOptions) {
    this.#options = options;
  }

  /** Continues the last window's record if it is recent. */
  start(): void {
    void this.#record();
  }

  /** Notes a running agent. `at`: epoch milliseconds, stored by the minute. */
  note(at: number): void {
    this.#seenAt.add(Math.floor(at / 60_000) * 60_000);
  }

  async #record(): Promise<void> {
    const { archive, clock, log } = this.#options;
    const now = clock.now();
    try {
      this.#known ??= parseStored(StoredActivity, await archive.get(ACTIVITY_KEY));
      this.#known = noteActivity(this.#known, [...this.#seenAt], now);
      this.#seenAt.clear();
      await archive.set(ACTIVITY_KEY, JSON.stringify(this.#known));
      await this.#compare(this.#known, now);
    } catch (error) {
      log.error(`Agent activity could not be stored: ${faultName(error)}`);
    }
    this.#timer.value = clock.after(RECORD_EVERY_MS, () => void this.#record());
  }

  async #compare(activity: LocalActivity, now: number): Promise<void> {
    const { archive } = this.#options;
    for (const { origin } of await archive.readLatest()) {
      const history = await archive.readHistory({ origin, since: now - LOOK_BACK_MS });
      const found = foreignUse(history, activity);
      if (found) await archive.set(FOREIGN_USE_KEY, JSON.stringify(found));
    }
  }

  dispose(): void {
    this.#timer.dispose();
  }
}
