import {
  type Archive,
  type ArchiveHealth,
  assertValueFits,
  CLOCK_TOLERANCE_MS,
  type HistoryQuery,
  type LeaseClaim,
  MAX_VALUES,
  type MemoryReason,
  type ReadClaim,
} from './archive.ts';
import { Emitter, type Event } from './event.ts';
import type { Snapshot } from './quota/snapshot.ts';
import { RETENTION, retain } from './retention.ts';

/**
 * An archive without a disk: what a window has when the database cannot be used. Tests share one
 * between several "windows".
 */
export class MemoryArchive implements Archive {
  #snapshots: Snapshot[] = [];
  readonly #values = new Map<string, string>();
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
  }

  dispose(): void {
    this.#healthEmitter.dispose();
  }
}
