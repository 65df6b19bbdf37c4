import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { DatabaseTable, LogRecord } from '../core/agents/agent.ts';
import { MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import { type FileStat, type FileSystem, isMissing } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';
import type { WorkSlice } from './turns.ts';

/** An agent that streams an answer writes many times a second; its last row is what matters. */
const HINT_EVERY_MS = 1_000;

/** What SQLite writes to until it moves it into the database. */
const LOG_END = '-wal';

/**
 * The same files, with databases as one thing with their logs: what happens to `x.db-wal` shows as
 * a change of `x.db`, at most once a second.
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
/** Where the header says how the file is written: 2 with a log. */
const READ_VERSION_AT = 19;
const WITH_LOG = 2;

/** So long a statement may wait for the owner; it is tried again later. */
const BUSY_TIMEOUT_MS = 10;

/** A log whose index is missing is read in a copy, up to this size. */
const MAX_COPIED_BYTES = 64 * 1024 * 1024;

/** An open database of another program, of which nothing is changed. */
interface ForeignDatabase {
  readonly db: DatabaseSync;
  close(): Promise<void>;
}

/** A fault by the name that SQLite has for it. */
class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** True: `head`, of at least 100 bytes, is the beginning of an SQLite file. */
export function isDatabase(head: Buffer): boolean {
  return head.length >= 100 && head.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/**
 * Opens an SQLite file to read it. Nothing is created beside it, written to it, or held for longer
 * than a statement: with a log, its owner goes on writing; without one the file is complete as it
 * is. Rejects with the system's errors, and those of SQLite with `code` like `SQLITE_BUSY`.
 */
async function openForeignDatabase(
  files: FileSystem,
  path: string,
  head: Buffer,
): Promise<ForeignDatabase> {
  const size = async (end: string) => sizeOf(files, path + end);
  if (head[READ_VERSION_AT] !== WITH_LOG) {
    // Its owner writes, or was killed while writing: what is there now may be half of it.
    if (await size('-journal')) throw new DatabaseError('SQLITE_BUSY');
    return opened(path, '?mode=ro');
  }
  const [log, index] = [await size('-wal'), await size('-shm')];
  if (index !== undefined && log !== undefined) return opened(path, '?mode=ro');
  // To open it otherwise would create both.
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
  // Not loaded before there is a database.
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (!sqlite) throw new DatabaseError('SQLITE_NOLFS');
  const url = new URL(options, pathToFileURL(path));
  return inWords(() => {
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

/** By number, never by text (https://sqlite.org/rescode.html). */
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

/** Throws errors of SQLite with its own name of them as `code`. */
function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    const number = Number(error.errcode) & 0xff;
    throw new DatabaseError(NAMES[number] ?? `SQLITE_${number}`);
  }
}

/** Rows that may still be written anew: those of all turns that run, and some hundred before. */
const REWRITTEN_ROWS = 500;
/** Of a database that was there before us: the last month of somebody who works all day. */
const BACKLOG_ROWS = 20_000;
/** So many are looked at in one piece, in some 2 ms. */
const CHUNK_ROWS = 100;
/** Longer ones together end a piece earlier. */
const CHUNK_CHARACTERS = 1024 * 1024;

/** What to read. */
export interface RowsRequest {
  readonly path: string;
  /** Its first bytes. */
  readonly head: Buffer;
  /** Rows up to this were read; undefined: none so far. */
  readonly after: number | undefined;
  /** False: a database that was there before us is read from its first row. */
  readonly hasBacklogLimit: boolean;
  /** False: it is enough for now. */
  readonly onRecord: (record: LogRecord) => boolean;
  readonly slice: WorkSlice;
}

/** `unknown`: it has no such table. `empty`: it has none at all. */
export type RowsResult =
  'unknown' | 'empty' | { readonly consumedTo: number; readonly isDone: boolean };

/** Reads the rows of one table in the order in which they were added, and those written anew. */
export class DatabaseRows {
  readonly #table: DatabaseTable;
  readonly #files: FileSystem;
  /** Of the newest rows, in which version they were read. */
  readonly #versions = new Map<number, unknown>();

  constructor(table: DatabaseTable, files: FileSystem) {
    this.#table = table;
    this.#files = files;
  }

  /** Rejects with the system's errors, and those of SQLite with its names as `code`. */
  async read(request: RowsRequest): Promise<RowsResult> {
    const { db, close } = await openForeignDatabase(this.#files, request.path, request.head);
    try {
      return await this.#readFrom(db, request);
    } finally {
      await close();
    }
  }

  async #readFrom(db: DatabaseSync, request: RowsRequest): Promise<RowsResult> {
    const { slice } = request;
    const state = inWords(() => this.#stateOf(db));
    if (state !== 'known') return state;
    const name = quoted(this.#table.name);
    const last = inWords(() => numberOf(db.prepare(`SELECT max(rowid) FROM ${name}`), 0));
    const next = db.prepare(`SELECT min(rowid) FROM ${name} WHERE rowid > ?`);
    const rows = this.#select(db);
    const { consumed, from } = this.#range(request, last);
    for (const row of this.#versions.keys())
      if (row <= consumed - REWRITTEN_ROWS) this.#versions.delete(row);
    let at = from;
    while (at < last) {
      const start = inWords(() => numberOf(next, last, at)) - 1;
      const end = Math.min(start + CHUNK_ROWS, last);
      const { reached, isStopped } = inWords(() => this.#chunk(rows, [start, end], request));
      at = reached;
      if (isStopped) break;
      if (slice.isOver()) await slice.rest();
    }
    return { consumedTo: Math.max(at, consumed), isDone: at >= last };
  }

  /** Numbers may have been given anew, in their order, when the file was compacted. */
  #range({ after, hasBacklogLimit }: RowsRequest, last: number) {
    const backlog = hasBacklogLimit ? Math.max(0, last - BACKLOG_ROWS) : 0;
    const consumed = Math.min(after ?? backlog, last);
    const isRewritten = this.#table.version !== undefined && after !== undefined;
    return { consumed, from: isRewritten ? Math.max(0, consumed - REWRITTEN_ROWS) : consumed };
  }

  #stateOf(db: DatabaseSync): 'known' | 'unknown' | 'empty' {
    const tables = db.prepare('SELECT count(*) FROM sqlite_schema');
    if (numberOf(tables, 0) === 0) return 'empty';
    const { name, columns } = this.#table;
    // A view or a virtual table could be anything, such as a computation without an end.
    const isTable = db.prepare(
      `SELECT count(*) FROM sqlite_schema
        WHERE name = ? AND type = 'table' AND rootpage > 0 AND sql NOT LIKE 'CREATE VIRTUAL%'`,
    );
    if (numberOf(isTable, 0, name) === 0) return 'unknown';
    const info = db.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0').all(name);
    const found = info.map(column => column.name);
    return columns.every(column => found.includes(column)) ? 'known' : 'unknown';
  }

  #select(db: DatabaseSync): StatementSync {
    const { name, columns, where } = this.#table;
    const list = ['rowid AS row', ...columns.map(quoted)].join(', ');
    return inWords(() =>
      db.prepare(
        `SELECT ${list} FROM ${quoted(name)} WHERE rowid > ? AND rowid <= ? AND (${where}) ORDER BY rowid`,
      ),
    );
  }

  /** In one piece, so that nothing of the owner's is held while others have their turn. */
  #chunk(rows: StatementSync, [start, end]: [number, number], { onRecord }: RowsRequest) {
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

  /** Undefined: it was read as it is. */
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

/** The one number that a statement gives; of no rows none. */
function numberOf(statement: StatementSync, none: number, ...values: (string | number)[]): number {
  const [value] = Object.values(statement.get(...values) ?? {});
  return typeof value === 'number' ? value : none;
}
