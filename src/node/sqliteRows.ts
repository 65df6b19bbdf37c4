import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ArchiveRows } from '../core/archive.ts';
import type { Incident } from '../core/incidents/incident.ts';
import {
  type HistoryQuery,
  parseStoredSnapshot,
  type Snapshot,
  storeSnapshot,
} from '../core/quota/snapshot.ts';
import { RETENTION } from '../core/retention.ts';
import type { Checkpoint, EventQuery, TailBatch, TailedFailure } from '../core/agents/tail.ts';
import { pause } from './turns.ts';
import { SqliteIncidentRows } from './sqliteIncidentRows.ts';
import { copyTail, SqliteTailRows } from './sqliteTailRows.ts';
import {
  assertValueFits,
  CLOCK_TOLERANCE_MS,
  type LeaseClaim,
  MAX_VALUES,
  type ReadClaim,
} from '../core/base/store.ts';

/** So many rows of an origin are tried for one that validates: enough for a bad version's day. */
const LATEST_TRIES = 300;

/** So many rows are dropped or parsed before others have their turn: 10 ms. */
const BATCH = 500;

/** When something was last asked for is of no use after a day: no gap between reads is as long. */
const LAST_READ_KEPT_MS = 86_400_000;

/**
 * The archive's operations as single statements on an open database: each is a transaction of its
 * own and runs before its promise is returned. Rejects with SQLite's errors, which the owner of
 * the file interprets. The SQL of the archive is here, in `SqliteTailRows`, `SqliteIncidentRows`
 * and in its schema.
 */
export class SqliteRows implements ArchiveRows {
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #tail: SqliteTailRows;
  readonly #incidents: SqliteIncidentRows;
  readonly #skippedIds = new Set<unknown>();

  /** Prepares every statement, so that a database with other tables fails here and not later. */
  constructor(db: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#sql = Object.fromEntries(prepared);
    const onSkipped = (id: unknown): unknown => this.#skippedIds.add(id);
    this.#tail = new SqliteTailRows(db, onSkipped);
    this.#incidents = new SqliteIncidentRows(db, onSkipped);
  }

  /** How many different rows were read that did not validate. */
  get skippedCount(): number {
    return this.#skippedIds.size;
  }

  async appendSnapshot(snapshot: Snapshot): Promise<void> {
    this.#sql.append.run({ ...storeSnapshot(snapshot) });
  }

  async readLatest(): Promise<readonly Snapshot[]> {
    return this.#sql.origins.all().flatMap(({ origin }) => {
      for (const row of this.#sql.newest.iterate(origin ?? '', LATEST_TRIES)) {
        const snapshot = this.#parse(row);
        if (snapshot) return [snapshot];
      }
      return [];
    });
  }

  async readHistory({ origin, since = 0 }: HistoryQuery): Promise<readonly Snapshot[]> {
    const rows = this.#sql.newest.all(origin, 2 * RETENTION.maxSnapshots);
    const snapshots: Snapshot[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % BATCH === BATCH - 1) await pause();
      const snapshot = Number(row.at) >= since ? this.#parse(row) : undefined;
      if (snapshot) snapshots.push(snapshot);
    }
    return snapshots.sort((a, b) => a.at - b.at);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#sql.getValue.get(key)?.json?.toString();
  }

  async set(key: string, json: string | undefined): Promise<void> {
    assertValueFits(key, json);
    if (json === undefined) this.#sql.removeValue.run(key);
    else this.#sql.setValue.run(key, json);
  }

  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]> {
    return this.#tail.commitTail(batch);
  }

  readEvents(query?: EventQuery): Promise<readonly TailedFailure[]> {
    return this.#tail.readEvents(query);
  }

  readCheckpoints(): Promise<readonly Checkpoint[]> {
    return this.#tail.readCheckpoints();
  }

  saveIncidents(incidents: readonly Incident[]): Promise<void> {
    return this.#incidents.saveIncidents(incidents);
  }

  readIncidents(query?: EventQuery): Promise<readonly Incident[]> {
    return this.#incidents.readIncidents(query);
  }

  async takeLease({ owner, now, leaseMs }: LeaseClaim): Promise<boolean> {
    const expiresAt = now + leaseMs;
    const latestPossible = expiresAt + CLOCK_TOLERANCE_MS;
    return this.#sql.takeLease.run({ owner, now, expiresAt, latestPossible }).changes === 1;
  }

  async releaseLease(owner: string): Promise<void> {
    this.#sql.releaseLease.run(owner);
  }

  async claimRead({ subject, now, minGapMs, owner }: ReadClaim): Promise<boolean> {
    const [latest, earliest] = [now - minGapMs, now + CLOCK_TOLERANCE_MS];
    const claim = { subject, now, latest, earliest, owner: owner ?? null };
    return this.#sql.claimRead.run(claim).changes === 1;
  }

  async readChangeCount(): Promise<number> {
    return Number(this.#sql.changeCount.get()?.count);
  }

  async prune(now: number): Promise<void> {
    const bounds = {
      oldest: now - RETENTION.keepMs,
      newest: now + RETENTION.futureMs,
      fullDetailSince: now - RETENTION.fullDetailMs,
      batch: BATCH,
    };
    while (Number(this.#sql.dropOutdated.run(bounds).changes) === BATCH) await pause();
    this.#sql.dropExcess.run(RETENTION.maxSnapshots);
    this.#sql.dropValues.run(MAX_VALUES);
    this.#sql.dropLastReads.run(now - LAST_READ_KEPT_MS);
    await this.#tail.prune(now);
    await this.#incidents.prune(now);
    // Moves the log into the database, so that it does not stay at its largest size.
    this.#sql.checkpoint.all();
  }

  /** Copies what can be read, for a window that has to go on in memory. */
  async copyTo(rows: ArchiveRows): Promise<void> {
    for (const { key, json } of this.#sql.allValues.all()) await rows.set(`${key}`, `${json}`);
    for (const row of this.#sql.allSnapshots.all()) {
      const snapshot = this.#parse(row);
      if (snapshot) await rows.appendSnapshot(snapshot);
    }
    await copyTail(this, rows);
    await rows.saveIncidents(await this.readIncidents());
  }

  #parse(row: Record<string, unknown>): Snapshot | undefined {
    const snapshot = parseStoredSnapshot(row);
    if (!snapshot) this.#skippedIds.add(row.id);
    return snapshot;
  }
}

// Order of reading, not of time: a clock that was ahead must not stay "latest" for ever.
const SQL = {
  append: 'INSERT INTO snapshot (at, origin, json) VALUES (:at, :origin, :json)',
  // One look-up in the index per origin; DISTINCT would read it all.
  origins: `WITH RECURSIVE each(origin) AS (
      SELECT min(origin) FROM snapshot
      UNION ALL
      SELECT (SELECT min(origin) FROM snapshot WHERE origin > each.origin) FROM each
      WHERE each.origin IS NOT NULL
    ) SELECT origin FROM each WHERE origin IS NOT NULL`,
  newest: 'SELECT id, at, origin, json FROM snapshot WHERE origin = ? ORDER BY id DESC LIMIT ?',
  allSnapshots: 'SELECT id, at, origin, json FROM snapshot ORDER BY id',
  getValue: 'SELECT json FROM value WHERE key = ?',
  // A replaced row gets a new id: the lowest id was written longest ago.
  setValue: 'INSERT OR REPLACE INTO value (key, json) VALUES (?, ?)',
  removeValue: 'DELETE FROM value WHERE key = ?',
  allValues: 'SELECT key, json FROM value ORDER BY id',
  changeCount: 'SELECT count FROM changes',
  // An expiry further ahead than any lease can be means that the clock went back.
  takeLease: `INSERT INTO lease VALUES (1, :owner, :expiresAt)
    ON CONFLICT (id) DO UPDATE SET owner = :owner, expiresAt = :expiresAt
    WHERE owner = :owner OR expiresAt < :now OR expiresAt > :latestPossible`,
  releaseLease: 'DELETE FROM lease WHERE owner = ?',
  claimRead: `INSERT INTO lastRead SELECT :subject, :now
    WHERE :owner IS NULL OR EXISTS (SELECT 1 FROM lease WHERE owner = :owner AND expiresAt >= :now)
    ON CONFLICT (subject) DO UPDATE SET at = :now WHERE at <= :latest OR at > :earliest`,
  // The span is not bound: a number is bound as a float, and the division would be one too.
  dropOutdated: `DELETE FROM snapshot WHERE id IN (
      SELECT id FROM snapshot WHERE at < :oldest OR at > :newest OR (
        at < :fullDetailSince AND id NOT IN (
          SELECT max(id) FROM snapshot GROUP BY origin, at / ${RETENTION.thinnedSpanMs})
      ) LIMIT :batch)`,
  dropExcess: `DELETE FROM snapshot
    WHERE id <= (SELECT id FROM snapshot ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  dropValues: `DELETE FROM value
    WHERE id <= (SELECT id FROM value ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  dropLastReads: 'DELETE FROM lastRead WHERE at < ?',
  checkpoint: 'PRAGMA wal_checkpoint(PASSIVE)',
} as const;
