import assert from 'node:assert/strict';
import { useWorkers } from '../support/archiveWorkers.ts';
import { takeOver } from '../support/takeover.ts';

/** 200 times in `npm run bench`. */
const KILL_COUNT = 12;

describe('LogTailer in two processes', () => {
  const { inFolder, start } = useWorkers();

  it('loses nothing and repeats nothing when one takes over from the other, killed in mid-write', async () => {
    const report = await takeOver({ folder: inFolder(), start, killCount: KILL_COUNT });
    const { writtenCount, storedCount, distinctCount, integrity } = report;
    assert.ok(writtenCount > KILL_COUNT);
    assert.deepEqual([storedCount, distinctCount], [writtenCount, writtenCount]);
    assert.equal(integrity, 'ok');
  });
});
