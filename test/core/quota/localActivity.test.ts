import assert from 'node:assert/strict';
import { type Activity, loadActivity } from '../../../src/core/quota/activity.ts';
import { ActivityRecorder } from '../../../src/core/ledger/activityRecorder.ts';
import { foreignUse } from '../../../src/core/ledger/foreignUse.ts';
import { type LocalActivity, noteActivity } from '../../../src/core/quota/localActivity.ts';
import { activityFacts } from '../../../src/core/status/activityFacts.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { ENGLISH, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

/** Answers at minutes from `NOW` on, by which so much of the 5-hour window was used. */
const answers = (...used: readonly (readonly [minute: number, usedPercent: number])[]) =>
  used.map(([minute, usedPercent]) => ({
    ...snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW + 4 * HOUR_MS }]),
    at: NOW + minute * MINUTE_MS,
  }));

const watched = (...spans: readonly (readonly [from: number, to: number])[]): LocalActivity => ({
  watchedFrom: NOW - HOUR_MS,
  watchedUntil: NOW + 2 * HOUR_MS,
  spans: spans.map(([from, to]) => [NOW + from * MINUTE_MS, NOW + to * MINUTE_MS]),
});

describe('foreignUse', () => {
  const fall = answers([0, 20], [30, 32]);
  const cases: readonly [title: string, points: number | undefined, LocalActivity, typeof fall][] =
    [
      ['a fall while nobody was seen at work', 12, watched(), fall],
      ['a fall in small steps', 9, watched(), answers([0, 20], [10, 23], [20, 26], [30, 29])],
      ['a fall long after the last work', 12, watched([-40, -15]), fall],
      ['nothing while an agent worked', undefined, watched([10, 12]), fall],
      ['nothing just after: Kimi counts late', undefined, watched([-8, -5]), fall],
      ['nothing of a few points', undefined, watched(), answers([0, 20], [30, 24])],
      ['nothing of a window that rose', undefined, watched(), answers([0, 32], [30, 20])],
      ['nothing before the watch began', undefined, { ...watched(), watchedFrom: NOW }, fall],
      [
        'nothing that the watch has not reached',
        undefined,
        { ...watched(), watchedUntil: NOW + 29 * MINUTE_MS },
        fall,
      ],
      ['nothing of one answer', undefined, watched(), answers([0, 20])],
    ];
  for (const [title, points, activity, history] of cases)
    it(`finds ${title}`, () => assert.equal(foreignUse(history, activity)?.points, points));

  it('finds nothing across a reset', () => {
    const [before, after] = answers([0, 20], [30, 32]);
    const window = { id: '5h', usedPercent: 32, resetsAt: NOW + 5 * HOUR_MS };
    assert.equal(foreignUse([before!, { ...after!, windows: [window] }], watched()), undefined);
  });

  it('reports the time from the last reading before the drop to the first one after it', () => {
    const found = foreignUse(answers([0, 20], [10, 20], [20, 28], [30, 28]), watched());
    assert.deepEqual(found, {
      origin: 'https://api.kimi.com',
      windowId: '5h',
      from: NOW + 10 * MINUTE_MS,
      to: NOW + 20 * MINUTE_MS,
      points: 8,
    });
  });
});

describe('noteActivity', () => {
  it('joins minutes that are near each other', () => {
    const seen = [0, 1, 2, 30, 33].map(minute => NOW + minute * MINUTE_MS + 12_345);
    const first = noteActivity(undefined, [], NOW - MINUTE_MS);
    const noted = noteActivity(
      noteActivity(first, [], NOW + 9 * MINUTE_MS),
      seen,
      NOW + 20 * MINUTE_MS,
    );
    assert.deepEqual(noted.spans, [[NOW, NOW + 3 * MINUTE_MS]]);
    assert.equal(noted.watchedFrom, NOW - MINUTE_MS);
  });

  it('starts again after a gap in the watch', () => {
    const first = noteActivity(undefined, [NOW], NOW);
    const later = NOW + 20 * MINUTE_MS;
    assert.deepEqual(noteActivity(first, [], later), {
      watchedFrom: later,
      watchedUntil: later,
      spans: [],
    });
  });

  it('starts again when the clock was set back', () => {
    const first = noteActivity(undefined, [NOW], NOW);
    assert.equal(noteActivity(first, [], NOW - HOUR_MS).watchedFrom, NOW - HOUR_MS);
  });

  it('keeps a day, and 200 spans', () => {
    let noted = noteActivity(undefined, [], NOW);
    for (let minute = 0; minute < 3 * 1440; minute += 10)
      noted = noteActivity(noted, [NOW + minute * MINUTE_MS], NOW + minute * MINUTE_MS);
    assert(noted.spans.length <= 200);
    assert.equal(noted.watchedFrom, noted.watchedUntil - 24 * HOUR_MS);
  });
});

describe('ActivityRecorder', () => {
  /** Watches for an hour, then half an hour in which 12 points go. */
  async function record(work: (recorder: ActivityRecorder, minute: number) => void) {
    const archive = openMemoryArchive();
    const clock = new FakeClock(NOW);
    const recorder = new ActivityRecorder({ archive, clock, log: new FakeLog() });
    recorder.start();
    for (let minute = 0; minute < 95; minute += 5) {
      work(recorder, minute);
      const usedPercent = minute < 65 ? 20 : 32;
      const window = { id: '5h', usedPercent, resetsAt: NOW + 4 * HOUR_MS };
      await archive.appendSnapshot({ ...snapshotOf([window]), at: clock.now() });
      await clock.advance(5 * MINUTE_MS);
    }
    const activity = await loadActivity(archive, clock.now());
    recorder.dispose();
    assert.equal(clock.timerCount, 0);
    return activity;
  }

  it('finds use from elsewhere', async () => {
    const { foreignUse: found } = await record(() => undefined);
    assert.equal(found?.points, 12);
  });

  it('finds nothing where an agent worked', async () => {
    const activity = await record((recorder, minute) => recorder.note(NOW + minute * MINUTE_MS));
    assert.equal(activity.foreignUse, undefined);
  });

  it('is reported in two sentences; the second names what is not visible', () => {
    const from = NOW;
    const to = NOW + 30 * MINUTE_MS;
    const use = { origin: 'https://api.kimi.com', windowId: '5h', from, to, points: 12.4 };
    const activity: Activity = { foreignUse: use };
    assert.deepEqual(activityFacts(activity, to, { locale: ENGLISH }), [
      'No agent on this machine explains 12 points of the 5-hour quota (10:00 to 10:30).',
      'Not visible from here: other devices, a shared key, agents without a known log.',
    ]);
  });
});
