import type { Disposable, Event } from '../base/event.ts';
import type { IncidentRows } from '../incidents/incident.ts';
import type { LedgerRows } from './ledger.ts';
import type { SnapshotRows } from '../quota/snapshot.ts';
import type { TailRows } from '../agents/tail.ts';
import type { ArchiveHealth, ChangeCount, LeaseRows, ValueRows } from '../base/store.ts';

/**
 * Persistent data, shared by all windows of the machine and safe against a kill. Operations don't
 * reject on disk errors: data then stays in memory, and `health` shows it. After `dispose()` nothing
 * is stored, and nothing rejects.
 */
export interface Archive extends ArchiveRows, Disposable {
  /** `disk` until the first operation fails: nothing is opened before it. */
  readonly health: ArchiveHealth;
  readonly onDidChangeHealth: Event<ArchiveHealth>;
}

/** All operations. Consumers depend only on the slice they need. */
export interface ArchiveRows
  extends SnapshotRows, ValueRows, TailRows, IncidentRows, LedgerRows, LeaseRows, ChangeCount {
  /**
   * Deletes rows beyond their limits (`RETENTION`, `MAX_VALUES`, `TAIL_RETENTION`,
   * `INCIDENT_RETENTION`, `LEDGER_RETENTION`). Called hourly by the lease holder.
   */
  prune(now: number): Promise<void>;
}
