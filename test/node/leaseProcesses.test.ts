import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { kill, useWorkers } from '../support/archiveWorkers.ts';

const WINDOW_COUNT = 3;

/** Two heartbeats, 30 s, in 2 s of the test's time. */
const SPEED = 15;

describe('Lease in several processes', () => {
  const { inFolder, start } = useWorkers();

  it('T7, E22: is taken over by one other process after its holder was killed', async () => {
    const path = inFolder('archive.db');
    const holders: ChildProcess[] = [];
    let announce = (): void => undefined;
    for (let i = 0; i < WINDOW_COUNT; i++) {
      const window = start({ kind: 'lease', path, owner: `window ${i}`, speed: SPEED });
      window.on('message', isHeld => {
        assert.equal(isHeld, true, 'nobody loses it alive');
        holders.push(window);
        announce();
      });
      window.send('go');
    }
    const holderCount = (count: number): Promise<void> =>
      new Promise(resolve => {
        announce = () => holders.length >= count && resolve();
        announce();
      });

    for (let n = 1; n < WINDOW_COUNT; n++) {
      await holderCount(n);
      await kill(holders[n - 1]!);
      await holderCount(n + 1);
      assert.equal(holders.length, n + 1);
    }
    assert.equal(new Set(holders).size, WINDOW_COUNT);
  });
});
