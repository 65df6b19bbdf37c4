import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ArchiveRows } from '../core/ledger/archive.ts';
import type { Counted, LedgerQuery, LedgerRow } from '../core/ledger/ledger.ts';
import {
  type Checkpoint,
  type EventQuery,
  keptFailures,
  parseStoredCheckpoint,
  parseStoredEvent,
  storeEvent,
  TAIL_RETENTION,
  type TailBatch,
  type TailedFailure,
} from '../core/agents/tail.ts';
import {
  assertValueFits,
  CLOCK_TOLERANCE_MS,
  type LeaseClaim,
  type ReadClaim,
} from '../core/base/store.ts';
import { type Incident, INCIDENT_RETENTION } from '../core/incidents/incident.ts';
import {
  type HistoryQuery,
  parseStoredSnapshot,
  RETENTION,
  type Snapshot,
  storeSnapshot,
} from '../core/quota/snapshot.ts';
import { ArchiveFault, isRefusal, SQLITE_ERROR } from './archiveFault.ts';
import type { SqliteLedger } from './sqliteLedger.ts';
import { pause } from './turns.ts';

/** Rows of an origin to try for a valid one: more than a faulty version writes in a day. */
const LATEST_TRIES = 300;

/** Rows parsed before the event loop gets a turn, about 10 ms. Incidents have larger rows. */
const BATCH = 500;
const INCIDENT_BATCH = 100;

/** Start time of a query without one. */
const EARLIEST = -8.64e15;

type Row = Record<string, unknown>;
type Params = Record<string, SQLInputValue>;
type Known = Map<unknown, { readonly json: unknown; readonly incident: Incident }>;

/**
 * The archive's operations on an open database. Each one is a transaction that runs synchronously,
 * before its promise is returned. A record that the database refuses is dropped and counted.
 * Rejects with SQLite's other errors, for the owner of the file to handle.
 */
export class SqliteRows implements ArchiveRows {
  readonly #db: DatabaseSync;
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>;
  /** A separate chunk, loaded by windows that count or show tokens. */
  #ledger: SqliteLedger | undefined;
  readonly #version: unknown;
  readonly #skippedIds = new Set<unknown>();
  #refusedCount = 0;
  /** True after a failed rollback too. */
  #isOpen = false;
  /** Cache by id: every window reads all incidents again after any write. */
  #incidents: Known = new Map();

  /** Prepares all statements, so that a database with other tables fails here. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#sql = Object.fromEntries(prepared);
    this.#version = this.#sql.changes.get()?.version;
  }

  /** Count of different invalid rows. */
  get skippedCount(): number {
    return this.#skippedIds.size;
  }

  /** Count of records that the database refused. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  async appendSnapshot(snapshot: Snapshot): Promise<void> {
    this.#store('append', { ...storeSnapshot(snapshot) });
  }

  async readLatest(): Promise<readonly Snapshot[]> {
    return this.#sql.origins.all().flatMap(({ origin }) => {
      for (const row of this.#sql.newest.iterate(origin ?? '', LATEST_TRIES)) {
        const snapshot = this.#parse(row, parseStoredSnapshot);
        if (snapshot) return [snapshot];
      }
      return [];
    });
  }

  async readHistory({ origin, since = 0 }: HistoryQuery): Promise<readonly Snapshot[]> {
    const rows = this.#sql.history.all(origin, since, 2 * RETENTION.maxSnapshots);
    const snapshots = await this.#parseAll(rows, parseStoredSnapshot);
    return snapshots.sort((a, b) => a.at - b.at);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#sql.getValue.get(key)?.json?.toString();
  }

  async set(key: string, json: string | undefined): Promise<void> {
    assertValueFits(key, json);
    if (json === undefined) this.#sql.removeValue.run(key);
    else this.#store('setValue', { key, json });
  }

  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]> {
    return this.addToLedger(batch, []);
  }

  async addToLedger(
    batch: TailBatch,
    counted: readonly Counted[],
  ): Promise<readonly TailedFailure[]> {
    const failures = keptFailures(batch);
    const { checkpoints, amendments = [], readAt } = batch;
    if (failures.length + checkpoints.length + amendments.length + counted.length === 0) return [];
    const ledger = counted.length > 0 ? await this.#openLedger() : undefined;
    return this.#inTransaction(() => {
      for (const { memory = null, countedFrom = null, ...checkpoint } of checkpoints)
        this.#store('setCheckpoint', { ...checkpoint, memory, countedFrom });
      const news = failures.filter(
        failure => this.#store('addEvent', { ...storeEvent(failure) }) === 1,
      );
      for (const signal of amendments) {
        const { at, json, contentKey } = storeEvent({ signal, file: '', byteOffset: 0 });
        this.#store('amendEvent', { at, json, contentKey });
      }
      ledger?.add(counted, { now: readAt });
      return news;
    });
  }

  async ledgerRows(query: LedgerQuery): Promise<readonly LedgerRow[]> {
    return (await this.#openLedger()).rows(query);
  }

  async #openLedger(): Promise<SqliteLedger> {
    const { SqliteLedger } = await import('./sqliteLedger.ts');
    return (this.#ledger ??= new SqliteLedger(this.#db));
  }

  async readEvents({ since = EARLIEST, limit = Infinity }: EventQuery = {}): Promise<
    readonly TailedFailure[]
  > {
    const newest = Math.min(limit, 2 * TAIL_RETENTION.maxEvents);
    const rows = this.#sql.events.all(Math.max(since, EARLIEST), newest);
    return this.#parseAll(rows.reverse(), parseStoredEvent);
  }

  async readCheckpoints(): Promise<readonly Checkpoint[]> {
    return this.#parseAll(this.#sql.checkpoints.all(), parseStoredCheckpoint);
  }

  async saveIncidents(incidents: readonly Incident[]): Promise<void> {
    if (incidents.length === 0) return;
    this.#inTransaction(() => {
      for (const incident of incidents) {
        const { id, from, to } = incident;
        this.#store('saveIncident', { id, from, to, json: JSON.stringify(incident) });
      }
    });
  }

  async readIncidents({ since = EARLIEST, limit = Infinity }: EventQuery = {}): Promise<
    readonly Incident[]
  > {
    const newest = Math.min(limit, 2 * INCIDENT_RETENTION.maxIncidents);
    const rows = this.#sql.newestIncidents.all(Math.max(since, EARLIEST), newest).reverse();
    if (rows.length === 0) return [];
    // A large parser, which a window without incidents does not need.
    const { parseStoredIncident } = await import('../core/incidents/incident.ts');
    const known: Known = new Map();
    const parse = ({ id, json }: Row): Incident | undefined => {
      const before = this.#incidents.get(id);
      const incident = before?.json === json ? before?.incident : parseStoredIncident(json);
      if (incident) known.set(id, { json, incident });
      return incident;
    };
    const incidents = await this.#parseAll(rows, parse, INCIDENT_BATCH);
    this.#incidents = known;
    return incidents;
  }

  async takeLease({ owner, now, leaseMs }: LeaseClaim): Promise<boolean> {
    const expiresAt = now + leaseMs;
    const latestPossible = expiresAt + CLOCK_TOLERANCE_MS;
    return this.#store('takeLease', { owner, now, expiresAt, latestPossible }) === 1;
  }

  async releaseLease(owner: string): Promise<void> {
    this.#sql.releaseLease.run(owner);
  }

  async claimRead({ subject, now, minGapMs, owner }: ReadClaim): Promise<boolean> {
    const [latest, earliest] = [now - minGapMs, now + CLOCK_TOLERANCE_MS];
    return this.#store('claimRead', { subject, now, latest, earliest, owner: owner ?? null }) === 1;
  }

  /** Rejects if another version of the extension has migrated the schema. */
  async readChangeCount(): Promise<number> {
    const { count, version } = this.#sql.changes.get() ?? {};
    if (version !== this.#version) throw new ArchiveFault('schema');
    return Number(count);
  }

  async prune(now: number): Promise<void> {
    const { prune } = await import('./archivePrune.ts');
    await prune(this.#db, now);
  }

  /** Stores one record. Returns the count of changed rows: 0 if the database refuses it. */
  #store(statement: keyof typeof SQL, params: Params): number {
    try {
      return Number(this.#sql[statement].run(params).changes);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // The record may be valid, but the table has changed.
      if (this.#sql.changes.get()?.version !== this.#version) throw new ArchiveFault('schema');
      this.#refusedCount++;
      return 0;
    }
  }

  #inTransaction<T>(work: () => T): T {
    if (this.#isOpen) this.#rollBack();
    this.#sql.begin.run();
    this.#isOpen = true;
    try {
      const result = work();
      this.#sql.commit.run();
      this.#isOpen = false;
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#sql.rollback.run();
      this.#isOpen = false;
    } catch (error) {
      // SQLite rolls back automatically after some errors
      // (https://sqlite.org/lang_transaction.html), and "no transaction is active" has the generic
      // result code.
      if ((error as { errcode?: number }).errcode === SQLITE_ERROR) this.#isOpen = false;
    }
  }

  #parse<T>(row: Row, parse: (row: Row) => T | undefined): T | undefined {
    const value = parse(row);
    if (value === undefined) this.#skippedIds.add(row.name);
    return value;
  }

  async #parseAll<T>(
    rows: readonly Row[],
    parse: (row: Row) => T | undefined,
    batch = BATCH,
  ): Promise<T[]> {
    const values: T[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % batch === batch - 1) await pause();
      const value = this.#parse(row, parse);
      if (value !== undefined) values.push(value);
    }
    return values;
  }
}

// Numbers are read as floats: an integer beyond 2^53 would fail the whole query, not only its row.
// Rows are in order of insertion, not of time: a reading from a fast clock must not stay the
// latest.
const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  changes: 'SELECT count, user_version AS version FROM changes, pragma_user_version',
  append: 'INSERT INTO snapshot (at, origin, json) VALUES (:at, :origin, :json)',
  // One index lookup per origin; DISTINCT would read the whole index.
  origins: `WITH RECURSIVE each(origin) AS (
      SELECT min(origin) FROM snapshot
      UNION ALL
      SELECT (SELECT min(origin) FROM snapshot WHERE origin > each.origin) FROM each
      WHERE each.origin IS NOT NULL
    ) SELECT origin FROM each WHERE origin IS NOT NULL`,
  newest: `SELECT 'snapshot ' || id AS name, CAST(at AS REAL) AS at, origin, json
    FROM snapshot WHERE origin = ? ORDER BY id DESC LIMIT ?`,
  history: `SELECT 'snapshot ' || id AS name, CAST(at AS REAL) AS at, origin, json
    FROM snapshot WHERE origin = ? AND snapshot.at >= ? ORDER BY id DESC LIMIT ?`,
  getValue: 'SELECT json FROM value WHERE key = ?',
  // A replaced row gets a new id, so the lowest id is the oldest write.
  setValue: 'INSERT OR REPLACE INTO value (key, json) VALUES (:key, :json)',
  removeValue: 'DELETE FROM value WHERE key = ?',
  // An expiry beyond the longest lease means that the clock was set back.
  takeLease: `INSERT INTO lease VALUES (1, :owner, :expiresAt)
    ON CONFLICT (id) DO UPDATE SET owner = :owner, expiresAt = :expiresAt
    WHERE owner = :owner OR expiresAt < :now OR expiresAt > :latestPossible`,
  releaseLease: 'DELETE FROM lease WHERE owner = ?',
  claimRead: `INSERT INTO lastRead SELECT :subject, :now
    WHERE :owner IS NULL OR EXISTS (SELECT 1 FROM lease WHERE owner = :owner AND expiresAt >= :now)
    ON CONFLICT (subject) DO UPDATE SET at = :now WHERE at <= :latest OR at > :earliest`,
  addEvent: `INSERT INTO event (at, agent, session, contentKey, file, byteOffset, json)
    VALUES (:at, :agent, :session, :contentKey, :file, :byteOffset, :json)
    ON CONFLICT (contentKey) DO NOTHING`,
  amendEvent: 'UPDATE event SET at = :at, json = :json WHERE contentKey = :contentKey',
  setCheckpoint: `INSERT INTO checkpoint
      (fingerprint, byteOffset, marker, memory, seenAt, countedFrom)
    VALUES (:fingerprint, :byteOffset, :marker, :memory, :seenAt, :countedFrom)
    ON CONFLICT (fingerprint) DO UPDATE SET
      byteOffset = :byteOffset, marker = :marker, memory = :memory, seenAt = :seenAt,
      countedFrom = :countedFrom`,
  events: `SELECT 'event ' || id AS name, CAST(at AS REAL) AS at, agent, session, contentKey, file,
      CAST(byteOffset AS REAL) AS byteOffset, json
    FROM event WHERE event.at >= ? ORDER BY event.at DESC, id DESC LIMIT ?`,
  checkpoints: `SELECT 'checkpoint ' || fingerprint AS name, fingerprint,
      CAST(byteOffset AS REAL) AS byteOffset, marker, memory, CAST(seenAt AS REAL) AS seenAt,
      CAST(countedFrom AS REAL) AS countedFrom
    FROM checkpoint`,
  saveIncident: `INSERT INTO incident (id, fromAt, toAt, json) VALUES (:id, :from, :to, :json)
    ON CONFLICT (id) DO UPDATE SET fromAt = :from, toAt = :to, json = :json`,
  newestIncidents: `SELECT 'incident ' || id AS name, id, json FROM incident WHERE toAt >= ?
    ORDER BY toAt DESC, incident.rowid DESC LIMIT ?`,
} as const;
