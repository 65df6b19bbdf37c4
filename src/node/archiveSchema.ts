import type { DatabaseSync } from 'node:sqlite';

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
