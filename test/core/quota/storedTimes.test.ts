import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { loadSharedStatus } from '../../../src/core/quota/accountStore.ts';
import { FOREIGN_USE_KEY, loadActivity } from '../../../src/core/quota/activity.ts';
import { parseStoredSnapshot } from '../../../src/core/quota/snapshot.ts';
import { ORIGIN } from '../../support/fakeQuotaClient.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

/** A number that no `Date` can write would end a report with a RangeError. */
describe('A stored time', () => {
  const rows: [time: number, isTime: boolean][] = [
    [NOW, true],
    [0, true],
    [Date.UTC(2100, 0, 1), true],
    [Date.UTC(2100, 0, 1) + 1, false],
    [1e300, false],
    [-1, false],
  ];
  for (const [time, isTime] of rows)
    it(`${isTime ? 'may' : 'must not'} be ${time}`, async () => {
      const windows = [{ id: '5h', usedPercent: 1, resetsAt: time }];
      const json = JSON.stringify({ clockSkewMs: 0, windows });
      const snapshots = [
        parseStoredSnapshot({ at: NOW, origin: ORIGIN, json }),
        parseStoredSnapshot({ at: time, origin: ORIGIN, json: '{"clockSkewMs":0,"windows":[]}' }),
      ];
      assert.deepEqual(
        snapshots.map(snapshot => snapshot !== undefined),
        [isTime, isTime],
      );
      const archive = openMemoryArchive();
      await archive.set(`lastRead ${ORIGIN}`, JSON.stringify({ at: time, failureCount: 1 }));
      const { lastReadAt } = await loadSharedStatus(archive, ORIGIN);
      assert.equal(lastReadAt, isTime ? time : undefined);
      const use = { origin: ORIGIN, windowId: '5h', from: NOW, to: time, points: 9 };
      await archive.set(FOREIGN_USE_KEY, JSON.stringify(use));
      const { foreignUse } = await loadActivity(archive, NOW);
      assert.equal(foreignUse !== undefined, isTime && time >= NOW);
    });
});
