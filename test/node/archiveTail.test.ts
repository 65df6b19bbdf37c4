import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { Archive } from '../../src/core/ledger/archive.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { TAIL_RETENTION } from '../../src/core/agents/tail.ts';
import { openArchive, runSql, useFolder } from '../support/archiveFixture.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { NOW, snapshotAt } from '../support/snapshots.ts';
import { batch, checkpoint, failed } from '../support/tailBatches.ts';

const DAY_MS = 86_400_000;

async function keysOf(archive: Archive): Promise<string[]> {
  return (await archive.readEvents()).map(({ signal }) => signal.contentKey);
}

const archives: [name: string, create: (path: string) => Archive][] = [
  ['SqliteArchive', path => openArchive(path).archive],
  ['SqliteArchive in memory', () => openMemoryArchive()],
];
for (const [name, create] of archives)
  describe(`${name}: what was read from logs`, () => {
    const inFolder = useFolder();
    let archive: Archive;

    beforeEach(() => {
      archive = create(inFolder('archive.db'));
    });
    afterEach(() => archive.dispose());

    it('gives back failures with every field, and where they stand', async () => {
      const full = failed('a', {
        agentVersion: '2',
        subagent: 'agent-1',
        isThreadUnknown: true,
        model: 'kimi-for-coding',
        request: 'r',
        isSideRequest: true,
        evidence: { providerId: 'p', product: 'kimi-code', otherProvider: 'openai' },
        status: 429,
        errorType: 'rate_limit_reached_error',
        retryAfterMs: 1_500,
        isFinal: true,
        notAfter: NOW + 1,
        attemptCount: 3,
      });
      const news = await archive.commitTail(batch([full, failed('b', { text: '' })]));
      assert.deepEqual(news, [full, failed('b', { text: '' })]);
      assert.deepEqual(await archive.readEvents(), news);
    });

    it('S5: stores a failure once, and returns the new ones', async () => {
      await archive.commitTail(batch([failed('a')]));
      const news = await archive.commitTail(batch([failed('a'), failed('b'), failed('b')]));
      assert.deepEqual(news, [failed('b')]);
      assert.deepEqual(await keysOf(archive), ['a', 'b']);
    });

    it('keeps no other signals', async () => {
      const { signal, ...where } = failed('a');
      const started = { ...where, signal: { ...signal, kind: 'requestStarted' as const } };
      assert.deepEqual(await archive.commitTail(batch([started])), []);
      assert.deepEqual(await archive.readEvents(), []);
    });

    it('keeps no failure of a time that is past, or cannot be true', async () => {
      const times = [NOW - 91 * DAY_MS, NOW - 89 * DAY_MS, NOW, NOW + 2 * DAY_MS];
      await archive.commitTail(batch(times.map((at, i) => failed(`${i}`, { at }))));
      assert.deepEqual(await keysOf(archive), ['1', '2']);
    });

    it('reads the newest, in the order of their time', async () => {
      const times = [4, 1, 3, 2, 5];
      await archive.commitTail(batch(times.map(t => failed(`${t}`, { at: NOW + t }))));
      const read = async (query: object): Promise<string> =>
        (await archive.readEvents(query)).map(({ signal }) => signal.contentKey).join('');
      assert.equal(await read({}), '12345');
      assert.equal(await read({ limit: 2 }), '45');
      assert.equal(await read({ since: NOW + 3 }), '345');
      assert.equal(await read({ since: NOW + 3, limit: 1 }), '5');
    });

    it('lets later knowledge of a failure replace it, and of an unknown one nothing', async () => {
      await archive.commitTail(batch([failed('a')]));
      const more = ['a', 'b'].map(key => failed(key, { subagent: 'agent-1' }).signal);
      const amendments = more.filter(signal => signal.kind === 'requestFailed');
      await archive.commitTail(batch([], [], { amendments }));
      assert.deepEqual(await archive.readEvents(), [failed('a', { subagent: 'agent-1' })]);
    });

    it('replaces the checkpoint of a file', async () => {
      await archive.commitTail(batch([], [checkpoint('a', { memory: '{}' }), checkpoint('b')]));
      await archive.commitTail(batch([], [checkpoint('a', { byteOffset: 12 })]));
      const stored = [...(await archive.readCheckpoints())];
      stored.sort((x, y) => (x.fingerprint < y.fingerprint ? -1 : 1));
      assert.deepEqual(stored, [checkpoint('a', { byteOffset: 12 }), checkpoint('b')]);
    });

    it('counts new and amended failures as changes, and checkpoints not', async () => {
      const counts = [await archive.readChangeCount()];
      const steps = [
        batch([failed('a')], [checkpoint('a')]),
        batch([failed('a')], [checkpoint('a')]),
        batch([], [checkpoint('b')]),
        batch([], [], {
          amendments: [failed('a').signal].filter(it => it.kind === 'requestFailed'),
        }),
      ];
      for (const step of steps) {
        await archive.commitTail(step);
        counts.push(await archive.readChangeCount());
      }
      assert.deepEqual(
        counts.slice(1).map((count, i) => count > counts[i]!),
        [true, false, false, true],
      );
    });

    it('bounds both: by age and by number, the oldest go', async () => {
      const { maxEvents, maxCheckpoints, checkpointKeepMs } = TAIL_RETENTION;
      const excess = 3;
      const signals = Array.from({ length: maxEvents + excess }, (_, i) => failed(`${i}`));
      const checkpoints = Array.from({ length: maxCheckpoints + excess }, (_, i) =>
        checkpoint(`${i}`, { seenAt: NOW + i }),
      );
      const old = [checkpoint('old', { seenAt: NOW - checkpointKeepMs - 1 })];
      await archive.commitTail(batch(signals, [...checkpoints, ...old]));
      await archive.prune(NOW);
      const keys = await keysOf(archive);
      assert.deepEqual([keys.length, keys[0]], [maxEvents, `${excess}`]);
      const stored = await archive.readCheckpoints();
      assert.equal(stored.length, maxCheckpoints);
      assert.ok(!stored.some(({ fingerprint }) => /^[012]$|old/.test(fingerprint)));
      await archive.prune(NOW + 91 * DAY_MS);
      assert.deepEqual([await keysOf(archive), await archive.readCheckpoints()], [[], []]);
    });
  });

describe('SqliteArchive: what was read from logs', () => {
  const inFolder = useFolder();
  let path: string;

  beforeEach(() => {
    path = inFolder('archive.db');
  });

  it('leaves out rows that do not validate, and counts them', async () => {
    const { archive, log } = openArchive(path);
    await archive.commitTail(batch([failed('a'), failed('b')], [checkpoint('a'), checkpoint('b')]));
    runSql(path, `UPDATE event SET json = '{"text":5}' WHERE contentKey = 'a'`);
    runSql(path, `UPDATE checkpoint SET byteOffset = -1 WHERE fingerprint = 'a'`);
    assert.deepEqual(await keysOf(archive), ['b']);
    assert.deepEqual(await archive.readCheckpoints(), [checkpoint('b')]);
    assert.deepEqual(log.lines, ['warn: Skipped 1 invalid rows of the archive.']);
    archive.dispose();
  });

  it('is shared by all windows', async () => {
    const [a, b] = [openArchive(path).archive, openArchive(path).archive];
    await a.commitTail(batch([failed('a')], [checkpoint('a')]));
    assert.deepEqual(await b.commitTail(batch([failed('a')])), []);
    assert.deepEqual(await b.readCheckpoints(), [checkpoint('a')]);
    for (const archive of [a, b]) archive.dispose();
  });

  it('takes what is known to memory, and what came meanwhile back to the disk', async () => {
    const databases = new FaultyDatabases();
    const { archive, clock } = openArchive(path, { openDatabase: databases.open });
    await archive.commitTail(batch([failed('a')], [checkpoint('a')]));
    Object.assign(databases, { errcode: 13, failAt: databases.executedCount + 1, failCount: 1 });
    await archive.appendSnapshot(snapshotAt(NOW));
    assert.equal(archive.health.kind, 'memory');
    assert.deepEqual(await archive.commitTail(batch([failed('a'), failed('b')])), [failed('b')]);
    clock.pass(60_001);
    assert.deepEqual(await keysOf(archive), ['a', 'b']);
    assert.equal(archive.health.kind, 'disk');
    archive.dispose();
    const again = openArchive(path).archive;
    assert.deepEqual(await keysOf(again), ['a', 'b']);
    again.dispose();
  });

  for (const errcode of [5, 10, 13])
    it(`T4: failures and checkpoint are stored together when any statement fails with ${errcode}`, async () => {
      const statements = new FaultyDatabases();
      const first = openArchive(path, { openDatabase: statements.open }).archive;
      await first.commitTail(batch([failed('a')]));
      const before = statements.executedCount;
      await first.commitTail(batch([failed('b'), failed('c')], [checkpoint('x')]));
      const count = statements.executedCount - before;
      first.dispose();
      for (let n = 1; n <= count; n++) {
        const file = inFolder(`${n}.db`);
        const databases = new FaultyDatabases();
        const { archive, clock } = openArchive(file, { openDatabase: databases.open });
        await archive.commitTail(batch([failed('a')]));
        const failAt = databases.executedCount + n;
        Object.assign(databases, { errcode, failAt, failCount: 1 });
        await archive.commitTail(batch([failed('b'), failed('c')], [checkpoint('x')]));
        assertTogether(file);
        clock.pass(60_001);
        assert.deepEqual(await keysOf(archive), ['a', 'b', 'c']);
        assert.deepEqual(archive.health, { kind: 'disk' });
        archive.dispose();
        assertTogether(file);
      }
    });
});

/** Either all of the second batch is on the disk, or nothing. */
function assertTogether(file: string): void {
  const db = new DatabaseSync(file);
  const row = db
    .prepare(
      `SELECT (SELECT count(*) FROM event WHERE contentKey <> 'a') AS events,
        (SELECT count(*) FROM checkpoint) AS checkpoints`,
    )
    .get();
  db.close();
  assert.ok(
    (row?.events === 2 && row.checkpoints === 1) || (row?.events === 0 && row.checkpoints === 0),
    JSON.stringify(row),
  );
}
