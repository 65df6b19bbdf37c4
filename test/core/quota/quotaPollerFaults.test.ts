import assert from 'node:assert/strict';
import type { KeyLookup } from '../../../src/core/accounts/foundKey.ts';
import { settled } from '../../support/fakeClock.ts';
import { FakeMachine, lookupOf } from '../../support/fakeMachine.ts';
import { ORIGIN, snapshotOf } from '../../support/fakeQuotaClient.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const TICK = 4 * S;

let machine: FakeMachine;
function useMachine(): void {
  beforeEach(() => {
    machine = new FakeMachine();
  });
}

/** The wall clock jumps, and the timers do not notice: a sleep, or a clock that was corrected. */
function jump(ms: number): void {
  machine.clock.setNow(machine.clock.now() + ms);
}

describe('QuotaPoller: jumps of the clock', () => {
  useMachine();
  for (const [name, ms] of [
    ['a sleep of 8 h', 8 * HOUR],
    ['a jump of a day', DAY],
    ['a jump of a year', 365 * DAY],
  ] as const) {
    it(`E12 reads once within 5 s of ${name}, then at the cadence`, async () => {
      await machine.openAlone();
      await machine.clock.advance(MIN);
      jump(ms);
      assert.equal(await machine.requestsIn(5 * S), 1);
      assert.equal(await machine.requestsIn(5 * MIN - TICK - S), 0);
      assert.equal(await machine.requestsIn(2 * TICK), 1);
    });
  }

  it('E12 does not read after a sleep shorter than the cadence', async () => {
    await machine.openAlone();
    await machine.clock.advance(MIN);
    jump(2 * MIN);
    assert.equal(await machine.requestsIn(MIN), 0);
    assert.equal(await machine.requestsIn(MIN + TICK), 1);
  });

  for (const [name, ms] of [
    ['an hour', HOUR],
    ['a day', DAY],
  ] as const) {
    it(`E11 keeps the cadence when the clock goes back by ${name}`, async () => {
      await machine.openAlone();
      await machine.clock.advance(MIN);
      jump(-ms);
      assert.equal(await machine.requestsIn(4 * MIN - S), 0);
      assert.equal(await machine.requestsIn(TICK + S), 1);
      assert.equal(await machine.requestsIn(HOUR), 12);
    });

    it(`E11 reads once in ten windows when the clock goes back by ${name}`, async () => {
      const windows = await Promise.all(Array.from({ length: 10 }, () => machine.open(true)));
      await machine.clock.advance(MIN);
      assert.equal(machine.requestCount, 1);
      jump(-ms);
      assert.equal(await machine.requestsIn(5 * MIN), 1);
      for (const window of windows) window.close();
    });

    it(`reads immediately in a new window that finds a read ${name} in the future`, async () => {
      const { poller } = await machine.openAlone();
      poller.dispose();
      jump(-ms);
      await machine.openAlone();
      assert.equal(machine.requestCount, 2);
      assert.equal(await machine.requestsIn(HOUR), 12);
    });
  }

  it('notices a log change although the clock was set back', async () => {
    const { poller } = await machine.openAlone(false);
    jump(-DAY);
    await machine.clock.advance(6 * MIN);
    poller.agentMoved();
    assert.equal(await machine.requestsIn(TICK), 1);
  });
});

describe('QuotaPoller: keys', () => {
  useMachine();
  it('neither reads nor spins without a key', async () => {
    machine.key = undefined;
    let lookCount = 0;
    machine.readKey = async () => {
      lookCount++;
      return lookupOf(machine.key);
    };
    const { poller, store } = await machine.openAlone();
    assert.equal(await machine.requestsIn(DAY), 0);
    assert.equal(store.status.access, 'none');
    assert.deepEqual(poller.next, { kind: 'never', reason: 'noKey' });
    assert.equal(lookCount, 1);
    await poller.ask();
    await poller.readAfterLimitError();
    assert.equal(machine.requestCount, 0);
  });

  it('reads when a key was set in another window', async () => {
    machine.key = undefined;
    const { poller } = await machine.openAlone();
    machine.key = 'sk-kimi-two';
    await poller.lookAtKey();
    assert.equal(await machine.requestsIn(TICK), 1);
  });

  it('looks for a key again when the window is watched again', async () => {
    machine.key = undefined;
    const { poller } = await machine.openAlone();
    poller.setFocused(false);
    machine.key = 'sk-kimi-two';
    poller.setFocused(true);
    assert.equal(await machine.requestsIn(TICK), 1);
  });

  it('uses the trial of a new key, and reads an interval later', async () => {
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    const { poller, store } = await machine.openAlone();
    await machine.clock.advance(MIN);
    machine.kimi.answer = () => machine.kimi.fresh();
    await poller.keyChanged(machine.kimi.fresh());
    assert.equal(store.status.outcome?.kind, 'fresh');
    assert.equal(await machine.requestsIn(5 * MIN - S), 0);
    assert.equal(await machine.requestsIn(TICK + S), 1);
  });

  it('reads immediately with a new untried key, and shows no number of the old one', async () => {
    const { poller, store } = await machine.openAlone();
    machine.kimi.answer = () => ({ kind: 'unreachable', cause: 'dns' });
    machine.key = 'sk-kimi-two';
    await poller.keyChanged();
    assert.deepEqual(machine.kimi.requests.at(-1)?.key, 'sk-kimi-two');
    assert.equal(store.status.snapshot, undefined);
    const later = await machine.openAlone(false);
    assert.equal(later.store.status.snapshot, undefined);
  });

  it('drops the late response for a key that was changed here, and reads with the new one', async () => {
    const { poller, store } = await openWaiting();
    machine.key = 'sk-kimi-two';
    machine.kimi.answer = key =>
      key === 'sk-kimi-two' ? machine.kimi.fresh() : { kind: 'unauthorized' };
    const changed = poller.keyChanged();
    await settled();
    assert.equal(machine.requestCount, 1);
    machine.kimi.open();
    await changed;
    assert.equal(store.status.outcome?.kind, 'fresh');
    assert.deepEqual(
      machine.kimi.requests.map(({ key }) => key),
      ['sk-kimi-one', 'sk-kimi-two'],
    );
    assert.equal(machine.kimi.mostAtOnce, 1);
  });

  it('drops a late response from before a key was set again, even if the key is the same', async () => {
    const { poller, store } = await openWaiting();
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    await poller.keyChanged(machine.kimi.fresh());
    machine.kimi.open();
    await settled();
    assert.equal(store.status.outcome?.kind, 'fresh');
  });

  it('does not return to the stored state from before a response', async () => {
    const { poller, store } = await machine.openAlone();
    await machine.clock.advance(MIN);
    let answer = (_: KeyLookup): void => undefined;
    const slowKey = new Promise<KeyLookup>(resolve => (answer = resolve));
    machine.readKey = () => slowKey;
    const followed = poller.follow();
    await settled();
    machine.readKey = async () => lookupOf(machine.key);
    machine.kimi.answer = () => ({ kind: 'gone', status: 404 });
    await poller.ask();
    answer(lookupOf('sk-kimi-one'));
    await followed;
    assert.equal(store.status.outcome?.kind, 'gone');
  });

  it('drops the late response for a key that was changed in another window', async () => {
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    const { store } = await openWaiting();
    machine.key = 'sk-kimi-two';
    machine.kimi.open();
    await settled();
    assert.equal(store.status.outcome, undefined);
    assert.equal(store.status.access, 'key');
  });
});

/** A window whose first read hangs. */
async function openWaiting() {
  machine.kimi.shut();
  const window = machine.create();
  void window.poller.start(true);
  await settled();
  assert.equal(machine.requestCount, 1);
  return window;
}

describe('QuotaPoller: defects and the end', () => {
  useMachine();
  it('logs and counts a client that throws, without its message, and continues', async () => {
    const { poller, store } = await machine.openAlone();
    machine.kimi.answer = () => {
      throw new TypeError('sk-kimi-one is in here');
    };
    assert.equal(await machine.requestsIn(HOUR), 12);
    assert.equal(poller.defectCount, 12);
    assert.ok(machine.log.lines.some(line => line.startsWith('error') && /TypeError/.test(line)));
    assert.ok(!machine.log.lines.some(line => line.includes('sk-kimi-one')));
    machine.kimi.answer = () => machine.kimi.fresh();
    machine.kimi.usedPercent = 40;
    await machine.clock.advance(5 * MIN + TICK);
    assert.equal(store.status.snapshot?.windows[0]?.usedPercent, 40);
  });

  it('does not spin when the key ring throws, and continues when it recovers', async () => {
    let lookCount = 0;
    machine.readKey = async () => {
      lookCount++;
      throw new Error('locked');
    };
    await machine.openAlone();
    await machine.clock.advance(10 * MIN);
    assert.ok(lookCount <= 21, `${lookCount} looks in 10 minutes`);
    machine.readKey = async () => lookupOf(machine.key);
    assert.equal(await machine.requestsIn(MIN), 1);
  });

  it('does not spin when another window claimed the read and was killed', async () => {
    const { archive, clock } = machine;
    await archive.claimRead({ subject: ORIGIN, now: clock.now(), minGapMs: 0 });
    let claimCount = 0;
    const claim = archive.claimRead.bind(archive);
    archive.claimRead = request => {
      claimCount++;
      return claim(request);
    };
    await machine.openAlone();
    assert.equal(await machine.requestsIn(5 * MIN - S), 0);
    assert.ok(claimCount <= 10, `${claimCount} claims`);
    assert.equal(await machine.requestsIn(30 * S + TICK), 1);
  });

  it('stores a response although its display throws', async () => {
    const { store } = await machine.openAlone();
    store.onDidChange(() => {
      throw new Error('a defect of a surface');
    });
    machine.kimi.usedPercent = 55;
    await machine.clock.advance(5 * MIN + TICK);
    const [latest] = await machine.archive.readLatest();
    assert.equal(latest?.windows[0]?.usedPercent, 55);
    assert.equal(await machine.requestsIn(HOUR), 12);
  });

  it('leaves no timer and stops reading once disposed', async () => {
    const { poller } = await machine.openAlone();
    poller.dispose();
    poller.setFocused(true);
    poller.agentMoved();
    await poller.follow();
    assert.equal(machine.clock.timerCount, 0);
    assert.equal(await machine.requestsIn(DAY), 0);
  });

  it('leaves no timer when disposed during a read, and keeps the response for the next window', async () => {
    const { poller } = await openWaiting();
    poller.dispose();
    machine.kimi.open();
    await settled();
    assert.equal(machine.clock.timerCount, 0);
    const next = await machine.openAlone();
    assert.deepEqual(next.store.status.snapshot, snapshotOf(machine.clock.now(), 16));
    assert.equal(machine.requestCount, 1);
  });
});
