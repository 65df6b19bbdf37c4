import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DatabaseTable, LogRecord } from '../core/agents/agent.ts';
import type { FileSystem } from './fileSystem.ts';
import { inWords, openForeignDatabase } from './foreignDatabase.ts';
import type { WorkSlice } from './workSlice.ts';

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
