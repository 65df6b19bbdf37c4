import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type FileSystem, isMissing } from './fileSystem.ts';

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
export interface ForeignDatabase {
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
export async function openForeignDatabase(
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
export function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    const number = Number(error.errcode) & 0xff;
    throw new DatabaseError(NAMES[number] ?? `SQLITE_${number}`);
  }
}
