import type { LeaseRows, SnapshotRows, ValueRows } from '../archive.ts';
import type { QuotaClient } from './outcome.ts';
import { clampRetryAfter } from './readRhythm.ts';
import { loadSharedStatus, saveSharedStatus, type SharedStatus } from './sharedStatus.ts';

/** What `readWithin` works on. */
export interface ReadWithinOptions {
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  readonly origin: string;
  readonly client: Pick<QuotaClient, 'readQuota'>;
  readonly key: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** An answer up to so old will do. */
  readonly maxAgeMs: number;
}

/**
 * The last answer if it is young enough, else a new one: for programs that are started anew every
 * few seconds, such as a status line. A failure counts as an answer, and Retry-After is honoured,
 * so that trouble is never answered with more requests.
 */
export async function readWithin(options: ReadWithinOptions): Promise<SharedStatus> {
  const { archive, client, key, maxAgeMs, now, origin } = options;
  const known = await loadSharedStatus(archive, origin);
  const minGapMs = Math.max(maxAgeMs, retryAfterMs(known));
  const ageMs = now - (known.lastReadAt ?? -Infinity);
  if (ageMs >= 0 && ageMs < minGapMs) return known;
  if (!(await archive.claimRead({ subject: origin, now, minGapMs }))) return known;
  const outcome = await client.readQuota(key);
  const fresh = outcome.kind === 'fresh' ? { snapshot: outcome.snapshot, failureCount: 0 } : {};
  const failureCount = known.failureCount + 1;
  const status = { ...known, failureCount, ...fresh, outcome, lastReadAt: now };
  await saveSharedStatus(archive, origin, status);
  return status;
}

function retryAfterMs({ outcome }: SharedStatus): number {
  if (outcome?.kind !== 'rateLimited' || outcome.retryAfterMs === undefined) return 0;
  return clampRetryAfter(outcome.retryAfterMs);
}
