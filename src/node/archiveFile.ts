import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ArchiveFault, faultOf } from './archiveFault.ts';
import { makeFolder } from './makeFolder.ts';
import { migrate, MIGRATIONS, schemaState } from './archiveSchema.ts';
import { SqliteRows } from './sqliteRows.ts';

/**
 * So long a statement may block the extension host for a lock; after it we wait asynchronously.
 * Opening takes up to four locks, and 50 ms in all is the limit.
 */
const BUSY_TIMEOUT_MS = 10;

/** So many pages of 4 KB in the log before it is moved into the database: 256 KB, and 3 ms. */
const LOG_PAGES = 64;

/** A window that died while it set a file aside left its mark; to set aside takes milliseconds. */
const STALE_MARK_MS = 3_000;

const SUFFIXES = ['-wal', '-shm', ''];

/** The path of an archive that is in no file. */
export const IN_MEMORY = ':memory:';

/** An open database. */
export interface ArchiveFile {
  readonly db: DatabaseSync;
  readonly rows: SqliteRows;
  /** Proves that something can be stored, by storing nothing of importance. */
  probe(): void;
  close(): void;
}

/** How to open one, in a form that tests can bend. */
export interface ArchiveFileOptions {
  readonly path: string;
  /** Default: `node:sqlite`'s, loaded now and not earlier: nothing loads while activating. */
  readonly openDatabase?: (path: string) => DatabaseSync;
  /** Default: `MIGRATIONS`. */
  readonly steps?: readonly string[];
}

/**
 * Creates the folder and an empty file for the user alone, where there is none, and says which file
 * it is. What fails here fails again in SQLite, which says it by number.
 */
export function createArchiveFile(path: string): string | undefined {
  if (path === IN_MEMORY) return undefined;
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a', 0o600));
    const { mode } = statSync(path);
    if (mode & 0o077) chmodSync(path, mode & 0o700);
  } catch {
    // A directory, a read-only file system, a full disk.
  }
  return identify(path);
}

/**
 * Opens the database and brings it up to date. Throws what `faultOf` can read: `moved` if the path
 * does not mean the file `identity` any more.
 */
export function openArchiveFile(
  { path, openDatabase = openWithNode, steps = MIGRATIONS }: ArchiveFileOptions,
  identity?: string,
): ArchiveFile {
  const db = openDatabase(path);
  try {
    const rows = prepareRows(db, steps);
    if (identify(path) !== identity) throw new ArchiveFault('moved');
    return {
      db,
      rows,
      probe: () => db.exec('UPDATE changes SET count = count + 1'),
      close: () => close(db),
    };
  } catch (error) {
    close(db);
    throw error;
  }
}

/** Which file, by device and inode, a path means now; undefined if none. Some 5 µs, so it can be asked every time. */
export function identify(path: string): string | undefined {
  if (path === IN_MEMORY) return undefined;
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * Moves a damaged file and its log to `.bad`, over an older one. False: it is not that file any
 * more, or another window is at it: open it again. Throws if the system refuses.
 */
export function setAside(path: string, identity: string | undefined): boolean {
  const mark = `${path}.aside`;
  // One window at a time: a second one would move the new file that the first makes room for.
  if (!putMark(mark)) return false;
  try {
    if (identify(path) !== identity) return false;
    for (const suffix of SUFFIXES) {
      rmSync(`${path}.bad${suffix}`, { force: true });
      if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.bad${suffix}`);
    }
    return true;
  } finally {
    rmSync(mark, { force: true });
  }
}

function putMark(mark: string): boolean {
  try {
    closeSync(openSync(mark, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (Math.abs(age) > STALE_MARK_MS) rmSync(mark, { force: true });
    return false;
  }
}

function openWithNode(path: string): DatabaseSync {
  // Neither import nor require: the one is a promise, the other not there in a module.
  return new (process.getBuiltinModule('node:sqlite').DatabaseSync)(path);
}

function prepareRows(db: DatabaseSync, steps: readonly string[]): SqliteRows {
  try {
    prepare(db, steps);
    return new SqliteRows(db);
  } catch (error) {
    if (faultOf(error) !== 'schema') throw error;
    // Our mark on other tables, unless a newer version has just made them.
    const isNewer = schemaState(db, steps.length) === 'newer';
    throw new ArchiveFault(isNewer ? 'newerSchema' : 'damaged');
  }
}

function prepare(db: DatabaseSync, steps: readonly string[]): void {
  // As a pragma: the constructor's option does nothing on Node 22.15.
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // Before anything that writes: a newer version's database is left as it is.
  if (schemaState(db, steps.length) === 'newer') throw new ArchiveFault('newerSchema');
  keepLog(db);
  db.exec(`PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${LOG_PAGES}; PRAGMA journal_size_limit = ${LOG_PAGES * 4096}`);
  const state = migrate(db, steps);
  if (state !== 'ready') throw new ArchiveFault(state === 'newer' ? 'newerSchema' : 'damaged');
}

/** Where the file system cannot share memory, SQLite keeps its rollback journal, which works. */
function keepLog(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA journal_mode = WAL');
  } catch (error) {
    // What is there can be read all the same; the first write will say it again.
    if (faultOf(error) !== 'readOnly') throw error;
  }
}

function close(db: DatabaseSync): void {
  try {
    db.close();
  } catch {
    // It is given up anyway; an unfinished transaction is rolled back by whoever opens it next.
  }
}
