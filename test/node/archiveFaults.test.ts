import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Archive } from '../../src/core/ledger/archive.ts';
import { openArchive, type OpenedArchive, useFolder } from '../support/archiveFixture.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import type { MemoryReason } from '../../src/core/base/store.ts';

/** Every operation once, on an archive that holds something already. */
async function doEverything(archive: Archive): Promise<void> {
  await archive.readLatest();
  await archive.appendSnapshot(snapshotAt(NOW + 1));
  await archive.readHistory({ origin: ORIGIN });
  await archive.set('a', '2');
  await archive.get('a');
  await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 100 });
  await archive.claimRead({ subject: 's', now: NOW, minGapMs: 100 });
  await archive.releaseLease('a');
  await archive.prune(NOW);
  await archive.readChangeCount();
}

/** What each number of SQLite leads to when it comes once, and when it stays. */
const faults: { errcode: number; loses?: true; once: 'disk' | 'memory'; lasting: MemoryReason }[] =
  [
    { errcode: 5, once: 'disk', lasting: 'busy' },
    { errcode: 8, once: 'disk', lasting: 'readOnly' },
    { errcode: 10, once: 'disk', lasting: 'io' },
    { errcode: 11, once: 'disk', lasting: 'damaged', loses: true },
    { errcode: 13, once: 'memory', lasting: 'full' },
    { errcode: 14, once: 'disk', lasting: 'cannotOpen' },
    { errcode: 26, once: 'disk', lasting: 'damaged', loses: true },
    // The same with the extended part that SQLite adds: locked by a recovery, a failed read.
    { errcode: 5 | (1 << 8), once: 'disk', lasting: 'busy' },
    { errcode: 10 | (1 << 8), once: 'disk', lasting: 'io' },
  ];

describe('SqliteArchive, when its n-th statement fails', () => {
  const inFolder = useFolder();
  let statementCount: number;
  let filled: Buffer;
  let fileCount = 0;

  function openFaulty(): OpenedArchive & { databases: FaultyDatabases; path: string } {
    const path = inFolder(`${fileCount++}.db`);
    writeFileSync(path, filled);
    const databases = new FaultyDatabases();
    return { ...openArchive(path, { openDatabase: databases.open }), databases, path };
  }

  beforeEach(async () => {
    const first = openArchive(inFolder('first.db'));
    await first.archive.appendSnapshot(snapshotAt(NOW));
    await first.archive.set('a', '1');
    first.archive.dispose();
    filled = readFileSync(inFolder('first.db'));
    const { archive, databases } = openFaulty();
    await doEverything(archive);
    archive.dispose();
    statementCount = databases.executedCount;
    assert.ok(statementCount > 15);
  });

  for (const { errcode, loses, once } of faults) {
    it(`T1, T4: with ${errcode} once, nothing rejects, and it stores again within a minute`, async () => {
      for (let n = 1; n <= statementCount; n++) {
        const { archive, databases, clock, log, path } = openFaulty();
        Object.assign(databases, { errcode, failAt: n, failCount: 1 });
        await doEverything(archive);
        assert.equal(archive.health.kind, once, `statement ${n}`);
        clock.pass(60_001);
        await archive.appendSnapshot(snapshotAt(NOW + 2));
        assert.deepEqual(archive.health, { kind: 'disk' }, `statement ${n}`);
        const warnings = log.lines.filter(line => line.startsWith('warn'));
        assert.equal(warnings.length, loses || once === 'memory' ? 1 : 0, warnings.join('\n'));
        assertIntact(path, loses ? [NOW + 2] : [NOW, NOW + 1, NOW + 2], `statement ${n}`);
        archive.dispose();
      }
    });
  }

  for (const { errcode, lasting, loses } of faults) {
    it(`T1, T4: with ${errcode} from then on, it switches to memory with one message`, async () => {
      for (let n = 1; n <= statementCount; n++) {
        const { archive, databases, clock, log, path } = openFaulty();
        Object.assign(databases, { errcode, failAt: n, failCount: Infinity });
        await doEverything(archive);
        clock.pass(60_001);
        await doEverything(archive);
        assert.deepEqual(archive.health, { kind: 'memory', reason: lasting }, `statement ${n}`);
        const messages = log.lines.filter(line => line.includes('cannot be stored'));
        assert.equal(messages.length, 1);
        assert.equal(await archive.get('a'), '2');
        assert.equal((await archive.readLatest())[0]?.at, NOW + 1);
        databases.failAt = Infinity;
        clock.pass(60_001);
        await archive.appendSnapshot(snapshotAt(NOW + 2));
        assert.deepEqual(archive.health, { kind: 'disk' });
        archive.dispose();
        if (!loses) assertIntact(path, [NOW, NOW + 1, NOW + 2], `statement ${n}`);
      }
    });
  }

  it('T2: waits for the lock of another program without blocking the event loop', async () => {
    const path = inFolder('locked.db');
    const { archive, clock } = openArchive(path);
    await archive.readLatest();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    let waitCount = 0;
    const after = clock.after.bind(clock);
    clock.after = (delayMs, callback) => {
      if (++waitCount === 20) other.exec('COMMIT');
      return after(delayMs, callback);
    };
    await archive.appendSnapshot(snapshotAt(NOW));
    assert.equal((await archive.readLatest()).length, 1);
    assert.equal(waitCount, 20);
    other.close();
    archive.dispose();
  });
});

function assertIntact(path: string, expected: readonly number[], where: string): void {
  const db = new DatabaseSync(path);
  assert.deepEqual(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {}), ['ok']);
  const stored = db.prepare('SELECT at FROM snapshot ORDER BY at').all();
  const times = stored.map(({ at }) => Number(at) - NOW);
  for (const at of expected)
    assert.ok(times.includes(at - NOW), `${at - NOW} of ${times}, ${where}`);
  db.close();
}
