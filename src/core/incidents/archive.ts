import type { Disposable, Event } from '../base/event.ts';
import type { IncidentRows } from './incident.ts';
import type { SnapshotRows } from '../quota/snapshot.ts';
import type { TailRows } from '../agents/tail.ts';
import type { ArchiveHealth, ChangeCount, LeaseRows, ValueRows } from '../base/store.ts';

/**
 * What outlives a window: shared by all windows of the machine, and safe against a kill. No
 * operation rejects because of the disk: what cannot be stored goes to memory, and `health` says
 * so. After `dispose()` nothing is stored any more, and nothing rejects either.
 */
export interface Archive extends ArchiveRows, Disposable {
  /** `disk` until the first operation has shown otherwise: nothing is opened before it. */
  readonly health: ArchiveHealth;
  readonly onDidChangeHealth: Event<ArchiveHealth>;
}

/** The operations. Whoever needs only one kind of them asks for that slice alone. */
export interface ArchiveRows
  extends SnapshotRows, ValueRows, TailRows, IncidentRows, LeaseRows, ChangeCount {
  /**
   * Drops what is past its bounds (`RETENTION`, `MAX_VALUES`, `TAIL_RETENTION`,
   * `INCIDENT_RETENTION`). For the holder of the lease, hourly.
   */
  prune(now: number): Promise<void>;
}
