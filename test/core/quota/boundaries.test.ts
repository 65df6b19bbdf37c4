import assert from 'node:assert/strict';
import type { KeyLookup } from '../../../src/core/accounts/foundKey.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import {
  ASKING_MS,
  loadSharedStatus,
  NOTHING_KNOWN,
  saveSharedStatus,
} from '../../../src/core/quota/accountStore.ts';
import { FOREIGN_USE_KEY, loadActivity, saveInFlight } from '../../../src/core/quota/activity.ts';
import { ActivityRecorder } from '../../../src/core/ledger/activityRecorder.ts';
import { foreignUse } from '../../../src/core/ledger/foreignUse.ts';
import { type LocalActivity, noteActivity } from '../../../src/core/quota/localActivity.ts';
import { isPlanDue } from '../../../src/core/quota/plan.ts';
import { KeyWatch } from '../../../src/core/quota/quotaPoller.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import { ReadTimes } from '../../../src/core/quota/readRhythm.ts';
import type { HistoryQuery } from '../../../src/core/quota/snapshot.ts';
import { readUsages } from '../../../src/core/quota/usages.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { FakeMachine } from '../../support/fakeMachine.ts';
import { ORIGIN, snapshotOf } from '../../support/fakeQuotaClient.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 9, 1, 12);

/** Literal numbers on both sides of every limit: a constant that moves fails here. */
describe('Boundaries: the poller', () => {
  it('holds a turn that came to nothing for 30 s', () => {
    for (const [ms, heldForMs] of [
      [0, 30_000],
      [29_999, 1],
      [30_000, 0],
    ] as const) {
      let monotonic = 0;
      const clock = { now: () => NOW + monotonic, monotonicMs: () => monotonic };
      const times = new ReadTimes({ ...clock, after: () => ({ dispose() {} }) });
      times.hold();
      monotonic = ms;
      assert.equal(times.heldForMs, heldForMs);
    }
  });

  const lookups: [lookup: KeyLookup, isWatched: boolean][] = [
    [{ kind: 'key', key: 'eyJ.one', isLinked: true }, true],
    [{ kind: 'tokenExpired' }, true],
    [{ kind: 'unanswered' }, true],
    [{ kind: 'key', key: 'sk-kimi-one' }, false],
    [{ kind: 'none' }, false],
  ];
  for (const [lookup, isWatched] of lookups)
    it(`${isWatched ? 'looks every 30 s at' : 'never looks again at'} ${lookup.kind}`, async () => {
      const clock = new FakeClock();
      const watch = new KeyWatch(async () => lookup, clock);
      assert.equal(watch.isDue, false);
      await watch.look();
      await clock.advance(29_999);
      assert.equal(watch.isDue, false);
      await clock.advance(1);
      assert.equal(watch.isDue, isWatched);
    });

  it('notices within 4 s that the machine slept', async () => {
    const machine = new FakeMachine();
    await machine.openAlone();
    machine.clock.setNow(machine.clock.now() + HOUR);
    assert.equal(await machine.requestsIn(3_999), 0);
    assert.equal(await machine.requestsIn(1), 1);
    machine.dispose();
  });

  it('claims a request for 16 s', () => assert.equal(ASKING_MS, 16_000));

  it('stores at most 4,000 characters of the shape of a strange answer', async () => {
    const archive = openMemoryArchive();
    const outcome = { kind: 'malformed', issues: ['odd'], shape: 'x'.repeat(4001) } as const;
    await saveSharedStatus(archive, ORIGIN, { ...NOTHING_KNOWN, outcome });
    const stored = (await loadSharedStatus(archive, ORIGIN)).outcome;
    assert.equal(stored?.kind === 'malformed' && stored.shape?.length, 4000);
  });

  for (const [ageMs, isDue] of [
    [DAY - 1, false],
    [DAY, true],
    [-DAY, false],
    [-DAY - 1, true],
  ] as const)
    it(`${isDue ? 'may ask' : 'does not ask'} for the plan's name after ${ageMs} ms`, () =>
      assert.equal(isPlanDue({ askedAt: NOW - ageMs }, NOW), isDue));
});

describe('Boundaries: what is shown', () => {
  const stateAfter = (ageMs: number, usedPercent = 16) => {
    const snapshot = snapshotOf(NOW, usedPercent);
    return viewQuota({ access: 'key', snapshot }, NOW + ageMs).state;
  };
  for (const [ageMs, used, state] of [
    [15 * MIN, 16, 'ok'],
    [15 * MIN + 1, 16, 'stale'],
    [0, 79.9, 'ok'],
    [0, 80, 'low'],
    [0, 99.9, 'low'],
    [0, 100, 'exhausted'],
  ] as const)
    it(`${used}% used is ${state} after ${ageMs} ms`, () =>
      assert.equal(stateAfter(ageMs, used), state));

  const first = (body: unknown) => {
    const snapshot = readUsages(body, { at: NOW, origin: ORIGIN });
    return snapshot.kind === 'snapshot' ? snapshot.windows[0] : undefined;
  };
  for (const [days, id] of [
    [366, '366d'],
    [367, 'limit-1'],
  ] as const)
    it(`a window of ${days} days is ${id}`, () => {
      const window = { duration: days, timeUnit: 'TIME_UNIT_DAY' };
      assert.equal(first({ limits: [{ window, detail: { limit: 1, used: 1 } }] })?.id, id);
    });
  for (const [used, isContradiction] of [
    [15, false],
    [15.1, true],
  ] as const)
    it(`10% and ${used}% ${isContradiction ? 'contradict' : 'do not contradict'} each other`, () => {
      const rows = [10, used].map(each => ({ name: '5h', limit: 1000, used: each * 10 }));
      assert.equal(first({ limits: rows })?.contradiction !== undefined, isContradiction);
    });
});

describe('Boundaries: what agents do', () => {
  for (const [ageMs, isFresh] of [
    [MIN, true],
    [MIN + 1, false],
  ] as const)
    it(`a count of open requests is ${isFresh ? 'shown' : 'dropped'} after ${ageMs} ms`, async () => {
      const archive = openMemoryArchive();
      await saveInFlight(archive, { at: NOW - ageMs, total: 3, byAgent: [] });
      assert.equal((await loadActivity(archive, NOW)).inFlight !== undefined, isFresh);
    });

  for (const [ageMs, isShown] of [
    [5 * HOUR, true],
    [5 * HOUR + 1, false],
  ] as const)
    it(`use elsewhere is ${isShown ? 'shown' : 'dropped'} after ${ageMs} ms`, async () => {
      const archive = openMemoryArchive();
      const to = NOW - ageMs;
      const use = { origin: ORIGIN, windowId: '5h', from: to - HOUR, to, points: 9 };
      await archive.set(FOREIGN_USE_KEY, JSON.stringify(use));
      assert.equal((await loadActivity(archive, NOW)).foreignUse !== undefined, isShown);
    });

  it('the newest failure of the last 24 hours is shown', async () => {
    const since: unknown[] = [];
    const archive = {
      get: async () => undefined,
      set: async () => undefined,
      readEvents: async (query: { since?: number } = {}) => (since.push(query.since), []),
    };
    await loadActivity(archive, NOW);
    assert.deepEqual(since, [NOW - DAY]);
  });

  for (const [minutes, spans] of [
    [6, 1],
    [7, 2],
  ] as const)
    it(`two moments ${minutes} minutes apart are ${spans} spans`, () => {
      const known = { watchedFrom: NOW - HOUR, watchedUntil: NOW, spans: [] };
      const seen = [NOW - 20 * MIN, NOW - (20 - minutes) * MIN];
      assert.equal(noteActivity(known, seen, NOW).spans.length, spans);
    });

  for (const [gapMs, isUnbroken] of [
    [12 * MIN, true],
    [12 * MIN + 1, false],
  ] as const)
    it(`a watch is ${isUnbroken ? 'unbroken' : 'broken'} after ${gapMs} ms without a note`, () => {
      const known = { watchedFrom: NOW - HOUR, watchedUntil: NOW - gapMs, spans: [] };
      const { watchedFrom } = noteActivity(known, [], NOW);
      assert.equal(watchedFrom, isUnbroken ? NOW - HOUR : NOW);
    });

  it('24 hours are remembered', () => {
    const known = { watchedFrom: NOW - 48 * HOUR, watchedUntil: NOW, spans: [] };
    assert.equal(noteActivity(known, [], NOW).watchedFrom, NOW - DAY);
  });

  /** Two answers ten minutes apart, as of a watch that began `lagMs` before the first. */
  function useOf(points: number, { lagMs = HOUR, resetShiftMs = 0 } = {}) {
    const resetsAt = NOW + HOUR;
    const history = [0, 1].map(index => ({
      ...snapshotOf(NOW + index * 10 * MIN, 10 + index * points),
      windows: [
        { id: '5h', usedPercent: 10 + index * points, resetsAt: resetsAt + index * resetShiftMs },
      ],
    }));
    const activity: LocalActivity = {
      watchedFrom: NOW - lagMs,
      watchedUntil: NOW + HOUR,
      spans: [],
    };
    return foreignUse(history, activity);
  }
  const uses: [fact: string, found: boolean, use: () => unknown][] = [
    ['5 points', true, () => useOf(5)],
    ['4.9 points', false, () => useOf(4.9)],
    ['a watch since 10 minutes before', true, () => useOf(9, { lagMs: 10 * MIN })],
    ['a later watch', false, () => useOf(9, { lagMs: 10 * MIN - 1 })],
    ['resets 10 minutes apart', true, () => useOf(9, { resetShiftMs: 10 * MIN })],
    ['resets further apart', false, () => useOf(9, { resetShiftMs: 10 * MIN + 1 })],
  ];
  for (const [fact, found, use] of uses)
    it(`${fact} ${found ? 'show' : 'do not show'} use elsewhere`, () =>
      assert.equal(use() !== undefined, found));

  it('a month is compared once for each reading of Kimi', async () => {
    const clock = new FakeClock(NOW);
    const archive = openMemoryArchive();
    await archive.appendSnapshot(snapshotOf(NOW, 10));
    const queries: (HistoryQuery & { readonly at: number })[] = [];
    const read = archive.readHistory.bind(archive);
    archive.readHistory = query => (queries.push({ ...query, at: clock.now() }), read(query));
    const recorder = new ActivityRecorder({ archive, clock, log: new FakeLog() });
    recorder.start();
    await clock.advance(15 * MIN);
    recorder.dispose();
    assert.deepEqual(
      queries.map(({ at, since = 0 }) => [at - NOW, at - since]),
      [[0, 31 * DAY]],
    );
  });
});
