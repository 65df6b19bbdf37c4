import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RequestFailed } from '../core/agents/signal.ts';
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
  type TailRows,
} from '../core/agents/tail.ts';
import { pause } from './turns.ts';

/** So many rows are parsed or dropped before others have their turn. */
const BATCH = 500;

/**
 * What was read from logs, on an open database. A batch is one transaction, so that no crash comes
 * between a failure and the checkpoint after it. Rejects with SQLite's errors.
 */
export class SqliteTailRows implements TailRows {
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #onSkipped: (id: unknown) => void;
  /** A roll-back failed too, so that the transaction is still open. */
  #isOpen = false;

  /** Prepares every statement. `onSkipped` is told of rows that do not validate. */
  constructor(db: DatabaseSync, onSkipped: (id: unknown) => void) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#sql = Object.fromEntries(prepared);
    this.#onSkipped = onSkipped;
  }

  async commitTail(batch: TailBatch): Promise<readonly TailedFailure[]> {
    const failures = keptFailures(batch);
    const { checkpoints, amendments = [] } = batch;
    if (failures.length + checkpoints.length + amendments.length === 0) return [];
    return this.#inTransaction(() => {
      for (const checkpoint of checkpoints)
        this.#sql.setCheckpoint.run({ ...checkpoint, memory: checkpoint.memory ?? null });
      const news = failures.filter(
        failure => this.#sql.addEvent.run({ ...storeEvent(failure) }).changes === 1,
      );
      for (const signal of amendments) this.#sql.amendEvent.run(...amendmentOf(signal));
      return news;
    });
  }

  async readEvents({ since = -Infinity, limit = Infinity }: EventQuery = {}): Promise<
    readonly TailedFailure[]
  > {
    const newest = Math.min(limit, 2 * TAIL_RETENTION.maxEvents);
    const rows = this.#sql.events.all(Math.max(since, -8.64e15), newest);
    return this.#parse(rows.reverse(), parseStoredEvent);
  }

  async readCheckpoints(): Promise<readonly Checkpoint[]> {
    return this.#parse(this.#sql.checkpoints.all(), parseStoredCheckpoint);
  }

  /** Drops what is past the bounds of `TAIL_RETENTION`. */
  async prune(now: number): Promise<void> {
    const { keepMs, futureMs, maxEvents, checkpointKeepMs, maxCheckpoints } = TAIL_RETENTION;
    const bounds = { oldest: now - keepMs, newest: now + futureMs, batch: BATCH };
    while (Number(this.#sql.dropEvents.run(bounds).changes) === BATCH) await pause();
    this.#sql.dropExcessEvents.run(maxEvents);
    this.#sql.dropCheckpoints.run(now - checkpointKeepMs);
    this.#sql.dropExcessCheckpoints.run(maxCheckpoints);
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
      // Some errors roll back by themselves (https://sqlite.org/lang_transaction.html).
      if ((error as { errcode?: number }).errcode === SQLITE_ERROR) this.#isOpen = false;
    }
  }

  async #parse<T>(
    rows: readonly Record<string, unknown>[],
    parse: (row: Record<string, unknown>) => T | undefined,
  ): Promise<T[]> {
    const parsed: T[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % BATCH === BATCH - 1) await pause();
      const value = parse(row);
      if (value) parsed.push(value);
      else this.#onSkipped(row.id ?? row.fingerprint);
    }
    return parsed;
  }
}

function amendmentOf(signal: RequestFailed): [number, string, string] {
  const { at, json, contentKey } = storeEvent({ signal, file: '', byteOffset: 0 });
  return [at, json, contentKey];
}

/** Takes what was read from logs to another archive, between disk and memory; known failures stay. */
export async function copyTail(from: TailRows, to: TailRows): Promise<void> {
  const [signals, checkpoints] = [await from.readEvents(), await from.readCheckpoints()];
  for (let i = 0; i < Math.max(signals.length, checkpoints.length); i += BATCH) {
    const part = {
      signals: signals.slice(i, i + BATCH),
      checkpoints: checkpoints.slice(i, i + BATCH),
    };
    // Nothing is too old that was kept so far.
    const readAt = part.signals.at(-1)?.signal.at ?? 0;
    await to.commitTail({ ...part, readAt });
    await pause();
  }
}

/** "Cannot rollback - no transaction is active" has no number of its own. */
const SQLITE_ERROR = 1;

const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  addEvent: `INSERT INTO event (at, agent, session, contentKey, file, byteOffset, json)
    VALUES (:at, :agent, :session, :contentKey, :file, :byteOffset, :json)
    ON CONFLICT (contentKey) DO NOTHING`,
  amendEvent: 'UPDATE event SET at = ?, json = ? WHERE contentKey = ?',
  setCheckpoint: `INSERT INTO checkpoint (fingerprint, byteOffset, marker, memory, seenAt)
    VALUES (:fingerprint, :byteOffset, :marker, :memory, :seenAt)
    ON CONFLICT (fingerprint) DO UPDATE SET
      byteOffset = :byteOffset, marker = :marker, memory = :memory, seenAt = :seenAt`,
  events: `SELECT 'event ' || id AS id, at, agent, session, contentKey, file, byteOffset, json
    FROM event WHERE at >= ? ORDER BY at DESC, event.id DESC LIMIT ?`,
  checkpoints: 'SELECT fingerprint, byteOffset, marker, memory, seenAt FROM checkpoint',
  dropEvents: `DELETE FROM event WHERE id IN (
    SELECT id FROM event WHERE at < :oldest OR at > :newest LIMIT :batch)`,
  dropExcessEvents: `DELETE FROM event
    WHERE id <= (SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  dropCheckpoints: 'DELETE FROM checkpoint WHERE seenAt < ?',
  dropExcessCheckpoints: `DELETE FROM checkpoint WHERE fingerprint IN (
    SELECT fingerprint FROM checkpoint ORDER BY seenAt DESC LIMIT -1 OFFSET ?)`,
} as const;
