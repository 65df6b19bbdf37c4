import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../../src/node/archiveFile.ts';
import { openArchive, type OpenedArchive, runSql, useFolder } from '../support/archiveFixture.ts';
import { incidentOf } from '../support/incidents.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import { batch, checkpoint, failed } from '../support/tailBatches.ts';

/** Every operation that writes or looks, as a window does that knows of nothing. */
async function goOn({ archive }: OpenedArchive): Promise<void> {
  await archive.readChangeCount();
  await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 1_000 });
  await archive.claimRead({ subject: 's', now: NOW, minGapMs: 1 });
  await archive.appendSnapshot(snapshotAt(NOW + 1));
  await archive.set('a', '2');
  await archive.commitTail(batch([failed('b')], [checkpoint('a', { byteOffset: 20 })]));
  await archive.saveIncidents([incidentOf('b')]);
  await archive.prune(NOW);
}

/** Steps of a newer version, each of which an older window meets in another way. */
const steps: Record<string, string> = {
  'a table is gone': 'ALTER TABLE event RENAME TO failure',
  'a column is gone': 'ALTER TABLE snapshot DROP COLUMN json',
  'a column must be given': `DROP TABLE value; CREATE TABLE value (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL, at INTEGER NOT NULL)`,
  'a column has another type': `DROP TABLE incident; CREATE TABLE incident (
    id INTEGER PRIMARY KEY, fromAt INTEGER, toAt INTEGER, json TEXT) STRICT`,
  'only the version shows it': '',
};

describe('SqliteArchive, when a newer version migrates the file under it', () => {
  const inFolder = useFolder();
  let path: string;
  let opened: OpenedArchive;

  beforeEach(async () => {
    path = inFolder('archive.db');
    opened = openArchive(path);
    await opened.archive.appendSnapshot(snapshotAt(NOW));
    await opened.archive.set('b', '1');
    await opened.archive.commitTail(batch([failed('a')], [checkpoint('a')]));
  });
  afterEach(() => opened.archive.dispose());

  for (const [title, sql] of Object.entries(steps))
    it(`switches to memory, and leaves the file unchanged: ${title}`, async () => {
      const { archive, log, clock } = opened;
      const healths: string[] = [];
      archive.onDidChangeHealth(health => healths.push(JSON.stringify(health)));
      runSql(path, `BEGIN; ${sql}; PRAGMA user_version = ${MIGRATIONS.length + 1}; COMMIT`);
      const before = contentOf(path);
      for (let i = 0; i < 3; i++) {
        await goOn(opened);
        clock.pass(61_000);
      }
      assert.deepEqual(healths, ['{"kind":"memory","reason":"newerSchema"}']);
      assert.equal(log.lines.length, 1, log.lines.join('\n'));
      assert.deepEqual(contentOf(path), before);
      assert.equal(existsSync(`${path}.bad`), false);
      assert.equal(await archive.get('a'), '2');
      assert.equal((await archive.readHistory({ origin: ORIGIN })).at(-1)?.at, NOW + 1);
      assert.deepEqual(await archive.readCheckpoints(), [checkpoint('a', { byteOffset: 20 })]);
    });

  it('whose operations are the first to meet it, one by one', async () => {
    const gone = 'ALTER TABLE event RENAME TO failure';
    const operations: [sql: string, (archive: OpenedArchive['archive']) => Promise<unknown>][] = [
      [gone, archive => archive.commitTail(batch([failed('c')]))],
      [gone, archive => archive.readEvents()],
      [gone, archive => archive.prune(NOW)],
      [steps['a column must be given'] ?? '', archive => archive.set('a', '1')],
      [
        steps['a column has another type'] ?? '',
        archive => archive.saveIncidents([incidentOf('a')]),
      ],
    ];
    for (const [i, [sql, operation]] of operations.entries()) {
      const file = inFolder(`${i}.db`);
      const { archive } = openArchive(file);
      await archive.readLatest();
      const version = MIGRATIONS.length + 1;
      runSql(file, `${sql}; PRAGMA user_version = ${version}`);
      await operation(archive);
      assert.deepEqual(archive.health, { kind: 'memory', reason: 'newerSchema' });
      archive.dispose();
    }
  });

  it('takes the same with its own version for damage', async () => {
    const { archive, log } = opened;
    runSql(path, 'DROP TABLE event');
    assert.deepEqual(await archive.commitTail(batch([failed('b')])), [failed('b')]);
    assert.deepEqual(archive.health, { kind: 'disk' });
    assert.match(log.lines.join(), /^warn: The archive was damaged/);
    assert.ok(existsSync(`${path}.bad`));
  });
});

function contentOf(path: string): unknown {
  const db = new DatabaseSync(path);
  const tables = db.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table'`).all();
  const rows = tables.map(({ name }) => db.prepare(`SELECT * FROM ${name}`).all());
  db.close();
  return { tables, rows };
}
