import type { Disposable, Event } from './base/event.ts';
import type { Incident } from './incidents/incident.ts';
import type { Snapshot } from './quota/snapshot.ts';
import type { Checkpoint, TailBatch, TailedFailure } from './agents/tail.ts';

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

/** The history of answers. */
export interface SnapshotRows {
  appendSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest readable snapshot of each origin, ordered by origin. */
  readLatest(): Promise<readonly Snapshot[]>;
  /** Oldest first. Rows that do not validate are left out. */
  readHistory(query: HistoryQuery): Promise<readonly Snapshot[]>;
}

/** Which part of the history. */
export interface HistoryQuery {
  readonly origin: string;
  /** Epoch milliseconds, inclusive; default: all that is kept. */
  readonly since?: number;
}

/** Small named state, as JSON text. The reader parses it: another version may have written it. */
export interface ValueRows {
  get(key: string): Promise<string | undefined>;
  /** `undefined` forgets the key. Throws a RangeError above `MAX_VALUE_LENGTH` characters. */
  set(key: string, json: string | undefined): Promise<void>;
}

/** What was read from agents' logs, and how far. */
export interface TailRows {
  /**
   * Stores the failures whose `contentKey` is not known yet, and the checkpoints: all or nothing.
   * Resolves to those failures. Other signals are not stored.
   */
  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]>;
  /** In the order of their time. Rows that do not validate are left out. */
  readEvents(query?: EventQuery): Promise<readonly TailedFailure[]>;
  readCheckpoints(): Promise<readonly Checkpoint[]>;
}

/** Which part of the failures or incidents; of an incident the last failure counts. */
export interface EventQuery {
  /** Epoch milliseconds, inclusive; default: all that are kept. */
  readonly since?: number;
  /** The newest so many; default: all. */
  readonly limit?: number;
}

/** Failures that have one cause, with the verdict on them. See `core/incidents`. */
export interface IncidentRows {
  /** Stores them, each in place of the one of its id: all or nothing. */
  saveIncidents(incidents: readonly Incident[]): Promise<void>;
  /** In the order of their last failure. Rows that do not validate are left out. */
  readIncidents(query?: EventQuery): Promise<readonly Incident[]>;
}

/** One lease for the machine, and when something was last asked for. See `core/lease.ts`. */
export interface LeaseRows {
  /** Takes or renews the lease. False: another window holds it. */
  takeLease(claim: LeaseClaim): Promise<boolean>;
  /** Gives the lease up, if `owner` has it. */
  releaseLease(owner: string): Promise<void>;
  /** True for one caller per `minGapMs` and subject: that caller now reads. */
  claimRead(claim: ReadClaim): Promise<boolean>;
}

/** Who wants the lease, and for how long. */
export interface LeaseClaim {
  /** A random id per window; never a process id, which the system reuses. */
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Who wants to ask for what, and how soon after the last one. */
export interface ReadClaim {
  /** What is asked, such as an origin. */
  readonly subject: string;
  readonly now: number;
  readonly minGapMs: number;
  /** Given: the lease must be this owner's as well. Absent: a user asked, in whichever window. */
  readonly owner?: string;
}

/** How a window notices that another one has written. */
export interface ChangeCount {
  /** Grows with every stored snapshot, value, failure and incident, of any window; not with leases. Cheap. */
  readChangeCount(): Promise<number>;
}

/** Where things are stored. In memory they are this window's alone and end with it. */
export type ArchiveHealth =
  { readonly kind: 'disk' } | { readonly kind: 'memory'; readonly reason: MemoryReason };

/**
 * Why memory. `cannotOpen`: the path is a directory or out of reach. `busy`: another program kept
 * the file locked. `newerSchema`: a newer version wrote it, which we leave alone. `damaged`: it is
 * corrupt and could not be set aside. `noSqlite`: this Node has no SQLite. `disposed`: the end.
 */
export type MemoryReason =
  | 'cannotOpen'
  | 'readOnly'
  | 'full'
  | 'io'
  | 'busy'
  | 'newerSchema'
  | 'damaged'
  | 'noSqlite'
  | 'disposed';

/** A value is small state, not a document: 64 Ki characters is a hundred times the largest known. */
export const MAX_VALUE_LENGTH = 65_536;

/** Beyond so many keys the one that was written longest ago goes. */
export const MAX_VALUES = 500;

/**
 * A time up to so far ahead of ours is no clock that went back, but another window that took its
 * time before it waited less than we did for the disk. Above the longest wait for a lock.
 */
export const CLOCK_TOLERANCE_MS = 15_000;

/** Guards a door that takes what our own code made: too long a value is a defect. */
export function assertValueFits(key: string, json: string | undefined): void {
  if (json && json.length > MAX_VALUE_LENGTH) throw new RangeError(`The value ${key} is too long.`);
}
