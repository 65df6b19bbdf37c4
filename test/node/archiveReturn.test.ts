import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { RequestFailed } from '../../src/core/agents/signal.ts';
import { openArchive, type OpenedArchive, useFolder } from '../support/archiveFixture.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { incidentOf } from '../support/incidents.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import { batch, checkpoint, failed } from '../support/tailBatches.ts';

type Archive = OpenedArchive['archive'];

/** What a window writes, and how it is seen afterwards. */
const writes: {
  readonly title: string;
  readonly write: (archive: Archive) => Promise<unknown>;
  readonly read: (archive: Archive) => Promise<unknown>;
  readonly expected: unknown;
}[] = [
  {
    title: 'a new value',
    write: archive => archive.set('new', '2'),
    read: archive => archive.get('new'),
    expected: '2',
  },
  {
    title: 'a replaced value',
    write: archive => archive.set('old', '2'),
    read: archive => archive.get('old'),
    expected: '2',
  },
  {
    title: 'a value that was taken back',
    write: archive => archive.set('old', undefined),
    read: archive => archive.get('old'),
    expected: undefined,
  },
  {
    title: 'a value that was taken back and set again',
    write: archive => archive.set('old', undefined).then(() => archive.set('old', '3')),
    read: archive => archive.get('old'),
    expected: '3',
  },
  {
    title: 'every snapshot',
    write: archive =>
      archive
        .appendSnapshot(snapshotAt(NOW + 1))
        .then(() => archive.appendSnapshot(snapshotAt(NOW + 2))),
    read: archive => archive.readHistory({ origin: ORIGIN }),
    expected: [snapshotAt(NOW), snapshotAt(NOW + 1), snapshotAt(NOW + 2)],
  },
  {
    title: 'a failure and its checkpoint',
    write: archive => archive.commitTail(batch([failed('b')], [checkpoint('b')])),
    read: async archive => [await archive.readEvents(), await archive.readCheckpoints()],
    expected: [
      [failed('a'), failed('b')],
      [checkpoint('a'), checkpoint('b')],
    ],
  },
  {
    title: 'later knowledge of a failure',
    write: archive => {
      const signal = failed('a', { subagent: 'x' }).signal as RequestFailed;
      return archive.commitTail(batch([], [], { amendments: [signal] }));
    },
    read: archive => archive.readEvents(),
    expected: [failed('a', { subagent: 'x' })],
  },
  {
    title: 'a checkpoint further on',
    write: archive => archive.commitTail(batch([], [checkpoint('a', { byteOffset: 99 })])),
    read: archive => archive.readCheckpoints(),
    expected: [checkpoint('a', { byteOffset: 99 })],
  },
  {
    title: 'incidents, new and changed',
    write: archive => archive.saveIncidents([incidentOf('a', { count: 2 }), incidentOf('b')]),
    read: archive => archive.readIncidents(),
    expected: [incidentOf('a', { count: 2 }), incidentOf('b')],
  },
];

describe('SqliteArchive, back on the disk after another program has held the file', () => {
  const inFolder = useFolder();
  let path: string;
  let opened: OpenedArchive;
  let blocker: DatabaseSync;

  beforeEach(async () => {
    path = inFolder('archive.db');
    opened = openArchive(path, { lockWaitMs: 0 });
    const { archive } = opened;
    await archive.appendSnapshot(snapshotAt(NOW));
    await archive.set('old', '1');
    await archive.commitTail(batch([failed('a')], [checkpoint('a')]));
    await archive.saveIncidents([incidentOf('a')]);
    blocker = new DatabaseSync(path);
    blocker.exec('BEGIN IMMEDIATE');
    await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 1 });
    assert.deepEqual(archive.health, { kind: 'memory', reason: 'busy' });
  });
  afterEach(() => {
    blocker.close();
    opened.archive.dispose();
  });

  /** The file is free; the next operation carries over. */
  async function release(): Promise<void> {
    if (blocker.isTransaction) blocker.exec('ROLLBACK');
    opened.clock.pass(61_000);
    await opened.archive.readChangeCount();
    assert.deepEqual(opened.archive.health, { kind: 'disk' });
  }

  for (const { title, write, read, expected } of writes)
    it(`has carried over ${title}`, async () => {
      await write(opened.archive);
      assert.deepEqual(await read(opened.archive), expected, 'in memory');
      await release();
      const other = openArchive(path).archive;
      assert.deepEqual(await read(other), expected);
      other.dispose();
    });

  it('keeps rows that it did not write, and newer rows of another window', async () => {
    const { archive } = opened;
    await archive.set('own', '1');
    await archive.commitTail(batch([], [checkpoint('a', { byteOffset: 20 })]));
    await archive.saveIncidents([incidentOf('a', { count: 2 })]);
    blocker.exec('ROLLBACK');
    const other = openArchive(path).archive;
    const further = checkpoint('a', { byteOffset: 30, seenAt: NOW + 5 });
    const later = incidentOf('a', { count: 3, to: NOW + 5 });
    await other.set('old', 'of the other');
    await other.commitTail(batch([], [further]));
    await other.saveIncidents([later]);
    await release();
    assert.equal(await archive.get('old'), 'of the other');
    assert.equal(await archive.get('own'), '1');
    assert.deepEqual(await archive.readCheckpoints(), [further]);
    assert.deepEqual(await archive.readIncidents(), [later]);
    other.dispose();
  });

  it('has carried over each record once, though the disk was full halfway', async () => {
    blocker.exec('ROLLBACK');
    const databases = new FaultyDatabases();
    const { archive, clock } = openArchive(path, { openDatabase: databases.open });
    Object.assign(databases, { errcode: 13, failAt: 0, failCount: Infinity });
    const count = 1_200;
    for (let i = 1; i <= count; i++) await archive.appendSnapshot(snapshotAt(NOW + i));
    databases.concerns = sql => sql.includes('INTO snapshot');
    databases.failAt = databases.executedCount + count / 2;
    clock.pass(61_000);
    await archive.readChangeCount();
    assert.deepEqual(archive.health, { kind: 'memory', reason: 'full' });
    databases.failAt = Infinity;
    clock.pass(61_000);
    const times = (await archive.readHistory({ origin: ORIGIN })).map(({ at }) => at - NOW);
    assert.deepEqual(archive.health, { kind: 'disk' });
    assert.deepEqual(
      times,
      Array.from({ length: count + 1 }, (_, i) => i),
    );
    archive.dispose();
  });

  it('has carried over each record once, though the file was lost again meanwhile', async () => {
    const { archive, clock } = opened;
    const count = 1_200;
    for (let i = 1; i <= count; i++) await archive.appendSnapshot(snapshotAt(NOW + i));
    await release();
    blocker.exec('BEGIN IMMEDIATE');
    await archive.appendSnapshot(snapshotAt(NOW + count + 1));
    assert.equal(archive.health.kind, 'memory');
    clock.pass(61_000);
    await archive.appendSnapshot(snapshotAt(NOW + count + 2));
    await release();
    const times = (await archive.readHistory({ origin: ORIGIN })).map(({ at }) => at - NOW);
    assert.deepEqual(
      times,
      Array.from({ length: count + 3 }, (_, i) => i),
    );
  });
});
