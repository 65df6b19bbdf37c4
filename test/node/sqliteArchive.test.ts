import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RETENTION } from '../../src/core/quota/snapshot.ts';
import { assertInMemory, fill, openArchive, useFolder } from '../support/archiveFixture.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';

describe('SqliteArchive', () => {
  const inFolder = useFolder();
  let path: string;

  beforeEach(() => {
    path = inFolder('archive.db');
  });

  it('T4: a full disk rolls back, keeps stored rows, and switches to memory', async () => {
    fill(path, 100);
    const opened = openArchive(path, {
      openDatabase: where => {
        const db = new DatabaseSync(where);
        db.exec(`PRAGMA max_page_count = 15`);
        return db;
      },
    });
    const { archive } = opened;
    for (let i = 0; archive.health.kind === 'disk'; i++) {
      assert.ok(i < 1_000);
      await archive.appendSnapshot(snapshotAt(NOW + 100 + i));
    }
    const history = await archive.readHistory({ origin: ORIGIN });
    assert.deepEqual(
      history.map(({ at }) => at),
      history.map((_, i) => NOW + i),
    );
    await assertInMemory(opened, 'full');
    const db = new DatabaseSync(path);
    assert.deepEqual(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {}), ['ok']);
    const stored = db.prepare('SELECT count(*) AS count FROM snapshot').get()?.count;
    assert.equal(stored, history.length - 1);
    db.close();
  });

  it('T6: 90 days of reads every five minutes stay within 2 MB, the log included', async () => {
    const { archive } = openArchive(path);
    const perDay = 288;
    let largest = 0;
    for (let day = 0; day < 92; day++) {
      const midnight = NOW + day * 86_400_000;
      fill(path, perDay, i => midnight + i * 300_000);
      await archive.prune(midnight + 86_400_000);
      const files = readdirSync(dirname(path));
      const size = files.map(name => statSync(inFolder(name)).size).reduce((a, b) => a + b, 0);
      largest = Math.max(largest, size);
    }
    const kept = await archive.readHistory({ origin: ORIGIN });
    assert.ok(kept.length > 7 * perDay + 82 * 24, `${kept.length} kept`);
    assert.ok(kept.length < RETENTION.maxSnapshots);
    assert.ok(largest <= 2_000_000, `${largest} bytes`);
    archive.dispose();
  });

  it('follows when another window has set the file aside', async function () {
    // Windows moves no open file: archiveStart.test.ts has what happens there.
    if (process.platform === 'win32') return this.skip();
    const [a, b] = [openArchive(path), openArchive(path)];
    await a.archive.appendSnapshot(snapshotAt(NOW));
    for (const suffix of ['-wal', '-shm', '']) renameSync(path + suffix, `${path}.bad${suffix}`);
    await b.archive.appendSnapshot(snapshotAt(NOW + 1));
    await a.archive.appendSnapshot(snapshotAt(NOW + 2));
    assert.equal((await b.archive.readHistory({ origin: ORIGIN })).length, 2);
    for (const { archive, log } of [a, b]) {
      assert.deepEqual(log.lines, []);
      archive.dispose();
    }
  });

  it('makes the folder and a file that only the user can read', async () => {
    path = inFolder('a', 'b', 'archive.db');
    const { archive } = openArchive(path);
    assert.equal(existsSync(dirname(path)), false, 'the constructor touches nothing');
    await archive.appendSnapshot(snapshotAt(NOW));
    for (const suffix of ['', '-wal', '-shm'])
      if (process.platform !== 'win32') assert.equal(statSync(path + suffix).mode & 0o777, 0o600);
    archive.dispose();
  });

  it('closes a file that others can read to them', async function () {
    if (process.platform === 'win32') return this.skip();
    for (const mode of [0o644, 0o666, 0o640, 0o755]) {
      fill(path, 1);
      chmodSync(path, mode);
      const { archive } = openArchive(path);
      await archive.appendSnapshot(snapshotAt(NOW));
      for (const suffix of ['', '-wal', '-shm'])
        assert.equal(statSync(path + suffix).mode & 0o077, 0, `${mode.toString(8)} ${suffix}`);
      archive.dispose();
    }
  });

  it('gives a lease back though it is disposed in the same breath', async () => {
    const { archive } = openArchive(path);
    await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 1_000 });
    void archive.releaseLease('a');
    archive.dispose();
    const other = openArchive(path).archive;
    assert.ok(await other.takeLease({ owner: 'b', now: NOW, leaseMs: 1_000 }));
    other.dispose();
  });
});
