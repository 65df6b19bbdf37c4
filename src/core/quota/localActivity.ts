import * as z from 'zod/mini';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { MINUTE_MS } from '../base/time.ts';

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
/** A span that ended just before the watch still matters: Kimi counts late. */
const LAG_MS = 10 * MINUTE_MS;

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

/** Key of the value that `ActivityRecorder` stores. */
export const ACTIVITY_KEY = 'localActivity';

const StoredActivity = z.object({
  watchedFrom: StoredTime,
  watchedUntil: StoredTime,
  spans: z.array(z.tuple([StoredTime, StoredTime])),
});

/** The stored activity; undefined if there is none, or if it is unreadable. */
export async function loadLocalActivity(
  archive: Pick<ValueRows, 'get'>,
): Promise<LocalActivity | undefined> {
  return parseStored(StoredActivity, await archive.get(ACTIVITY_KEY));
}
