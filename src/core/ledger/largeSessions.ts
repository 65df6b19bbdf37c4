import type { AgentId } from '../agents/signal.ts';
import { DAY_MS } from '../base/time.ts';
import type { SnapshotRows } from '../quota/snapshot.ts';
import { windowLengthMs } from '../quota/windows.ts';
import { type LedgerArchive, readLedger, whereItWent } from './whereItWent.ts';

/** A session that took much of a quota. */
export interface LargeSession {
  /** The agent's id of the session. */
  readonly session: string;
  readonly agent: AgentId;
  /** The id of the quota. */
  readonly windowId: string;
  /** Percent of the quota that it took at least. */
  readonly percent: number;
  /** When the quota resets: epoch milliseconds. */
  readonly until: number;
}

/** What is asked of `largeSessions`. */
export interface LargeSessionsQuery {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Of the quota, above 0. */
  readonly percent: number;
}

/**
 * Sessions that took at least this share of the week, or of the longest quota of a plan without a
 * week; the largest first. The lower end of the range counts, so that doubt is no alarm. Empty while
 * prices are unknown (docs/ledger.md 3).
 */
export async function largeSessions(
  archive: LedgerArchive & Pick<SnapshotRows, 'readLatest'>,
  { now, percent }: LargeSessionsQuery,
): Promise<readonly LargeSession[]> {
  const found: LargeSession[] = [];
  for (const { origin, windows } of await archive.readLatest()) {
    const windowId = windows.find(({ id }) => id === 'week')?.id ?? windows.at(-1)?.id;
    if (windowId === undefined) continue;
    const detailsOf = { windowId, by: 'session' } as const;
    const went = whereItWent(await readLedger(archive, { origin, now, detailsOf }), detailsOf);
    if (!went) continue;
    const until = went.from + (windowLengthMs(windowId) ?? DAY_MS);
    for (const { key: session, agent, points } of went.groups)
      if (session !== undefined && points && points.low >= percent)
        found.push({ session, agent, windowId, percent: Math.floor(points.low), until });
  }
  return found.sort((a, b) => b.percent - a.percent);
}
