import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RequestFailed } from '../../src/core/agents/signal.ts';
import type { Checkpoint, TailedFailure } from '../../src/core/agents/tail.ts';
import type { Archive } from '../../src/core/ledger/archive.ts';
import { openArchive, type OpenedArchive, runSql, useFolder } from '../support/archiveFixture.ts';
import { incidentOf } from '../support/incidents.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import { batch, checkpoint, failed } from '../support/tailBatches.ts';

/** Numbers that are no whole milliseconds, no time at all, or beyond what a column takes. */
const hostileNumber = fc.oneof(
  fc.constantFrom(NaN, Infinity, -Infinity, 1e300, -1e300, 2 ** 53, 2 ** 63, -1, -0, 0.5),
  fc.double({ min: NOW - 1e9, max: NOW + 1e7 }),
  fc.double(),
);
const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\0', 'a\0b', '\ud800', '\udfff', '"', "'; DROP TABLE event; --"),
);

const hostileFailure = fc
  .record({ at: hostileNumber, key: hostileText, more: hostileNumber, text: hostileText })
  .map(({ at, key, more, text }): TailedFailure => {
    const fields: Partial<RequestFailed> = {
      at,
      text,
      session: text,
      notAfter: more,
      status: more,
    };
    const { signal } = failed(`hostile ${key}`, fields);
    return { signal: signal as RequestFailed, file: text, byteOffset: more };
  });
const hostileCheckpoint = fc
  .record({ byteOffset: hostileNumber, seenAt: hostileNumber, memory: hostileText })
  .map((fields): Checkpoint => checkpoint('hostile', fields));

describe('SqliteArchive: what the database refuses', () => {
  const inFolder = useFolder();
  let opened: OpenedArchive;
  let archive: Archive;

  beforeEach(() => {
    opened = openArchive(inFolder('archive.db'));
    ({ archive } = opened);
  });
  afterEach(() => archive.dispose());

  it('never costs the rest of its batch, and wedges nothing', async () => {
    let n = 0;
    const hostile = fc.array(hostileFailure, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(hostile, hostileCheckpoint, async (failures, ofHostile) => {
        const [first, last, file] = [`good ${++n}`, `good ${++n}`, `file ${n}`];
        const signals = [failed(first), ...failures, failed(last)];
        const amendments = failures.map(({ signal }) => ({ ...signal, contentKey: first }));
        const news = await archive.commitTail(batch(signals, [ofHostile, checkpoint(file)]));
        const keys = news.map(({ signal }) => signal.contentKey);
        assert.ok(keys.includes(first) && keys.includes(last), keys.join());
        await archive.commitTail(batch([], [], { amendments }));
        const stored = await archive.readCheckpoints();
        assert.ok(stored.some(({ fingerprint }) => fingerprint === file));
        const events = await archive.readEvents();
        assert.ok(events.some(({ signal }) => signal.contentKey === last));
        for (const { signal, byteOffset } of events)
          assert.ok(Number.isSafeInteger(signal.at) && Number.isSafeInteger(byteOffset));
        assert.deepEqual(archive.health, { kind: 'disk' });
      }),
      { numRuns: 150 },
    );
  });

  it('rejects no operation, whatever its numbers', async () => {
    await fc.assert(
      fc.asyncProperty(hostileNumber, hostileNumber, hostileText, async (now, other, text) => {
        await archive.appendSnapshot({ ...snapshotAt(NOW, text), at: now, clockSkewMs: other });
        await archive.set(text, text);
        await archive.saveIncidents([
          incidentOf('hostile', { id: text, from: now, to: other }),
          incidentOf('good'),
        ]);
        await archive.takeLease({ owner: text, now, leaseMs: other });
        await archive.claimRead({ subject: text, now, minGapMs: other });
        await archive.prune(NOW);
        await archive.readLatest();
        await archive.readHistory({ origin: text });
        const ids = (await archive.readIncidents()).map(({ id }) => id);
        assert.ok(ids.includes('good'), ids.join());
        assert.deepEqual(archive.health, { kind: 'disk' });
      }),
      { numRuns: 100 },
    );
  });

  it('only drops the refused record, and logs it once', async () => {
    const half = { at: NOW + 0.5 };
    for (const name of ['a', 'b'])
      await archive.commitTail(batch([failed(name), failed(`${name} half`, half)]));
    const keys = (await archive.readEvents()).map(({ signal }) => signal.contentKey);
    assert.deepEqual(keys, ['a', 'b']);
    assert.deepEqual(opened.log.lines, ['warn: Dropped a record that the archive rejected.']);
  });

  it('is a value beyond the range of a number: its row is skipped', async () => {
    await archive.commitTail(batch([failed('a'), failed('b')], [checkpoint('a'), checkpoint('b')]));
    for (const at of [NOW, NOW + 1]) await archive.appendSnapshot(snapshotAt(at));
    const huge = String(2n ** 60n);
    runSql(
      inFolder('archive.db'),
      `UPDATE event SET byteOffset = ${huge} WHERE contentKey = 'a';
       UPDATE checkpoint SET seenAt = ${huge} WHERE fingerprint = 'a';
       UPDATE snapshot SET at = ${huge} WHERE id = 2`,
    );
    assert.deepEqual(await archive.readEvents(), [failed('b')]);
    assert.deepEqual(await archive.readCheckpoints(), [checkpoint('b')]);
    assert.deepEqual(await archive.readLatest(), [snapshotAt(NOW)]);
    assert.deepEqual(await archive.readHistory({ origin: ORIGIN }), [snapshotAt(NOW)]);
  });

  const times: [table: string, path: string, of: () => Promise<readonly unknown[]>][] = [
    ['snapshot', '$.windows[0].resetsAt', () => archive.readLatest()],
    ['event', '$.notAfter', () => archive.readEvents()],
    ['incident', '$.from', () => archive.readIncidents()],
    ['incident', '$.waitUntil', () => archive.readIncidents()],
    ['incident', '$.course[0].at', () => archive.readIncidents()],
    ['incident', '$.verdict.retryAt', () => archive.readIncidents()],
    ['incident', '$.example.signal.at', () => archive.readIncidents()],
  ];
  for (const [table, path, read] of times)
    for (const time of ['1e300', '-1', '8.64e15'])
      it(`is a ${table} whose ${path} is ${time}, written by another version`, async () => {
        await archive.appendSnapshot(snapshotAt(NOW));
        await archive.commitTail(batch([failed('a')]));
        await archive.saveIncidents([incidentOf('a')]);
        assert.equal((await read()).length, 1);
        const file = inFolder('archive.db');
        runSql(file, `UPDATE ${table} SET json = json_set(json, '${path}', ${time})`);
        assert.deepEqual(await read(), []);
      });
});
