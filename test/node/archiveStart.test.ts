import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeSnapshot } from '../../src/core/quota/snapshot.ts';
import { migrate, MIGRATIONS } from '../../src/node/archiveFile.ts';
import type { SqliteArchiveOptions } from '../../src/node/sqliteArchive.ts';
import {
  assertInMemory,
  fill,
  openArchive,
  type OpenedArchive,
  runSql,
  useFolder,
} from '../support/archiveFixture.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';

/** Starts on `path` as the extension does, and reads all history. */
async function start(
  path: string,
  options: Partial<SqliteArchiveOptions> = {},
): Promise<OpenedArchive & { readonly historyCount: number }> {
  const opened = openArchive(path, options);
  await opened.archive.readLatest();
  const history = await opened.archive.readHistory({ origin: ORIGIN });
  return { ...opened, historyCount: history.length };
}

/** What is written now can be read by another window. */
async function assertStores({ archive }: OpenedArchive, path: string): Promise<void> {
  const snapshot = snapshotAt(NOW + 1_000_000_000);
  await archive.appendSnapshot(snapshot);
  const other = openArchive(path).archive;
  assert.deepEqual(await other.readLatest(), [snapshot]);
  assert.deepEqual(archive.health, { kind: 'disk' });
  other.dispose();
  archive.dispose();
}

const isWindows = process.platform === 'win32';

describe('SqliteArchive starts', () => {
  const inFolder = useFolder();
  let path: string;

  beforeEach(() => {
    path = inFolder('archive.db');
  });

  describe('T1: a damaged or foreign file is set aside, reported once, and replaced', () => {
    const damages: Record<string, () => void> = {
      garbage: () => writeFileSync(path, Buffer.alloc(9_000, 'kimi')),
      'cut in half': () => truncateSync(path, statSync(path).size / 2),
      'a cut header': () => truncateSync(path, 60),
      'damaged pages inside, found by reading': () => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0xa5, bytes.length / 4, bytes.length / 2));
      },
      "another program's database": () => runSql(path, 'PRAGMA application_id = 7'),
      'our mark on other tables': () => runSql(path, 'DROP TABLE value'),
    };
    for (const [title, damage] of Object.entries(damages)) {
      it(title, async () => {
        fill(path, 2_000);
        damage();
        writeFileSync(`${path}.bad`, 'older');
        writeFileSync(`${path}.bad-wal`, 'older');
        const opened = await start(path);
        assert.equal(opened.historyCount, 0);
        assert.equal(opened.log.lines.length, 1);
        assert.match(opened.log.lines[0] ?? '', /^warn: .*damaged/);
        const names = readdirSync(dirname(path)).filter(name => name.includes('bad'));
        assert.deepEqual(names, ['archive.db.bad']);
        assert.notEqual(statSync(`${path}.bad`).size, 5);
        await assertStores(opened, path);
      });
    }

    it('takes its log along', async () => {
      fill(path, 10);
      const opened = openArchive(path);
      await opened.archive.appendSnapshot(snapshotAt(NOW));
      writeFileSync(path, Buffer.alloc(9_000, 'kimi'));
      const fresh = await startBeside(opened);
      // On Windows, the other window had to close the file, and SQLite then removed the log.
      assert.ok(existsSync(isWindows ? `${path}.bad` : `${path}.bad-wal`));
      await assertStores(fresh, path);
      opened.archive.dispose();
    });

    /** On Windows, the file can be moved only after the other window has seen the mark. */
    async function startBeside({ archive }: OpenedArchive) {
      const starting = start(path, { lockWaitMs: Infinity });
      if (isWindows) {
        assert.ok(existsSync(`${path}.aside`));
        const looking = archive.readChangeCount();
        utimesSync(`${path}.aside`, 0, 0);
        await looking;
      }
      return starting;
    }

    it('is set aside when no other program has it open', async () => {
      writeFileSync(path, Buffer.alloc(9_000, 'kimi'));
      const other = new DatabaseSync(path);
      const opened = openArchive(path, { lockWaitMs: 1_000 });
      await opened.archive.readLatest();
      assert.equal(opened.archive.health.kind, isWindows ? 'memory' : 'disk');
      other.close();
      rmSync(`${path}.aside`, { force: true });
      opened.clock.pass(61_000);
      await assertStores(opened, path);
      assert.equal(statSync(`${path}.bad`).size, 9_000);
    });

    it('a crash while setting the file aside blocks no other window', async () => {
      writeFileSync(path, 'garbage'.repeat(100));
      writeFileSync(`${path}.aside`, '');
      utimesSync(`${path}.aside`, 0, 0);
      await assertStores(await start(path), path);
      assert.equal(existsSync(`${path}.aside`), false);
    });
  });

  it('T1: an empty file is a new archive, with nothing to report', async () => {
    writeFileSync(path, '');
    const opened = await start(path);
    assert.deepEqual(opened.log.lines, []);
    await assertStores(opened, path);
  });

  for (let version = 1; version < MIGRATIONS.length; version++) {
    it(`T1: version ${version} of the schema is migrated, and its rows are kept`, async () => {
      const db = new DatabaseSync(path);
      assert.equal(migrate(db, MIGRATIONS.slice(0, version)), 'ready');
      const insert = db.prepare('INSERT INTO snapshot (at, origin, json) VALUES (?, ?, ?)');
      const { at, origin, json } = storeSnapshot(snapshotAt(NOW));
      insert.run(at, origin, json);
      db.close();
      const opened = await start(path);
      assert.equal(opened.historyCount, 1);
      assert.deepEqual(opened.log.lines, []);
      await assertStores(opened, path);
    });
  }

  it('T1: a newer schema stays unchanged', async () => {
    fill(path, 10);
    runSql(path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    const before = readFileSync(path);
    const opened = await start(path);
    assert.equal(opened.historyCount, 0);
    await assertInMemory(opened, 'newerSchema');
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(dirname(path)), ['archive.db']);
  });

  it('T1: a file of 1 GB is opened as fast as a small one', async () => {
    fill(path, 4_000);
    // Pages that belong to no table, as a deletion leaves them; sparse, so that no disk is needed.
    const pageCount = Math.floor(1_000_000_000 / 4096);
    truncateSync(path, pageCount * 4096);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(pageCount);
    const file = openSync(path, 'r+');
    writeSync(file, header, 0, 4, 28);
    closeSync(file);
    const opened = await start(path);
    assert.equal(opened.historyCount, 4_000);
    await assertStores(opened, path);
  });

  it('T1: a directory in its place means memory, with one message', async () => {
    mkdirSync(path);
    await assertInMemory(openArchive(path), 'cannotOpen');
  });

  it('T1: a folder that cannot be means memory, with one message', async () => {
    writeFileSync(path, '');
    await assertInMemory(openArchive(inFolder('archive.db', 'inside', 'a.db')), 'cannotOpen');
  });

  for (const journal of ['delete', 'wal']) {
    it(`T1: a read-only file (${journal}) means memory with what can be read`, async () => {
      fill(path, 10);
      runSql(path, `PRAGMA journal_mode = ${journal}`);
      // Not by its mode, which does not bind the superuser.
      const openDatabase = (file: string) => new DatabaseSync(file, { readOnly: true });
      const opened = await start(path, { openDatabase });
      assert.equal(opened.historyCount, 10);
      await assertInMemory(opened, 'readOnly');
      assert.equal(existsSync(`${path}.bad`), false);
    });
  }

  it('T1: rows that do not validate are skipped, counted, and reported once', async () => {
    fill(path, 10);
    const bad = ['', 'null', '7', '{"windows":[]}', '{"clockSkewMs":0,"windows":[{"id":7}]}'];
    for (const json of bad)
      runSql(path, `INSERT INTO snapshot (at, origin, json) VALUES (1, '${ORIGIN}', '${json}')`);
    const { archive, log, historyCount } = await start(path);
    assert.equal(historyCount, 10);
    assert.deepEqual(await archive.readLatest(), [snapshotAt(NOW + 9)]);
    assert.deepEqual(log.lines.length, 1);
    assert.match(log.lines[0] ?? '', /Skipped 5 invalid rows/);
    archive.dispose();
  });
});
