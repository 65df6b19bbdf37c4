import assert from 'node:assert/strict';
import { ArchiveFollower, FOLLOW_MS } from '../../src/core/base/store.ts';
import type { Disposable } from '../../src/core/base/event.ts';
import {
  HEARTBEAT_MS,
  schedulePruning,
  Lease,
  LEASE_MS,
  PRUNE_EVERY_MS,
  TRY_MS,
} from '../../src/core/base/lease.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { FakeArchive } from '../support/fakeArchive.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';

const HOUR_MS = 3_600_000;
const READ_GAP_MS = 300_000;
const SUBJECT = 'https://api.kimi.com';

/** The machine's clock in one window: a killed window's timers never fire. */
class WindowClock implements Clock {
  isKilled = false;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): Disposable {
    return this.#clock.after(delayMs, () => {
      if (!this.isKilled) callback();
    });
  }
}

class Window {
  readonly lease: Lease;
  readonly clock: WindowClock;
  readonly changes: boolean[] = [];

  constructor(machine: Machine, owner: string) {
    this.clock = new WindowClock(machine.clock);
    const { archive, log } = machine;
    this.lease = new Lease({ archive, clock: this.clock, log, owner });
    this.lease.onDidChange(isHeld => this.changes.push(isHeld));
    this.lease.start();
  }

  get isHolder(): boolean {
    return !this.clock.isKilled && this.lease.isHeld;
  }
}

/** One archive, one clock, and windows that open a moment apart. */
class Machine {
  readonly clock = new FakeClock();
  readonly archive = new FakeArchive();
  readonly log = new FakeLog();
  readonly windows: Window[] = [];

  async openWindows(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.windows.push(new Window(this, `window ${i}`));
      await this.clock.advance(137);
    }
  }

  get holders(): Window[] {
    return this.windows.filter(({ isHolder }) => isHolder);
  }

  get holder(): Window {
    assert.equal(this.holders.length, 1);
    return this.holders[0]!;
  }

  /** How long until a window other than `before` holds the lease. */
  async takeoverMs(before: Window): Promise<number> {
    for (let ms = 0; ; ms += 100) {
      assert.ok(ms < 10 * LEASE_MS, 'no window took the lease');
      if (this.holders.some(window => window !== before)) return ms;
      await this.clock.advance(100);
    }
  }
}

describe('Lease', () => {
  let machine: Machine;

  beforeEach(() => {
    machine = new Machine();
  });

  it('is held only by the first of ten windows for a day', async () => {
    await machine.openWindows(10);
    const { holder } = machine;
    for (let hour = 0; hour < 24; hour++) {
      await machine.clock.advance(HOUR_MS);
      assert.equal(machine.holder, holder);
    }
    assert.deepEqual(
      machine.windows.map(({ changes }) => changes),
      [[true], ...Array.from({ length: 9 }, () => [])],
    );
  });

  it('T7, E22: another window takes it within two heartbeats, whenever the holder is killed', async () => {
    for (let killedAfterMs = 0; killedAfterMs <= 2 * HEARTBEAT_MS; killedAfterMs += 1_700) {
      machine = new Machine();
      await machine.openWindows(3);
      await machine.clock.advance(killedAfterMs);
      const { holder } = machine;
      holder.clock.isKilled = true;
      const tookMs = await machine.takeoverMs(holder);
      assert.ok(tookMs <= 2 * HEARTBEAT_MS, `${tookMs} ms after ${killedAfterMs} ms`);
      assert.equal(machine.holders.length, 1);
    }
  });

  it('another window takes it at the next try when the holder closes', async () => {
    await machine.openWindows(2);
    const { holder } = machine;
    holder.lease.dispose();
    assert.ok((await machine.takeoverMs(holder)) <= TRY_MS);
  });

  it('is released by a window that closes while it takes the lease', async () => {
    const [first] = [new Window(machine, 'first')];
    first.lease.dispose();
    await machine.openWindows(1);
    assert.equal(machine.holder.lease, machine.windows[0]?.lease);
    assert.deepEqual(first.changes, []);
  });

  it('leaves no timer behind', async () => {
    await machine.openWindows(3);
    for (const { lease } of machine.windows) lease.dispose();
    await machine.clock.advance(TRY_MS);
    assert.equal(machine.clock.timerCount, 0);
  });

  it('keeps trying when the archive has a defect, and logs it', async () => {
    const { takeLease } = machine.archive;
    machine.archive.takeLease = () => Promise.reject(new Error('defect'));
    await machine.openWindows(1);
    assert.equal(machine.holders.length, 0);
    machine.archive.takeLease = takeLease;
    await machine.clock.advance(TRY_MS);
    assert.equal(machine.holders.length, 1);
    assert.equal(machine.log.lines.length, 1);
  });

  const jumps: [string, number][] = [
    ['back by an hour', -HOUR_MS],
    ['back by ten seconds', -10_000],
    ['ahead by an hour, as after sleep', HOUR_MS],
    ['ahead by ten years', 87_600 * HOUR_MS],
  ];
  for (const [title, jumpMs] of jumps) {
    it(`T7: has one holder soon after the clock jumped ${title}`, async () => {
      await machine.openWindows(3);
      machine.clock.setNow(machine.clock.now() + jumpMs);
      assert.equal(machine.holders.length, 0, 'no window holds it by the old clock');
      await machine.clock.advance(HEARTBEAT_MS);
      assert.equal(machine.holders.length, 1);
    });

    it(`T7: another window takes it soon if the holder dies and the clock jumps ${title}`, async () => {
      await machine.openWindows(3);
      const { holder } = machine;
      holder.clock.isKilled = true;
      machine.clock.setNow(machine.clock.now() + jumpMs);
      // A jump back by less than the tolerance adds itself to the wait.
      const limitMs = 2 * HEARTBEAT_MS + (jumpMs === -10_000 ? 10_000 : 0);
      assert.ok((await machine.takeoverMs(holder)) <= limitMs);
    });
  }

  it('E22: ten windows read once per interval in all, through kills, sleeps and jumps', async () => {
    await machine.openWindows(10);
    let jumpCount = 0;
    let lastReadMs = -Infinity;
    let readCount = 0;
    for (let minute = 1; minute <= 24 * 60; minute++) {
      await machine.clock.advance(60_000);
      if (minute % 150 === 0) machine.holder.clock.isKilled = true;
      if (minute % 400 === 0) {
        machine.clock.setNow(machine.clock.now() + HOUR_MS * (++jumpCount % 2 ? 1 : -1));
        lastReadMs = -Infinity;
        await machine.clock.advance(HEARTBEAT_MS);
      }
      const claims = await Promise.all(
        machine.windows
          .filter(({ clock }) => !clock.isKilled)
          .map(({ lease }) => lease.claimRead(SUBJECT, READ_GAP_MS)),
      );
      const claimCount = claims.filter(Boolean).length;
      assert.ok(claimCount <= 1);
      readCount += claimCount;
      if (claimCount === 0) continue;
      assert.ok(machine.clock.monotonicMs() - lastReadMs >= READ_GAP_MS);
      lastReadMs = machine.clock.monotonicMs();
    }
    const expected = (24 * HOUR_MS) / READ_GAP_MS;
    assert.ok(readCount > 0.9 * expected && readCount <= expected + jumpCount, `${readCount}`);
  });
});

/** When `call` was called, in milliseconds of the clock. */
function timesOf<A, R>(clock: FakeClock, call: (argument: A) => R) {
  const times: number[] = [];
  const recorded = (argument: A): R => {
    times.push(clock.monotonicMs());
    return call(argument);
  };
  return { times, recorded };
}

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((at, index) => at - times[index]!);

describe('Lease: how often and how long', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });

  it('is renewed every 15 s, for 24 s', async () => {
    const { archive, clock } = machine;
    const take = archive.takeLease.bind(archive);
    const { times, recorded } = timesOf(clock, take);
    const leases: number[] = [];
    archive.takeLease = claim => (leases.push(claim.leaseMs), recorded(claim));
    await machine.openWindows(1);
    await clock.advance(120_000);
    assert.deepEqual(gapsOf(times), Array(8).fill(15_000));
    assert.deepEqual([...new Set(leases)], [24_000]);
  });

  it('is tried every 1.5 s by a window that does not hold it', async () => {
    await machine.openWindows(1);
    const { archive, clock } = machine;
    const take = archive.takeLease.bind(archive);
    const { times, recorded } = timesOf(clock, take);
    archive.takeLease = claim => (claim.owner === 'window 1' ? recorded(claim) : take(claim));
    machine.windows.push(new Window(machine, 'window 1'));
    await clock.advance(15_000);
    assert.deepEqual(gapsOf(times), Array(10).fill(1_500));
  });

  for (const [ageMs, isHeld] of [
    [23_999, true],
    [24_000, true],
    [24_001, false],
    [-1, false],
  ] as const)
    it(`is ${isHeld ? 'held' : 'not held'} ${ageMs} ms after the last renewal`, async () => {
      const window = new Window(machine, 'window');
      await machine.clock.advance(0);
      assert.equal(window.isHolder, true);
      machine.clock.setNow(machine.clock.now() + ageMs);
      assert.equal(window.isHolder, isHeld);
    });
});

describe('ArchiveFollower', () => {
  const clock = new FakeClock();
  const archive = new FakeArchive();
  const log = new FakeLog();

  it('reports a change within 2 s, several changes once, and not the initial content', async () => {
    await archive.set('a', '1');
    const follower = new ArchiveFollower(archive, clock, log);
    let changeCount = 0;
    follower.onDidChange(() => changeCount++);
    follower.start();
    await clock.advance(10 * FOLLOW_MS);
    assert.equal(changeCount, 0);
    for (const value of ['2', '3', '4']) await archive.set('a', value);
    await clock.advance(2_000);
    assert.equal(changeCount, 1);
    follower.dispose();
    assert.equal(clock.timerCount, 0);
  });

  it('checks every 1.5 s', async () => {
    const { times, recorded } = timesOf(clock, async () => 1);
    const follower = new ArchiveFollower({ readChangeCount: () => recorded(0) }, clock, log);
    follower.start();
    await clock.advance(15_000);
    follower.dispose();
    assert.deepEqual(gapsOf(times), Array(10).fill(1_500));
  });

  it('reports immediately when asked to check', async () => {
    const follower = new ArchiveFollower(archive, clock, log);
    let changeCount = 0;
    follower.onDidChange(() => changeCount++);
    follower.start();
    await clock.advance(0);
    await archive.set('a', 'at once');
    follower.look();
    await clock.advance(0);
    assert.equal(changeCount, 1);
    await clock.advance(10 * FOLLOW_MS);
    assert.equal(changeCount, 1);
    follower.dispose();
    assert.equal(clock.timerCount, 0);
  });

  it('reports when a new archive replaces a damaged one', async () => {
    let count = 7;
    const follower = new ArchiveFollower({ readChangeCount: async () => count }, clock, log);
    let changeCount = 0;
    follower.onDidChange(() => changeCount++);
    follower.start();
    await clock.advance(0);
    count = 0;
    await clock.advance(FOLLOW_MS);
    assert.equal(changeCount, 1);
    follower.dispose();
  });
});

describe('schedulePruning', () => {
  it('T6: prunes hourly, in the window that holds the lease', async () => {
    const clock = new FakeClock();
    const prunedAt: number[] = [];
    const archive = { prune: async (now: number) => void prunedAt.push(now) };
    const lease = { isHeld: true };
    const pruning = schedulePruning({ archive, lease, clock, log: new FakeLog() });
    const startedAt = clock.now();
    await clock.advance(3 * PRUNE_EVERY_MS);
    assert.deepEqual(
      prunedAt.map(at => at - startedAt),
      [60_000, 3_660_000, 7_260_000],
    );
    lease.isHeld = false;
    await clock.advance(3 * PRUNE_EVERY_MS);
    assert.equal(prunedAt.length, 3);
    pruning.dispose();
    assert.equal(clock.timerCount, 0);
  });
});
