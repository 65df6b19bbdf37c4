import assert from 'node:assert/strict';
import { NoticeHistory } from '../../support/noticeHistory.ts';
import { left, NEXT, RESETS, type Step, toReset } from '../../support/noticeSteps.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/quotaViews.ts';

describe('notice frequency', () => {
  const fallThrough: Step[] = [left(84), left(19), left(4), left(0)];

  it('at most three in 24 hours, with one reserved for used-up quota', () => {
    const history = new NoticeHistory();
    for (const step of [left(84, 90), left(19, 90), left(19, 19), left(4, 4), left(0, 4)])
      step(history);
    assert.deepEqual(history.reported, ['low 5h', 'low week', 'spent 5h']);
    toReset(history);
    for (const step of [left(100, 4, NEXT), left(99, 0, NEXT)]) step(history);
    assert.equal(history.shown.length, 3);
  });

  it('what exceeds the daily maximum is shown the next day, if it is still true', () => {
    const history = new NoticeHistory();
    for (const step of [...fallThrough, left(0, 0)]) step(history);
    assert.deepEqual(history.reported, ['low 5h', 'low 5h', 'spent 5h']);
    history.pass(DAY_MS);
    left(90, 0, { ...RESETS, '5h': history.now + HOUR_MS })(history);
    assert.deepEqual(history.reported.slice(3), ['spent week']);
  });

  it('a clock that is set back a month does not suppress notices', () => {
    const history = new NoticeHistory();
    for (const step of fallThrough) step(history);
    history.now -= 30 * DAY_MS;
    const resets = { '5h': history.now + HOUR_MS, week: history.now + DAY_MS };
    for (const percent of [90, 0])
      (history.read({ week: percent, '5h': 50 }, { resets }), history.pass(5 * MINUTE_MS));
    assert.deepEqual(history.reported.slice(3), ['spent week']);
  });

  it('a snoozed notice is shown at the end if it is still true', () => {
    const history = new NoticeHistory();
    for (const step of [left(84), left(19)]) step(history);
    history.snoozed = { 'quota kimiCode': history.now + HOUR_MS };
    left(4)(history);
    assert.deepEqual(history.reported, ['low 5h']);
    history.pass(50 * MINUTE_MS);
    left(3)(history);
    history.pass(5 * MINUTE_MS);
    assert.deepEqual(history.reported, ['low 5h', 'low 5h']);
  });

  it('recovery is shown after a snooze until the reset', () => {
    const history = new NoticeHistory();
    for (const step of [left(84), left(0)]) step(history);
    history.snoozed = { 'quota kimiCode': RESETS['5h'] };
    left(0, 0)(history);
    left(0, 30)(history);
    toReset(history);
    left(100, 30, NEXT)(history);
    assert.deepEqual(history.reported, ['spent 5h', 'worksAgain 5h']);
  });
});
