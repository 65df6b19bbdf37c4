import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { openArchive } from '../support/archiveFixture.ts';
import { kill, useWorkers } from '../support/archiveWorkers.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';

const WRITER_COUNT = 10;
const KILL_COUNT = process.env.KIMI_QUOTA_THOROUGH === '1' ? 200 : 40;

/** Windows that are open at the same time while one after the other is killed. */
const SLOT_COUNT = 4;

interface Stored {
  readonly count: number;
  readonly last: number;
}

/** The records of one writer. They are numbered, so that a gap shows. */
function storedBy(db: DatabaseSync, origin: string): Stored {
  const row = db
    .prepare('SELECT count(DISTINCT at) AS count, max(at) AS last FROM snapshot WHERE origin = ?')
    .get(origin);
  return { count: Number(row?.count), last: row?.last ? Number(row.last) - NOW : 0 };
}

function checkOf(db: DatabaseSync, pragma: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}

describe('SqliteArchive in several processes', () => {
  const { inFolder, start } = useWorkers();
  let path: string;

  beforeEach(() => (path = inFolder('archive.db')));

  /** Lets ten processes write in parallel, and returns what they reported as stored. */
  async function writeWithTen(count: number): Promise<unknown[]> {
    const writers = Array.from({ length: WRITER_COUNT }, (_, i) =>
      start({ kind: 'write', path, origin: `https://host${i}`, count }),
    );
    await Promise.all(writers.map(writer => once(writer, 'spawn')));
    const lasts = writers.map(lastMessage);
    for (const writer of writers) writer.send('go');
    return Promise.all(lasts);
  }

  function assertAllStored(count: number): void {
    const db = new DatabaseSync(path);
    for (let i = 0; i < WRITER_COUNT; i++)
      assert.deepEqual(storedBy(db, `https://host${i}`), { count, last: count });
    assert.equal(checkOf(db, 'integrity_check'), 'ok');
    db.close();
  }

  it('T2: keeps every record of ten writers with 1,000 records each', async () => {
    const healths = await writeWithTen(1_000);
    assert.deepEqual(new Set(healths), new Set(['disk']));
    assertAllStored(1_000);
    assert.equal(existsSync(`${path}.bad`), false);
  });

  it('T1: keeps every record when ten windows find the file damaged at the same time', async () => {
    writeFileSync(path, Buffer.alloc(9_000, 'kimi'));
    const healths = await writeWithTen(50);
    assert.deepEqual(new Set(healths), new Set(['disk']));
    assertAllStored(50);
    assert.equal(statSync(`${path}.bad`).size, 9_000);
  });

  it('T3: loses nothing that was stored, and nothing else, when killed at random', async () => {
    const first = openArchive(path).archive;
    await first.readLatest();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA busy_timeout = 5000');
    let killCount = 0;
    const killOneAfterTheOther = async (): Promise<void> => {
      while (killCount < KILL_COUNT) {
        const origin = `https://host${killCount++}`;
        const reported = await killAtRandom(start({ kind: 'write', path, origin }));
        const { count, last } = storedBy(db, origin);
        assert.equal(count, last, `a gap after ${killCount} kills`);
        assert.ok(count >= reported, `${reported} were stored, ${count} are there`);
        if (killCount % 20 === 0) assert.equal(checkOf(db, 'quick_check'), 'ok');
      }
    };
    await Promise.all(Array.from({ length: SLOT_COUNT }, killOneAfterTheOther));
    assert.equal(checkOf(db, 'integrity_check'), 'ok');
    assert.equal(existsSync(`${path}.bad`), false);
    db.close();
    first.dispose();
  });

  it('T3: after a loss of power, opens with all up to some record, wherever the log ends', async () => {
    const { archive } = openArchive(path);
    const append = (n: number): Promise<void> => archive.appendSnapshot(snapshotAt(NOW + n));
    for (let n = 1; n <= 100; n++) await append(n);
    // What is in the database was flushed there, and the log before it; what follows was not.
    const db = new DatabaseSync(path);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    for (let n = 101; n <= 112; n++) await append(n);
    const log = readFileSync(`${path}-wal`);
    const frame = 4096 + 24;
    const copy = inFolder('copy.db');
    let lastCount = 100;
    for (let end = 32; end + frame <= log.length; end += frame / 2) {
      copyFileSync(path, copy);
      // The system may have written later parts of the log and not this one.
      writeFileSync(`${copy}-wal`, Buffer.from(log).fill(0, end, end + frame));
      const opened = openArchive(copy);
      const times = (await opened.archive.readHistory({ origin: ORIGIN })).map(
        ({ at }) => at - NOW,
      );
      assert.deepEqual(
        times,
        times.map((_, i) => i + 1),
      );
      assert.ok(times.length >= lastCount);
      lastCount = times.length;
      assert.deepEqual(opened.log.lines, []);
      opened.archive.dispose();
      rmSync(`${copy}-shm`, { force: true });
    }
    assert.equal(lastCount, 111);
    db.close();
    archive.dispose();
  });
});

/** The last message of a process before it ended. */
async function lastMessage(worker: ChildProcess): Promise<unknown> {
  let last: unknown;
  worker.on('message', message => (last = message));
  await once(worker, 'disconnect');
  return last;
}

/** Kills a writer somewhere between its start and its 30th record; returns its last reported count. */
async function killAtRandom(writer: ChildProcess): Promise<number> {
  const killAfter = Math.floor(Math.random() * 30);
  let reported = 0;
  const reached = new Promise<void>(resolve => {
    if (killAfter === 0) resolve();
    writer.on('message', n => {
      reported = Number(n);
      if (reported >= killAfter) resolve();
    });
  });
  writer.send('go');
  await reached;
  await kill(writer);
  return reported;
}
