import assert from 'node:assert/strict';
import { readClock } from '../../../src/core/base/time.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { nextRead, ReadTimes, type RhythmInput } from '../../../src/core/quota/readRhythm.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const MINUTE = 60_000;

describe('ReadTimes', () => {
  let clock: FakeClock;
  let times: ReadTimes;
  beforeEach(() => {
    clock = new FakeClock();
    times = new ReadTimes(clock);
  });

  it('knows no read at first, nor that an agent has moved', () => {
    assert.deepEqual(
      [times.sinceReadMs, times.hasAgentMoved, times.heldForMs],
      [undefined, false, 0],
    );
  });

  it('counts from the last read of this window', async () => {
    times.noteRead(readClock(clock));
    await clock.advance(MINUTE);
    assert.equal(times.sinceReadMs, MINUTE);
    times.noteRead(readClock(clock));
    assert.equal(times.sinceReadMs, 0);
  });

  it('counts from the last read of another window, until it is not known', () => {
    times.noteReadAt(clock.now() - MINUTE);
    assert.equal(times.sinceReadMs, MINUTE);
    times.noteReadAt(undefined);
    assert.equal(times.sinceReadMs, undefined);
  });

  it('takes a read of a clock that was set back for long ago', () => {
    times.noteReadAt(clock.now() + 60 * MINUTE);
    assert.equal(times.sinceReadMs, Infinity);
  });

  const reads: readonly (readonly [by: string, note: () => void])[] = [
    ['this window', () => times.noteRead(readClock(clock))],
    ['another window', () => times.noteReadAt(clock.now())],
    ['nobody', () => times.noteReadAt(undefined)],
  ];
  for (const [by, note] of reads)
    it(`a read by ${by} ends a hold`, async () => {
      times.hold();
      await clock.advance(10_000);
      assert.equal(times.heldForMs, 20_000);
      note();
      assert.equal(times.heldForMs, 0);
    });

  it('an agent that moves is news once between two reads', async () => {
    assert.deepEqual([times.noteAgentMoved(), times.noteAgentMoved()], [true, false]);
    times.noteRead(readClock(clock));
    assert.equal(times.hasAgentMoved, false, 'at the moment of the read');
    await clock.advance(1);
    assert.deepEqual([times.noteAgentMoved(), times.hasAgentMoved], [true, true]);
    await clock.advance(1);
    assert.equal(times.noteAgentMoved(), false);
    times.noteReadAt(clock.now());
    assert.equal(times.hasAgentMoved, false);
  });
});

describe('Boundaries: the next read', () => {
  const next = (outcome: QuotaOutcome, more: Partial<RhythmInput> = {}) =>
    nextRead({
      now: 0,
      isFocused: true,
      isLeaseHeld: true,
      hasAgentMoved: false,
      heldForMs: 0,
      failureCount: 1,
      jitter: 1,
      outcome,
      ...more,
    });

  for (const outcome of [{ kind: 'unauthorized' }, { kind: 'forbidden', reason: 'quota' }] as const)
    it(`${outcome.kind} has no next read, however long ago the last was`, () => {
      const never = { kind: 'never', reason: 'refused' };
      for (const more of [{}, { sinceReadMs: 0 }, { sinceReadMs: 1e12 }, { heldForMs: 5 }])
        assert.deepEqual(next(outcome, more), never);
    });

  for (const [seconds, reason] of [
    [299, 'interval'],
    [300, 'interval'],
    [301, 'retryAfter'],
  ] as const)
    it(`a wait of ${seconds} s is for the ${reason}`, () => {
      const outcome = { kind: 'rateLimited', retryAfterMs: seconds * 1000 } as const;
      assert.equal(next(outcome, { sinceReadMs: 0 }).reason, reason);
    });
});
