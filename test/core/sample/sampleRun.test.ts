import assert from 'node:assert/strict';
import { loadActivity } from '../../../src/core/quota/activity.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { SampleRun } from '../../../src/core/sample/sampleRun.ts';
import {
  earlierSignals,
  SAMPLE_ORIGIN,
  SAMPLE_SPENT,
  sampleHistory,
  sampleSnapshot,
} from '../../../src/core/sample/sampleData.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/quotaViews.ts';

/** Times to try: midnight, noon, a DST change, a leap day. */
const MOMENTS = [
  Date.UTC(2026, 10, 22),
  Date.UTC(2026, 10, 22, 12, 34, 56, 789),
  Date.UTC(2027, 2, 28, 1),
  Date.UTC(2028, 1, 29, 23, 59, 59),
];

const verdictOf = ({ places, provider, state, verdict }: Incident) =>
  [places[0]?.agent, provider, state, verdict.cause, verdict.certainty].join(' ');

describe('sampleHistory', () => {
  for (const now of MOMENTS) {
    it(`is a month of three windows whose use drops only at a reset, on ${new Date(now).toISOString()}`, () => {
      const history = sampleHistory(now);
      assert.ok(now - history[0]!.at >= 30 * DAY_MS);
      for (const [index, { at, windows }] of history.entries()) {
        assert.deepEqual(
          windows.map(({ id }) => id),
          ['5h', 'week', 'month'],
        );
        const before = history[index - 1];
        assert.ok(at < now && at > (before?.at ?? 0), 'in the order of time');
        windows.forEach(({ usedPercent = -1, resetsAt = 0 }, i) => {
          assert.ok(usedPercent >= 0 && usedPercent <= 100 && resetsAt > at);
          const earlier = before?.windows[i];
          if (earlier?.resetsAt === resetsAt) assert.ok(usedPercent >= earlier.usedPercent!);
        });
      }
    });
  }

  it('has a 5-hour quota that was used up, and quota left in every window now', () => {
    const now = MOMENTS[1]!;
    const fiveHours = (agoMs: number) => sampleSnapshot(now - agoMs, now).windows[0]!;
    assert.equal(fiveHours(SAMPLE_SPENT.fromMs).usedPercent, 100);
    assert.equal(fiveHours(SAMPLE_SPENT.fromMs).resetsAt, now - SAMPLE_SPENT.resetsMs);
    assert.deepEqual(
      sampleSnapshot(now, now).windows.map(({ usedPercent }) => usedPercent),
      [13, 19, 30],
    );
  });

  it('continues while the sample is shown', () => {
    const now = MOMENTS[1]!;
    const used = (ms: number) => sampleSnapshot(now + ms, now).windows[0]!.usedPercent!;
    assert.ok(used(HOUR_MS) > used(0));
  });
});

describe('SampleRun', () => {
  let clock: FakeClock;
  let run: SampleRun;
  const incidents = async () => (await run.archive.readIncidents()).map(verdictOf);
  const inFlight = async () => (await loadActivity(run.archive, clock.now())).inFlight?.total;

  beforeEach(async () => {
    clock = new FakeClock(MOMENTS[1]);
    run = new SampleRun(clock, openMemoryArchive(clock));
    await run.start();
  });
  afterEach(() => run.dispose());

  it('has judged earlier incidents and an ongoing burst', async () => {
    assert.deepEqual(await incidents(), [
      'claude-code kimi-code gaveUp quota_5h certain',
      'cline open-platform gaveUp wrong_key likely',
      'opencode kimi-code recovered overloaded likely',
      'kimi-code kimi-code running own_concurrency likely',
    ]);
    assert.equal(await inFlight(), 10);
  });

  it('shows the cause: one request over the parallel limit, while others succeeded', async () => {
    const burst = (await run.archive.readIncidents()).at(-1)!;
    const inFlightFact = burst.verdict.evidence.find(({ kind }) => kind === 'inFlight');
    assert.deepEqual(inFlightFact, {
      kind: 'inFlight',
      count: 11,
      threads: 11,
      agents: ['kimi-code'],
      limit: 10,
      source: 'log',
    });
    assert.ok(burst.verdict.evidence.some(({ kind }) => kind === 'mixed'));
  });

  it('ends the burst, and starts the next ten minutes after the first', async () => {
    await clock.advance(6 * MINUTE_MS);
    assert.equal(
      (await incidents()).at(-1),
      'kimi-code kimi-code recovered own_concurrency likely',
    );
    assert.equal(await inFlight(), undefined, 'no request for a minute');
    await clock.advance(4 * MINUTE_MS);
    assert.equal((await incidents()).length, 5);
    assert.equal((await incidents()).at(-1), 'kimi-code kimi-code running own_concurrency likely');
  });

  it('reports failures and changes immediately', async () => {
    let [failures, changes] = [0, 0];
    run.onDidFail(() => failures++);
    run.onDidChange(() => changes++);
    await clock.advance(30_000);
    assert.ok(failures >= 2, `${failures} failures`);
    assert.ok(changes >= 2, `${changes} changes`);
  });

  it('responds like the endpoint, for one account', async () => {
    const outcome = await run.client.readQuota('any');
    assert.deepEqual(outcome, {
      kind: 'fresh',
      snapshot: sampleSnapshot(clock.now(), clock.now()),
    });
    const latest = await run.archive.readLatest();
    assert.deepEqual(
      latest.map(({ origin }) => origin),
      [SAMPLE_ORIGIN],
    );
  });

  it('leaves no timer behind', async () => {
    await clock.advance(5000);
    run.dispose();
    assert.equal(clock.timerCount, 0);
  });

  it('catches up after the machine slept', async () => {
    clock.setNow(clock.now() + 3 * HOUR_MS);
    await clock.advance(2000);
    const names = await incidents();
    assert.ok(names.length > 10, `${names.length} incidents`);
    assert.ok(names.slice(4, -1).every(name => !name.includes('running')));
  });
});

describe('earlierSignals', () => {
  it('attributes each failure to an account as real records do', () => {
    for (const { evidence } of earlierSignals(MOMENTS[0]!))
      assert.ok(evidence.host ?? evidence.configuredHost);
  });
});
