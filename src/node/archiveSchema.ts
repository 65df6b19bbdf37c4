import type { DatabaseSync } from 'node:sqlite';

/** Marks the file as ours ("KimQ"), so that another program's database is not taken for it. */
const APPLICATION_ID = 0x4b696d51;

/**
 * The schema as steps: step n leads from version n to n + 1. A released step is never edited; a
 * change is a new step. Triggers count changes, so that no writer can forget to.
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
];

/** What the file is: ours and ready, ours but of a newer version, or another program's. */
export type SchemaState = 'ready' | 'newer' | 'foreign';

/** Brings an empty or older database up to `steps`, in one transaction; leaves others as they are. */
export function migrate(db: DatabaseSync, steps = MIGRATIONS): SchemaState {
  const state = schemaState(db, steps.length);
  if (state !== 'older') return state;
  db.exec('BEGIN IMMEDIATE');
  // Another window may have done it while we waited for the lock.
  const stateNow = schemaState(db, steps.length);
  if (stateNow === 'older') {
    for (const step of steps.slice(readNumber(db, 'PRAGMA user_version'))) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${steps.length}`);
  }
  db.exec('COMMIT');
  return stateNow === 'older' ? 'ready' : stateNow;
}

/** Looks only: a database of a newer version is not touched, not even its journal mode. */
export function schemaState(db: DatabaseSync, current = MIGRATIONS.length): SchemaState | 'older' {
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
