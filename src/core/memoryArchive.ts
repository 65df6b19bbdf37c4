import type { Archive } from './archive.ts';
import { Emitter, type Event } from './base/event.ts';
import { type Incident, INCIDENT_RETENTION, keptIncidents } from './incidents/incident.ts';
import type { HistoryQuery, Snapshot } from './quota/snapshot.ts';
import { retain, RETENTION } from './retention.ts';
import {
  type Checkpoint,
  type EventQuery,
  isKept,
  keptFailures,
  TAIL_RETENTION,
  type TailBatch,
  type TailedFailure,
} from './agents/tail.ts';
import {
  type ArchiveHealth,
  assertValueFits,
  CLOCK_TOLERANCE_MS,
  type LeaseClaim,
  MAX_VALUES,
  type MemoryReason,
  type ReadClaim,
} from './base/store.ts';

/**
 * An archive without a disk: what a window has when the database cannot be used. Tests share one
 * between several "windows".
 */
export class MemoryArchive implements Archive {
  #snapshots: Snapshot[] = [];
  readonly #values = new Map<string, string>();
  readonly #events = new Map<string, TailedFailure>();
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #incidents = new Map<string, Incident>();
  readonly #lastReads = new Map<string, number>();
  #lease: { owner: string; expiresAt: number } | undefined;
  #changeCount = 0;
  readonly #health: ArchiveHealth;
  readonly #healthEmitter = new Emitter<ArchiveHealth>();

  /** Never fires: it stays in memory. */
  readonly onDidChangeHealth: Event<ArchiveHealth> = this.#healthEmitter.event;

  constructor(reason: MemoryReason) {
    this.#health = { kind: 'memory', reason };
  }

  get health(): ArchiveHealth {
    return this.#health;
  }

  async appendSnapshot(snapshot: Snapshot): Promise<void> {
    this.#snapshots.push(snapshot);
    this.#changeCount++;
    // Nobody may have come to prune: memory is bounded all the same.
    if (this.#snapshots.length > 2 * RETENTION.maxSnapshots) await this.prune(snapshot.at);
  }

  async readLatest(): Promise<readonly Snapshot[]> {
    const latest = new Map(this.#snapshots.map(snapshot => [snapshot.origin, snapshot]));
    return [...latest.values()].sort((a, b) => (a.origin < b.origin ? -1 : 1));
  }

  async readHistory({ origin, since = 0 }: HistoryQuery): Promise<readonly Snapshot[]> {
    return this.#snapshots
      .filter(snapshot => snapshot.origin === origin && snapshot.at >= since)
      .sort((a, b) => a.at - b.at);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#values.get(key);
  }

  async set(key: string, json: string | undefined): Promise<void> {
    assertValueFits(key, json);
    this.#values.delete(key);
    if (json !== undefined) this.#values.set(key, json);
    this.#changeCount++;
  }

  async commitTail(batch: TailBatch): Promise<readonly TailedFailure[]> {
    const news: TailedFailure[] = [];
    for (const failure of keptFailures(batch)) {
      const { contentKey } = failure.signal;
      if (this.#events.has(contentKey)) continue;
      this.#events.set(contentKey, failure);
      news.push(failure);
    }
    for (const signal of batch.amendments ?? []) {
      const known = this.#events.get(signal.contentKey);
      if (!known) continue;
      this.#events.set(signal.contentKey, { ...known, signal });
      this.#changeCount++;
    }
    for (const checkpoint of batch.checkpoints) {
      this.#checkpoints.delete(checkpoint.fingerprint);
      this.#checkpoints.set(checkpoint.fingerprint, checkpoint);
    }
    this.#changeCount += news.length;
    const isFull =
      this.#events.size > 2 * TAIL_RETENTION.maxEvents ||
      this.#checkpoints.size > 2 * TAIL_RETENTION.maxCheckpoints;
    if (isFull) this.#pruneTail(batch.readAt);
    return news;
  }

  async readEvents({ since = -Infinity, limit = Infinity }: EventQuery = {}): Promise<
    readonly TailedFailure[]
  > {
    const events = [...this.#events.values()].filter(({ signal }) => signal.at >= since);
    events.sort((a, b) => a.signal.at - b.signal.at);
    return events.slice(Math.max(0, events.length - limit));
  }

  async readCheckpoints(): Promise<readonly Checkpoint[]> {
    return [...this.#checkpoints.values()];
  }

  async saveIncidents(incidents: readonly Incident[]): Promise<void> {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
    this.#changeCount += incidents.length;
    if (this.#incidents.size > 2 * INCIDENT_RETENTION.maxIncidents)
      this.#pruneIncidents(Math.max(...incidents.map(({ to }) => to)));
  }

  async readIncidents({ since = -Infinity, limit = Infinity }: EventQuery = {}): Promise<
    readonly Incident[]
  > {
    const incidents = [...this.#incidents.values()].filter(({ to }) => to >= since);
    incidents.sort((a, b) => a.to - b.to);
    return incidents.slice(Math.max(0, incidents.length - limit));
  }

  async takeLease({ owner, now, leaseMs }: LeaseClaim): Promise<boolean> {
    if (this.#lease && this.#lease.owner !== owner) {
      const { expiresAt } = this.#lease;
      if (expiresAt >= now && expiresAt <= now + leaseMs + CLOCK_TOLERANCE_MS) return false;
    }
    this.#lease = { owner, expiresAt: now + leaseMs };
    return true;
  }

  async releaseLease(owner: string): Promise<void> {
    if (this.#lease?.owner === owner) this.#lease = undefined;
  }

  async claimRead({ subject, now, minGapMs, owner }: ReadClaim): Promise<boolean> {
    const isHolder = this.#lease?.owner === owner && (this.#lease?.expiresAt ?? 0) >= now;
    if (owner !== undefined && !isHolder) return false;
    const lastReadAt = this.#lastReads.get(subject) ?? -Infinity;
    if (lastReadAt > now - minGapMs && lastReadAt <= now + CLOCK_TOLERANCE_MS) return false;
    this.#lastReads.set(subject, now);
    return true;
  }

  async readChangeCount(): Promise<number> {
    return this.#changeCount;
  }

  async prune(now: number): Promise<void> {
    this.#snapshots = retain(this.#snapshots, now);
    const excess = [...this.#values.keys()].slice(0, -MAX_VALUES);
    for (const key of excess) this.#values.delete(key);
    this.#pruneTail(now);
    this.#pruneIncidents(now);
  }

  #pruneIncidents(now: number): void {
    const kept = new Set(keptIncidents([...this.#incidents.values()], now));
    for (const [id, incident] of this.#incidents)
      if (!kept.has(incident)) this.#incidents.delete(id);
  }

  #pruneTail(now: number): void {
    const { maxEvents, maxCheckpoints, checkpointKeepMs } = TAIL_RETENTION;
    for (const [key, { signal }] of this.#events)
      if (!isKept(signal.at, now)) this.#events.delete(key);
    for (const [key, { seenAt }] of this.#checkpoints)
      if (seenAt < now - checkpointKeepMs) this.#checkpoints.delete(key);
    for (const key of [...this.#events.keys()].slice(0, -maxEvents)) this.#events.delete(key);
    const old = [...this.#checkpoints.keys()].slice(0, -maxCheckpoints);
    for (const key of old) this.#checkpoints.delete(key);
  }

  dispose(): void {
    this.#healthEmitter.dispose();
  }
}
