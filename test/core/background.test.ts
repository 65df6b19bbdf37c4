import assert from 'node:assert/strict';
import { Debounce, inBackground } from '../../src/core/base/background.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';

describe('inBackground', () => {
  it('logs the kind of a fault, never its message', async () => {
    const log = new FakeLog();
    inBackground(Promise.reject(new TypeError('/home/me/sk-kimi-secret')), log);
    inBackground(Promise.resolve('done'), log);
    await settled();
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0]!, /^error: A task in the background failed: TypeError at /);
    assert.doesNotMatch(log.lines[0]!, /secret/);
  });
});

describe('Debounce', () => {
  const cases: [name: string, gapMs: number, calls: number, runsAtMs: number[]][] = [
    ['one call', 0, 1, [100]],
    ['calls at the same time', 0, 5, [100]],
    ['calls with a pause after each', 150, 3, [100, 250, 400]],
    ['calls without a pause', 50, 21, [500, 1000, 1100]],
  ];
  for (const [name, gapMs, calls, expected] of cases)
    it(`runs for ${name} at ${expected.join(', ')} ms`, async () => {
      const clock = new FakeClock();
      const runsAtMs: number[] = [];
      const run = () => void runsAtMs.push(clock.monotonicMs());
      const debounce = new Debounce({ clock, quietMs: 100, longestMs: 500, run });
      for (let call = 0; call < calls; call++) {
        debounce.ask();
        await clock.advance(gapMs);
      }
      await clock.advance(1000);
      assert.deepEqual(runsAtMs, expected);
      debounce.ask();
      debounce.dispose();
      assert.equal(clock.timerCount, 0);
    });
});
