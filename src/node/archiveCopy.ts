import type { DatabaseSync } from 'node:sqlite';
import { isRefusal } from './archiveFault.ts';
import { SqliteLedger } from './sqliteLedger.ts';
import { pause } from './turns.ts';

/** Rows copied before the event loop gets a turn: about 10 ms. */
const BATCH = 500;

/** The copied tables, and how a row with an existing key is merged. */
const TABLES = [
  { name: 'snapshot', key: 'id', columns: ['at', 'origin', 'json'], merge: '' },
  // A replaced row gets a new id, and counts as a change.
  { name: 'value', key: 'key', columns: ['key', 'json'], merge: 'OR REPLACE' },
  {
    name: 'event',
    key: 'contentKey',
    columns: ['at', 'agent', 'session', 'contentKey', 'file', 'byteOffset', 'json'],
    merge: 'ON CONFLICT (contentKey) DO UPDATE SET at = excluded.at, json = excluded.json',
  },
  {
    name: 'checkpoint',
    key: 'fingerprint',
    columns: ['fingerprint', 'byteOffset', 'marker', 'memory', 'seenAt', 'countedFrom'],
    merge: `ON CONFLICT (fingerprint) DO UPDATE SET byteOffset = excluded.byteOffset,
      marker = excluded.marker, memory = excluded.memory, seenAt = excluded.seenAt,
      countedFrom = excluded.countedFrom
      WHERE excluded.seenAt >= seenAt`,
  },
  {
    name: 'incident',
    key: 'id',
    columns: ['id', 'fromAt', 'toAt', 'json'],
    merge: `ON CONFLICT (id) DO UPDATE SET fromAt = excluded.fromAt, toAt = excluded.toAt,
      json = excluded.json WHERE excluded.toAt >= toAt`,
  },
  // The sums themselves are added, see `carryLedger`.
  {
    name: 'ledgerKeys',
    key: 'slot',
    columns: ['slot', 'keys'],
    // A key may then be there twice.
    merge: 'ON CONFLICT (slot) DO UPDATE SET keys = CAST(keys || excluded.keys AS BLOB)',
  },
] as const;

type Table = (typeof TABLES)[number];

/**
 * Fills `memory`, an empty archive, with all readable rows of `disk`, and makes it record which
 * rows are written from then on. An unreadable table stays empty.
 */
export async function copyToMemory(
  disk: DatabaseSync | undefined,
  memory: DatabaseSync,
): Promise<void> {
  for (const table of disk ? TABLES : []) {
    try {
      const read = disk?.prepare(
        `SELECT ${table.columns.join()} FROM ${table.name} ORDER BY rowid`,
      );
      read?.setReadBigInts(true);
      const store = storeIn(memory, table);
      await inBatches(memory, read?.all() ?? [], store);
    } catch {
      // The disk is faulty; this window works without the rest of the table.
    }
  }
  memory.exec(NOTE_WRITES);
}

/**
 * Stores the rows on disk that were written into `memory` since `copyToMemory`. Leaves all others,
 * as another window may have changed them. Rejects with SQLite's errors; a later call continues
 * there.
 */
export async function carryToDisk(memory: DatabaseSync, disk: DatabaseSync): Promise<void> {
  const written = memory.prepare('SELECT key FROM written WHERE name = ?');
  const done = memory.prepare('DELETE FROM written WHERE name = ? AND key = ?');
  for (const table of TABLES) {
    const { name, key, columns } = table;
    const read = memory.prepare(`SELECT ${columns.join()} FROM ${name} WHERE ${key} = ?`);
    read.setReadBigInts(true);
    const remove = disk.prepare(`DELETE FROM ${name} WHERE ${key} = ?`);
    const store = storeIn(disk, table);
    const carry = ({ key = null }: Row): void => {
      const row = read.get(key);
      if (row) store(row);
      // Only values are deleted on purpose; other rows were pruned by age.
      else if (name === 'value') remove.run(key);
    };
    const forget = (rows: readonly Row[]): void => {
      for (const row of rows) done.run(name, row.key ?? null);
    };
    await inBatches(disk, written.all(name), carry, forget);
  }
  await carryLedger(memory, disk);
}

/** Memory has only what was counted since `copyToMemory`. */
async function carryLedger(memory: DatabaseSync, disk: DatabaseSync): Promise<void> {
  const rows = await new SqliteLedger(memory).rows({ from: -Infinity, to: Infinity });
  if (rows.length === 0) return;
  disk.exec('BEGIN IMMEDIATE');
  new SqliteLedger(disk).addRows(rows);
  disk.exec('COMMIT');
  memory.exec('DELETE FROM ledger');
}

type Row = ReturnType<ReturnType<DatabaseSync['prepare']>['all']>[number];

function storeIn(db: DatabaseSync, { name, columns, merge }: Table): (row: Row) => void {
  const [or, onConflict] = merge.startsWith('OR') ? [merge, ''] : ['', merge];
  const values = columns.map(column => `:${column}`).join();
  const insert = db.prepare(
    `INSERT ${or} INTO ${name} (${columns.join()}) VALUES (${values}) ${onConflict}`,
  );
  return row => {
    try {
      insert.run(row);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  };
}

/** Each batch is one transaction of `db`. A failed one is rolled back when `db` is closed. */
async function inBatches(
  db: DatabaseSync,
  rows: readonly Row[],
  work: (row: Row) => void,
  onStored: (rows: readonly Row[]) => void = () => undefined,
): Promise<void> {
  for (let i = 0; i < rows.length; i += BATCH) {
    const batch = rows.slice(i, i + BATCH);
    db.exec('BEGIN IMMEDIATE');
    batch.forEach(work);
    db.exec('COMMIT');
    onStored(batch);
    await pause();
  }
}

/**
 * Not `OR IGNORE`: the conflict clause of the statement that fires a trigger overrides the one
 * inside.
 */
const NOTE_WRITES = `CREATE TABLE written (name, key, PRIMARY KEY (name, key));
  ${TABLES.flatMap(({ name, key }) =>
    [`INSERT new`, `UPDATE new`, ...(name === 'value' ? ['DELETE old'] : [])].map(when => {
      const [event, row] = when.split(' ');
      return `CREATE TRIGGER ${name}Noted${event} AFTER ${event} ON ${name} BEGIN
        INSERT INTO written SELECT '${name}', ${row}.${key} WHERE NOT EXISTS
          (SELECT 1 FROM written WHERE name = '${name}' AND key = ${row}.${key}); END;`;
    }),
  ).join('\n')}`;
