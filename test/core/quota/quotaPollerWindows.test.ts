import assert from 'node:assert/strict';
import { FakeMachine, type FakeWindow } from '../../support/fakeMachine.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const INTERVAL = 5 * MIN;
const TICK = 4 * S;

let machine: FakeMachine;
let windows: FakeWindow[] = [];
function useMachine(): void {
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => {
    machine.dispose();
    assert.equal(machine.clock.timerCount, 0);
    windows = [];
  });
}

async function openTen(isFocused: boolean): Promise<void> {
  for (let index = 0; index < 10; index++) windows.push(await machine.open(isFocused));
}

/** No two requests are closer than the interval. */
function assertApart(leastMs: number): void {
  const times = machine.kimi.requests.map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  assert.ok(Math.min(...gaps) >= leastMs, `gaps of ${Math.min(...gaps) / S} s`);
}

function agentsMove(): void {
  for (const { poller } of windows) poller.agentMoved();
}

describe('QuotaPoller: ten windows on one archive', () => {
  useMachine();
  it('E22 reads once per interval although all ten are focused', async () => {
    await openTen(true);
    await machine.clock.advance(HOUR);
    assert.equal(machine.requestCount, 13);
    assertApart(INTERVAL);
  });

  it('E22 reads once per interval, by the lease holder, while agents run in the background', async () => {
    await openTen(false);
    for (let minute = 0; minute < 60; minute++) {
      agentsMove();
      await machine.clock.advance(MIN);
    }
    assert.ok(machine.requestCount >= 12 && machine.requestCount <= 13, `${machine.requestCount}`);
    assertApart(INTERVAL);
    const reasons = windows.map(({ lease, poller }) => [lease.isHeld, poller.next.reason]);
    assert.equal(reasons.filter(([isHeld]) => isHeld).length, 1);
    for (const [isHeld, reason] of reasons) if (!isHeld) assert.notEqual(reason, 'interval');
  });

  it('E22 shows the reading of one window in all ten within 2 s', async () => {
    await openTen(false);
    machine.kimi.usedPercent = 61;
    windows[7]!.poller.setFocused(true);
    await machine.clock.advance(INTERVAL + TICK);
    await machine.clock.advance(2 * S);
    for (const { store } of windows) {
      assert.equal(store.status.snapshot?.windows[0]?.usedPercent, 61);
    }
  });

  it('E22 makes one extra read a minute in all after limit errors', async () => {
    await openTen(true);
    const before = machine.requestCount;
    for (let second = 0; second < 300; second++) {
      await Promise.all(windows.map(({ poller }) => poller.readAfterLimitError()));
      await machine.clock.advance(S);
    }
    assert.equal(machine.requestCount - before, 4);
    assertApart(MIN);
  });

  it('E22 leaves the extra read to the lease holder in the background', async () => {
    await openTen(false);
    await machine.clock.advance(2 * MIN);
    const before = machine.requestCount;
    const [holders, others] = [true, false].map(isHolder =>
      windows.filter(({ lease }) => lease.isHeld === isHolder),
    );
    await Promise.all(others!.map(({ poller }) => poller.readAfterLimitError()));
    assert.equal(machine.requestCount - before, 0);
    await Promise.all(holders!.map(({ poller }) => poller.readAfterLimitError()));
    assert.equal(machine.requestCount - before, 1);
  });

  it('allows one refresh in 10 s, in any window', async () => {
    await openTen(false);
    await machine.clock.advance(MIN);
    const before = machine.requestCount;
    for (const { poller } of windows) {
      await poller.ask();
      await machine.clock.advance(S);
    }
    assert.equal(machine.requestCount - before, 1);
  });
});

describe('QuotaPoller: a window takes over', () => {
  useMachine();
  it('E22 within 2 intervals after the lease holder was killed', async () => {
    await openTen(false);
    agentsMove();
    await machine.clock.advance(INTERVAL + TICK);
    for (let killed = 0; killed < 5; killed++) {
      const before = machine.requestCount;
      const holder = windows.find(({ lease }) => lease.isHeld)!;
      holder.kill();
      windows = windows.filter(window => window !== holder);
      agentsMove();
      await machine.clock.advance(2 * INTERVAL);
      assert.ok(machine.requestCount > before, `nobody has read after kill ${killed + 1}`);
    }
    assertApart(INTERVAL);
  });

  it('honors a Retry-After that another window received', async () => {
    machine.kimi.answer = () => ({ kind: 'rateLimited', retryAfterMs: 40 * MIN });
    await openTen(true);
    await machine.clock.advance(2 * S);
    windows.shift()!.kill();
    await machine.clock.advance(39 * MIN);
    assert.equal(machine.requestCount, 1);
    await machine.clock.advance(2 * MIN);
    assert.equal(machine.requestCount, 2);
  });

  it('continues the failure count of another window', async () => {
    machine.jitter = 1;
    machine.kimi.answer = () => ({ kind: 'unreachable', cause: 'dns' });
    await openTen(true);
    await machine.clock.advance(3 * HOUR);
    const before = machine.requestCount;
    windows.shift()!.kill();
    await machine.clock.advance(HOUR);
    assert.ok(machine.requestCount - before <= 4, `${machine.requestCount - before} in an hour`);
  });

  it('does not draw a new backoff in each window', async () => {
    const lots = [0.9, 0.1, 0.2, 0.3];
    machine.kimi.answer = () => {
      machine.jitter = lots.shift() ?? 0;
      return { kind: 'unreachable', cause: 'dns' };
    };
    await openTen(true);
    await machine.clock.advance(53 * S);
    assert.equal(machine.requestCount, 1);
    await machine.clock.advance(5 * S);
    assert.equal(machine.requestCount, 2);
  });

  it('does not send requests with a key rejected in another window', async () => {
    machine.kimi.answer = () => ({ kind: 'unauthorized' });
    await openTen(true);
    await machine.clock.advance(HOUR);
    assert.equal(machine.requestCount, 1);
    machine.kimi.answer = () => machine.kimi.fresh();
    await windows[3]!.poller.keyChanged(machine.kimi.fresh());
    await machine.clock.advance(2 * S);
    for (const { store } of windows) assert.equal(store.status.outcome?.kind, 'fresh');
  });
});

/** Monday to Friday, 9 to 12:30 and 13:30 to 18:00 UTC: glances and long looks. */
function isLooking(now: number): boolean {
  const date = new Date(now);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const isWorkday = date.getUTCDay() >= 1 && date.getUTCDay() <= 5;
  return isWorkday && ((hour >= 9 && hour < 12.5) || (hour >= 13.5 && hour < 18));
}

describe('QuotaPoller: 30 days', () => {
  useMachine();
  it('reads at most 96 times on a workday of 8 hours and never on a day off', async () => {
    machine.clock.setNow(Date.UTC(2026, 9, 1));
    const { poller } = await machine.openAlone(false);
    for (let day = 0; day < 30; day++) {
      const before = machine.requestCount;
      let worked = 0;
      for (let quarter = 0; quarter < 96; quarter++) {
        const isFocused = isLooking(machine.clock.now());
        poller.setFocused(isFocused);
        worked += Number(isFocused);
        await machine.clock.advance(15 * MIN);
      }
      const count = machine.requestCount - before;
      assert.ok(worked === 0 ? count === 0 : count >= 94 && count <= 98, `${count} on day ${day}`);
    }
    assertApart(INTERVAL);
    assert.equal(poller.defectCount, 0);
  });

  it('reads at most 288 times on a day with constant focus', async () => {
    await machine.openAlone();
    await machine.clock.advance(INTERVAL - TICK);
    const before = machine.requestCount;
    await machine.clock.advance(DAY);
    assert.ok(machine.requestCount - before <= 288);
  });

  for (const jitter of [0, 0.5, 1]) {
    it(`E20 reads at most 12 times in the first hour of a 5xx, with jitter ${jitter}`, async () => {
      machine.jitter = jitter;
      machine.kimi.answer = () => ({ kind: 'unreachable', cause: 'server', detail: '502' });
      await machine.openAlone();
      await machine.clock.advance(HOUR - 1);
      assert.ok(machine.requestCount <= 12, `${machine.requestCount} requests`);
      assertApart(INTERVAL);
    });
  }
});
