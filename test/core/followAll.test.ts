import assert from 'node:assert/strict';
import { followAll } from '../../src/core/base/archiveFollower.ts';
import { settled } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';

describe('followAll', () => {
  it('lets every store follow, and logs one that cannot', async () => {
    const log = new FakeLog();
    let count = 0;
    const well = { follow: async () => count++ };
    const ill = { follow: () => Promise.reject(new RangeError('no word of this is logged')) };
    followAll([well, ill, well], log);
    await settled();
    assert.equal(count, 2);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? '', /^error: What is stored could not be read: RangeError\b/);
    assert.doesNotMatch(log.lines[0] ?? '', /no word/);
  });
});
