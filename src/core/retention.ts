import type { Snapshot } from './quota/snapshot.ts';
import { HOUR_MS, DAY_MS } from './base/time.ts';

/**
 * How long history is kept. Every five minutes for 90 days would be 26,000 rows and 8 MB an account;
 * this is at most 4,000 rows and 1.3 MB, within the 2 MB that the database may have.
 */
export const RETENTION = {
  /** Every snapshot: as long as the longest window whose pace is forecast, the week. */
  fullDetailMs: 7 * DAY_MS,
  /** After that the last one of each hour, until it is dropped. */
  keepMs: 90 * DAY_MS,
  thinnedSpanMs: HOUR_MS,
  /** Snapshots from further ahead were read while the clock was wrong. */
  futureMs: DAY_MS,
  /** In all, for somebody with many accounts; the oldest go. */
  maxSnapshots: 5_000,
} as const;

/** What is kept of `snapshots`, which are in the order in which they were read. */
export function retain(snapshots: readonly Snapshot[], now: number): Snapshot[] {
  const lastOfSpan = new Map<string, Snapshot>();
  for (const snapshot of snapshots) lastOfSpan.set(spanOf(snapshot), snapshot);
  return snapshots
    .filter(({ at }) => at >= now - RETENTION.keepMs && at <= now + RETENTION.futureMs)
    .filter(
      snapshot =>
        snapshot.at >= now - RETENTION.fullDetailMs ||
        lastOfSpan.get(spanOf(snapshot)) === snapshot,
    )
    .slice(-RETENTION.maxSnapshots);
}

function spanOf({ at, origin }: Snapshot): string {
  return `${Math.floor(at / RETENTION.thinnedSpanMs)} ${origin}`;
}
