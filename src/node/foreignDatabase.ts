import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { DatabaseTable, LogRecord } from '../core/agents/agent.ts';
import type { Checkpoint } from '../core/agents/tail.ts';
import { MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import { loadSqlite } from './archiveFile.ts';
import { type FileStat, type FileSystem, isMissing } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';
import type { WorkSlice } from './turns.ts';

/**
 * An agent that streams a response writes many times a second; only the last state of a row counts.
 */
const HINT_EVERY_MS = 1_000;

/** Suffix of SQLite's write-ahead log (WAL). */
const LOG_END = '-wal';

/**
 * A file system where a change of a WAL `x.db-wal` counts as a change of the database `x.db`, at
 * most once a second.
 */
export function withDatabaseLogs(
  files: FileSystem,
  sources: readonly AgentSource[],
  clock: Pick<Clock, 'after'>,
): FileSystem {
  const databases = sources.filter(({ source }) => source.growth === 'database');
  const isDatabase = (path: string) =>
    databases.some(
      ({ source: { root, files: names } }) =>
        path.startsWith(root) && names.test(relative(root, path).replaceAll(sep, '/')),
    );
  return {
    ...files,
    lstat: async path => {
      const stat = await files.lstat(path);
      return isDatabase(path) ? withLog(stat, await logOf(files, path)) : stat;
    },
    watch: (folder, listener) => {
      const waiting = new Map<string, MutableDisposable>();
      const watch = files.watch(folder, {
        ...listener,
        onHint: name => {
          const database = name?.endsWith(LOG_END) ? name.slice(0, -LOG_END.length) : name;
          if (database === undefined || !isDatabase(join(folder, database)))
            return listener.onHint(name);
          if (waiting.has(database)) return;
          const timer = new MutableDisposable();
          waiting.set(database, timer);
          timer.value = clock.after(HINT_EVERY_MS, () => {
            waiting.delete(database);
            listener.onHint(database);
          });
        },
      });
      return {
        dispose: () => {
          for (const timer of waiting.values()) timer.dispose();
          watch.dispose();
        },
      };
    },
  };
}

async function logOf(files: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await files.lstat(path + LOG_END);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function withLog(stat: FileStat, log: FileStat | undefined): FileStat {
  if (!log) return stat;
  return {
    ...stat,
    modifiedAt: Math.max(stat.modifiedAt, log.modifiedAt),
    version: `${stat.version} ${log.version}`,
  };
}

/** The first 16 bytes of every SQLite file (https://sqlite.org/fileformat.html). */
const MAGIC = 'SQLite format 3\0';
/** Offset of the read version in the header: 2 with a WAL. */
const READ_VERSION_AT = 19;
const WITH_LOG = 2;

/** How long a statement waits for the owner, in ms; the read is retried later. */
const BUSY_TIMEOUT_MS = 10;

/** Largest database that is copied to read a WAL without its index. */
const MAX_COPIED_BYTES = 64 * 1024 * 1024;

/** Another program's open database; read-only. */
interface ForeignDatabase {
  readonly db: DatabaseSync;
  close(): Promise<void>;
}

/** A database error with SQLite's name as `code`. */
class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** True: `head` (at least 100 bytes) is the start of an SQLite file. */
export function isDatabase(head: Buffer): boolean {
  return head.length >= 100 && head.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/**
 * Opens an SQLite file read-only. Creates no file next to it, and holds a lock only during a
 * statement. With a WAL, the owner can write in parallel; without one, the file is complete.
 * Rejects with the system's errors, and with SQLite's, whose `code` is like `SQLITE_BUSY`.
 */
async function openForeignDatabase(
  files: FileSystem,
  path: string,
  head: Buffer,
): Promise<ForeignDatabase> {
  const size = async (end: string) => sizeOf(files, path + end);
  if (head[READ_VERSION_AT] !== WITH_LOG) {
    // The owner is writing, or was killed while writing: the file may be inconsistent.
    if (await size('-journal')) throw new DatabaseError('SQLITE_BUSY');
    return opened(path, '?mode=ro');
  }
  const [log, index] = [await size('-wal'), await size('-shm')];
  if (index !== undefined && log !== undefined) return opened(path, '?mode=ro');
  // Opening it in another mode would create both files.
  return log ? openCopy(files, path, log) : opened(path, '?mode=ro&immutable=1');
}

async function sizeOf(files: FileSystem, path: string): Promise<number | undefined> {
  try {
    const stat = await files.lstat(path);
    // A pipe would hang the extension host.
    if (stat.kind !== 'file') throw new DatabaseError('SQLITE_CANTOPEN');
    return stat.size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function opened(path: string, options: string, whenClosed = async () => {}): ForeignDatabase {
  // Loaded with the first database.
  const sqlite = loadSqlite();
  if (!sqlite) throw new DatabaseError('SQLITE_NOLFS');
  const url = new URL(options, pathToFileURL(path));
  return withErrorNames(() => {
    const db = new sqlite.DatabaseSync(url, { readOnly: true });
    try {
      // As a pragma: the constructor's option does nothing on Node 22.15.
      db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = 1;
        PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1`);
    } catch (error) {
      db.close();
      throw error;
    }
    return {
      db,
      close: async () => {
        db.close();
        await whenClosed();
      },
    };
  });
}

async function openCopy(files: FileSystem, path: string, log: number): Promise<ForeignDatabase> {
  if (log + (await files.lstat(path)).size > MAX_COPIED_BYTES) throw new DatabaseError('EFBIG');
  const folder = await mkdtemp(join(tmpdir(), 'kimi-quota-'));
  const drop = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const copy = join(folder, 'copy.db');
    for (const end of ['', '-wal'])
      await copyFile(path + end, copy + end, constants.COPYFILE_FICLONE);
    return opened(copy, '', drop);
  } catch (error) {
    await drop();
    throw error;
  }
}

/** By result code, never by text (https://sqlite.org/rescode.html). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  26: 'SQLITE_NOTADB',
};

/** Rethrows SQLite's errors with their name as `code`. */
function withErrorNames<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    const number = Number(error.errcode) & 0xff;
    throw new DatabaseError(NAMES[number] ?? `SQLITE_${number}`);
  }
}

/**
 * Newest rows that may still be rewritten: those of all running turns, and a few hundred before.
 */
const REWRITTEN_ROWS = 500;
/** Rows read of a database that existed before the start: a month of full-time work. */
const BACKLOG_ROWS = 20_000;
/** Rows read in one piece, in about 2 ms. */
const CHUNK_ROWS = 100;
/** Ends a piece earlier if rows are long. */
const CHUNK_CHARACTERS = 1024 * 1024;

/** The rows to read. */
export interface RowsRequest {
  readonly path: string;
  /** Its first bytes. */
  readonly head: Buffer;
  /** The last row of each table that was read; undefined: none. */
  readonly after: readonly number[] | undefined;
  /** Skips the oldest rows of a large database. */
  readonly hasBacklogLimit: boolean;
  /** Returns false to stop. */
  readonly onRecord: (record: LogRecord) => boolean;
  readonly slice: WorkSlice;
}

type TableResult = { readonly consumedTo: number; readonly isDone: boolean } | undefined;
type TableRequest = Omit<RowsRequest, 'after'> & { readonly after: number | undefined };

/** The last row of the first table is the offset of a checkpoint; its marker has the others. */
export function rowsOf({ byteOffset, marker }: Pick<Checkpoint, 'byteOffset' | 'marker'>) {
  const [mark, ...others] = marker.split(' ');
  return mark === '' ? undefined : [byteOffset, ...others.map(Number)];
}

/** The marker of a checkpoint for these rows. */
export const rowMarker = ([, ...others]: readonly number[]): string =>
  ['rows', ...others].join(' ');

/** `unknown`: the database has none of the tables. `empty`: it has no tables. */
export type RowsResult =
  'unknown' | 'empty' | { readonly consumed: readonly number[]; readonly isDone: boolean };

/** Reads the rows of those tables that a database has, one table after the other. */
export class DatabaseRows {
  readonly #tables: readonly TableRows[];
  readonly #files: FileSystem;

  constructor(tables: readonly DatabaseTable[], files: FileSystem) {
    this.#tables = tables.map(table => new TableRows(table));
    this.#files = files;
  }

  /** Rejects with the system's errors, and with SQLite's, whose `code` is SQLite's name. */
  async read(request: RowsRequest): Promise<RowsResult> {
    const { path, head, after } = request;
    const { db, close } = await openForeignDatabase(this.#files, path, head);
    try {
      if (withErrorNames(() => isEmpty(db))) return 'empty';
      let isKnown = false;
      let isDone = true;
      const consumed: number[] = [];
      for (const [index, table] of this.#tables.entries()) {
        const known = after?.[index];
        const result: TableResult = isDone
          ? await table.read(db, { ...request, after: known })
          : undefined;
        consumed.push(result?.consumedTo ?? known ?? 0);
        isKnown ||= result !== undefined;
        isDone &&= result?.isDone ?? true;
      }
      return isKnown ? { consumed, isDone } : 'unknown';
    } finally {
      await close();
    }
  }
}

const isEmpty = (db: DatabaseSync): boolean =>
  numberOf(db.prepare('SELECT count(*) FROM sqlite_schema'), 0) === 0;

/** Reads the rows of one table in insertion order, and rewritten rows again. */
class TableRows {
  readonly #table: DatabaseTable;
  /** The version in which each of the newest rows was read. */
  readonly #versions = new Map<number, unknown>();

  constructor(table: DatabaseTable) {
    this.#table = table;
  }

  /** Undefined: the database has no such table. */
  async read(db: DatabaseSync, request: TableRequest): Promise<TableResult> {
    const { slice } = request;
    if (!withErrorNames(() => this.#isIn(db))) return undefined;
    const name = quoted(this.#table.name);
    const last = withErrorNames(() => numberOf(db.prepare(`SELECT max(rowid) FROM ${name}`), 0));
    const next = db.prepare(`SELECT min(rowid) FROM ${name} WHERE rowid > ?`);
    const rows = this.#select(db);
    const { consumed, from } = this.#range(request, last);
    for (const row of this.#versions.keys())
      if (row <= consumed - REWRITTEN_ROWS) this.#versions.delete(row);
    let at = from;
    while (at < last) {
      const start = withErrorNames(() => numberOf(next, last, at)) - 1;
      const end = Math.min(start + CHUNK_ROWS, last);
      const { reached, isStopped } = withErrorNames(() => this.#chunk(rows, [start, end], request));
      at = reached;
      if (isStopped) break;
      if (slice.isOver()) await slice.rest();
    }
    return { consumedTo: Math.max(at, consumed), isDone: at >= last };
  }

  /** `VACUUM` may renumber the rows, in the same order. */
  #range({ after, hasBacklogLimit }: TableRequest, last: number) {
    const backlog = hasBacklogLimit ? Math.max(0, last - BACKLOG_ROWS) : 0;
    const consumed = Math.min(after ?? backlog, last);
    const isRewritten = this.#table.version !== undefined && after !== undefined;
    return { consumed, from: isRewritten ? Math.max(0, consumed - REWRITTEN_ROWS) : consumed };
  }

  #isIn(db: DatabaseSync): boolean {
    const { name, columns } = this.#table;
    // A view or virtual table may compute anything, even endlessly.
    const isTable = db.prepare(
      `SELECT count(*) FROM sqlite_schema
        WHERE name = ? AND type = 'table' AND rootpage > 0 AND sql NOT LIKE 'CREATE VIRTUAL%'`,
    );
    if (numberOf(isTable, 0, name) === 0) return false;
    const info = db.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0').all(name);
    const found = info.map(column => column.name);
    return columns.every(column => found.includes(column));
  }

  #select(db: DatabaseSync): StatementSync {
    const { name, columns, where } = this.#table;
    const list = ['rowid AS row', ...columns.map(quoted)].join(', ');
    return withErrorNames(() =>
      db.prepare(
        `SELECT ${list} FROM ${quoted(name)} WHERE rowid > ? AND rowid <= ? AND (${where}) ORDER BY rowid`,
      ),
    );
  }

  /** In one piece, so that no lock is held while the event loop has its turn. */
  #chunk(rows: StatementSync, [start, end]: [number, number], { onRecord }: TableRequest) {
    let characters = 0;
    for (const row of rows.iterate(start, end)) {
      const number = Number(row.row);
      const text = this.#textOf(number, row);
      if (text === undefined) continue;
      characters += text.length;
      const isEnough = !onRecord({ text, byteOffset: number, isWhole: true });
      if (isEnough || characters >= CHUNK_CHARACTERS)
        return { reached: number, isStopped: isEnough };
    }
    return { reached: end, isStopped: false };
  }

  /** Undefined: this version was read before. */
  #textOf(number: number, row: Record<string, unknown>): string | undefined {
    const { columns, version } = this.#table;
    if (version !== undefined) {
      if (this.#versions.get(number) === row[version]) return undefined;
      this.#versions.set(number, row[version]);
    }
    const isPlain = (value: unknown) => typeof value === 'string' || typeof value === 'number';
    return JSON.stringify(
      Object.fromEntries(columns.filter(name => isPlain(row[name])).map(name => [name, row[name]])),
    );
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The single number that a statement returns; `none` if it returns no row. */
function numberOf(statement: StatementSync, none: number, ...values: (string | number)[]): number {
  const [value] = Object.values(statement.get(...values) ?? {});
  return typeof value === 'number' ? value : none;
}
