import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type * as sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { ArchiveFault, faultOf } from './archiveFault.ts';
import { errorCode, makeFolder } from './fileSystem.ts';
import { SqliteRows } from './sqliteRows.ts';

/** `application_id` of the archive ("KimQ"), to recognize other programs' databases. */
const APPLICATION_ID = 0x4b696d51;

/**
 * The schema as migrations: step n leads from version n to n + 1. A released step is never edited.
 * Triggers count changes, so that no writer can omit it.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE changes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
   INSERT INTO changes VALUES (1, 0);
   CREATE TABLE snapshot (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, origin TEXT NOT NULL, json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX snapshotByOrigin ON snapshot (origin);
   CREATE TRIGGER snapshotAdded AFTER INSERT ON snapshot
     BEGIN UPDATE changes SET count = count + 1; END;`,
  `CREATE TABLE value (
     id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL
   ) STRICT;
   CREATE TRIGGER valueAdded AFTER INSERT ON value
     BEGIN UPDATE changes SET count = count + 1; END;
   CREATE TRIGGER valueRemoved AFTER DELETE ON value
     BEGIN UPDATE changes SET count = count + 1; END;`,
  `CREATE TABLE lease (
     id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, expiresAt INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE lastRead (subject TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;`,
  `CREATE TABLE event (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, agent TEXT NOT NULL, session TEXT NOT NULL,
     contentKey TEXT NOT NULL UNIQUE, file TEXT NOT NULL, byteOffset INTEGER NOT NULL,
     json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX eventByTime ON event (at);
   CREATE TRIGGER eventAdded AFTER INSERT ON event
     BEGIN UPDATE changes SET count = count + 1; END;
   CREATE TRIGGER eventAmended AFTER UPDATE ON event
     BEGIN UPDATE changes SET count = count + 1; END;
   CREATE TABLE checkpoint (
     fingerprint TEXT PRIMARY KEY, byteOffset INTEGER NOT NULL, marker TEXT NOT NULL, memory TEXT,
     seenAt INTEGER NOT NULL
   ) STRICT;`,
  `CREATE TABLE incident (
     id TEXT PRIMARY KEY, fromAt INTEGER NOT NULL, toAt INTEGER NOT NULL, json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX incidentByTime ON incident (toAt);
   CREATE TRIGGER incidentAdded AFTER INSERT ON incident
     BEGIN UPDATE changes SET count = count + 1; END;
   CREATE TRIGGER incidentChanged AFTER UPDATE ON incident
     BEGIN UPDATE changes SET count = count + 1; END;`,
  // Not counted as a change: an agent's every response adds to it.
  `CREATE TABLE ledgerTexts (
     id INTEGER PRIMARY KEY, account TEXT NOT NULL, agent TEXT NOT NULL, session TEXT NOT NULL,
     model TEXT NOT NULL, project TEXT NOT NULL, isSubagent INTEGER NOT NULL,
     UNIQUE (session, agent, account, model, project, isSubagent)
   ) STRICT;
   CREATE TABLE ledger (
     slot INTEGER NOT NULL, spanMs INTEGER NOT NULL, texts INTEGER NOT NULL,
     answers INTEGER NOT NULL, failures INTEGER NOT NULL, retries INTEGER NOT NULL,
     input INTEGER NOT NULL, cacheRead INTEGER NOT NULL, cacheWrite INTEGER NOT NULL,
     output INTEGER NOT NULL, PRIMARY KEY (slot, spanMs, texts)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE ledgerKeys (slot INTEGER PRIMARY KEY, keys BLOB NOT NULL) STRICT;
   ALTER TABLE checkpoint ADD COLUMN countedFrom INTEGER;`,
];

/** `newer`: from a newer version of the extension. `foreign`: another program's database. */
export type SchemaState = 'ready' | 'newer' | 'foreign';

/** Migrates an empty or older database in one transaction. Leaves others unchanged. */
export function migrate(db: DatabaseSync, steps = MIGRATIONS): SchemaState {
  const state = schemaState(db, steps.length);
  if (state !== 'older') return state;
  db.exec('BEGIN IMMEDIATE');
  // Another window may have migrated it during the wait for the lock.
  const stateNow = schemaState(db, steps.length);
  if (stateNow === 'older') {
    for (const step of steps.slice(readNumber(db, 'PRAGMA user_version'))) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${steps.length}`);
  }
  db.exec('COMMIT');
  return stateNow === 'older' ? 'ready' : stateNow;
}

/** Read-only: does not even change the journal mode. */
function schemaState(db: DatabaseSync, current = MIGRATIONS.length): SchemaState | 'older' {
  const version = readNumber(db, 'PRAGMA user_version');
  if (readNumber(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    const isEmpty = version === 0 && readNumber(db, 'SELECT count(*) FROM sqlite_schema') === 0;
    return isEmpty ? 'older' : 'foreign';
  }
  if (version > current) return 'newer';
  return version === current ? 'ready' : 'older';
}

function readNumber(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}

/**
 * How long a statement may block the extension host for a lock, in ms; after that, the caller waits
 * asynchronously. Opening takes up to four locks, and 50 ms in total is the limit.
 */
const BUSY_TIMEOUT_MS = 10;

/** Pages of 4 KB in the WAL before a checkpoint: 256 KB, and 3 ms. */
const LOG_PAGES = 64;

/**
 * How long a mark keeps others from opening the file. Setting it aside takes milliseconds, and an
 * older mark is from a window that crashed meanwhile, or waits for another program.
 */
const STALE_MARK_MS = 3_000;

const SUFFIXES = ['-wal', '-shm', ''];

/** Path of an archive without a file. */
export const IN_MEMORY = ':memory:';

/** An open database. */
export interface ArchiveFile {
  readonly db: DatabaseSync;
  readonly rows: SqliteRows;
  /** Throws unless the database accepts a write. */
  probe(): void;
  close(): void;
}

/** How to open an archive. */
export interface ArchiveFileOptions {
  readonly path: string;
  /** Default: `DatabaseSync` of `node:sqlite`, loaded on the first call. */
  readonly openDatabase?: (path: string) => DatabaseSync;
  /** Default: `MIGRATIONS`. */
  readonly steps?: readonly string[];
}

/**
 * Creates the folder and an empty file with access for this user only, if missing. Returns the
 * file's identity. A failure is not reported here: SQLite reports it with a result code.
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
 * Opens the database and migrates its schema. Throws errors for `faultOf`: `moved` if the path no
 * longer leads to the file `identity`.
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

/** The file at a path, by device and inode; undefined if none. Takes about 5 µs. */
export function identify(path: string): string | undefined {
  if (path === IN_MEMORY) return undefined;
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** True: a window is setting the file aside, so that all must close it. Takes about 5 µs. */
export function isBeingSetAside(path: string): boolean {
  return path !== IN_MEMORY && (ageOfMark(markOf(path)) ?? Infinity) <= STALE_MARK_MS;
}

const markOf = (path: string): string => `${path}.aside`;

/**
 * `other`: the path leads to another file, or another window is moving it, so open it again. `held`:
 * it is open somewhere, which prevents the move on Windows. The mark stays, so that the other
 * windows close it; call again with `isMarked`.
 */
export type Removal = 'done' | 'other' | 'held';

/**
 * Moves a damaged file and its WAL to `.bad`, and replaces an older one. Throws the system's errors.
 */
export function setAside(path: string, identity: string | undefined, isMarked: boolean): Removal {
  const mark = markOf(path);
  // One window at a time: a second one would move the new file.
  if (!(isMarked && isBeingSetAside(path)) && !putMark(mark)) return 'other';
  let isHeld = false;
  try {
    if (identify(path) !== identity) return 'other';
    for (const suffix of SUFFIXES) {
      rmSync(`${path}.bad${suffix}`, { force: true });
      if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.bad${suffix}`);
    }
    return 'done';
  } catch (error) {
    isHeld = isHeldByOther(error);
    if (!isHeld) throw error;
    return 'held';
  } finally {
    if (!isHeld) rmSync(mark, { force: true });
  }
}

function putMark(mark: string): boolean {
  try {
    closeSync(openSync(mark, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // One that has just gone is not stale: the next may be another window's.
    if ((ageOfMark(mark) ?? 0) > STALE_MARK_MS) rmSync(mark, { force: true });
    return false;
  }
}

/** In ms, positive even for a mark from the future; undefined: there is none. */
function ageOfMark(mark: string): number | undefined {
  const stat = statSync(mark, { throwIfNoEntry: false });
  return stat && Math.abs(Date.now() - stat.mtimeMs);
}

/** Windows reports an open file as busy, and one that is about to be deleted as forbidden. */
function isHeldByOther(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EBUSY' || (process.platform === 'win32' && code === 'EPERM');
}

/**
 * `node:sqlite`. Node 22 warns at the first use that it may change, which would reach the terminal
 * of whoever runs the command line.
 */
export function loadSqlite(): typeof sqlite {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    // `import` is asynchronous, and `require` is missing in an ES module.
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

const openWithNode = (path: string): DatabaseSync => new (loadSqlite().DatabaseSync)(path);

function prepareRows(db: DatabaseSync, steps: readonly string[]): SqliteRows {
  try {
    prepare(db, steps);
    return new SqliteRows(db);
  } catch (error) {
    if (faultOf(error) !== 'schema') throw error;
    // A newer version may have just migrated the tables; otherwise they are not those of the
    // archive.
    const isNewer = schemaState(db, steps.length) === 'newer';
    throw new ArchiveFault(isNewer ? 'newerSchema' : 'damaged');
  }
}

function prepare(db: DatabaseSync, steps: readonly string[]): void {
  // As a pragma: the constructor's option does nothing on Node 22.15.
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // Before any write: a newer version's database stays unchanged.
  if (schemaState(db, steps.length) === 'newer') throw new ArchiveFault('newerSchema');
  useWal(db);
  db.exec(`PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${LOG_PAGES}; PRAGMA journal_size_limit = ${LOG_PAGES * 4096}`);
  const state = migrate(db, steps);
  if (state !== 'ready') throw new ArchiveFault(state === 'newer' ? 'newerSchema' : 'damaged');
}

/** SQLite keeps its rollback journal where the file system cannot share memory. */
function useWal(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA journal_mode = WAL');
  } catch (error) {
    // The rows are still readable, and the first write fails again.
    if (faultOf(error) !== 'readOnly') throw error;
  }
}

function close(db: DatabaseSync): void {
  try {
    db.close();
  } catch {
    // Not used again. The next process to open it rolls back an open transaction.
  }
}
