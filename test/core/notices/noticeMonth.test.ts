import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgedAs, NoticeHistory } from '../../support/noticeHistory.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';

const START = Math.floor(NOW / DAY_MS) * DAY_MS;

/** An account with two windows that are used and reset like Kimi's. */
class Account {
  #fiveHours = { left: 100, resetsAt: 0 };
  #week = { left: 100, resetsAt: 0 };

  /** Kimi's response after this use of the 5-hour quota. */
  use(percent: number, now: number) {
    if (now >= this.#fiveHours.resetsAt)
      this.#fiveHours = { left: 100, resetsAt: now + 5 * HOUR_MS };
    if (now >= this.#week.resetsAt) this.#week = { left: 100, resetsAt: now + 7 * DAY_MS };
    const used = Math.min(percent, this.#fiveHours.left, this.#week.left * 6);
    this.#fiveHours.left -= used;
    this.#week.left -= used / 6;
    return this;
  }

  get left() {
    return { '5h': this.#fiveHours.left, week: this.#week.left };
  }

  get resets() {
    return { '5h': this.#fiveHours.resetsAt, week: this.#week.resetsAt };
  }
}

/**
 * Thirty days with a check every five minutes from 9 to 18 h; `perHour`: percent of the 5-hour
 * quota.
 */
function month(perHour: (day: number, hour: number) => number): NoticeHistory {
  const history = new NoticeHistory();
  const account = new Account();
  for (let day = 0; day < 30; day++)
    for (let minute = 9 * 60; minute < 18 * 60; minute += 5) {
      history.pass(START + day * DAY_MS + minute * MINUTE_MS - history.now);
      const { left, resets } = account.use(perHour(day, Math.floor(minute / 60)) / 12, history.now);
      history.read(left, { resets });
    }
  history.pass(DAY_MS);
  return history;
}

const count = (history: NoticeHistory): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const reported of history.reported) counts[reported] = (counts[reported] ?? 0) + 1;
  return counts;
};

/** The maximum shown within any 24 hours. */
const mostInADay = ({ shown }: NoticeHistory): number =>
  Math.max(
    0,
    ...shown.map(({ at }) => shown.filter(it => it.at >= at && it.at < at + DAY_MS).length),
  );

describe('thirty days of notices', () => {
  const cases: [who: string, perHour: (day: number, hour: number) => number, counts: object][] = [
    ['who uses little hears nothing', () => 5, {}],
    [
      'who uses up a window on five Mondays hears it on the way down',
      day => (day % 7 === 0 ? 30 : 2),
      { 'low 5h': 10, 'spent 5h': 5 },
    ],
    [
      'who uses up every window hears that before the rest',
      () => 60,
      {
        'low 5h': 11,
        'spent 5h': 18,
        'worksAgain 5h': 9,
        'spent week': 4,
        'worksAgain week': 4,
      },
    ],
  ];
  for (const [who, perHour, counts] of cases)
    it(who, () => {
      const history = month(perHour);
      assert.deepEqual(count(history), counts);
      assert.ok(mostInADay(history) <= 3);
    });

  it('a wrong key all month notifies once a day', () => {
    const history = new NoticeHistory();
    history.look();
    for (let hour = 1; hour <= 30 * 24; hour++) {
      history.incidents = [
        judgedAs('wrong_key', { id: `${hour}`, from: history.now, to: history.now }),
      ];
      history.pass(HOUR_MS);
    }
    assert.equal(history.shown.length, 30);
  });

  it('at most three in 24 hours, each level once per period, none at first start', () => {
    const step = fc.record({
      minutes: fc.integer({ min: 1, max: 600 }),
      used: fc.oneof(fc.nat(30), fc.constantFrom(0, 100)),
      isBad: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const history = new NoticeHistory();
        const account = new Account();
        const periods = new Set<string>();
        let hasRead = false;
        for (const { minutes, used, isBad } of steps) {
          history.pass(minutes * MINUTE_MS);
          const { left, resets } = account.use(used, history.now);
          const before = history.shown.length;
          if (isBad) history.fail();
          else history.read(left, { resets });
          history.pass(MINUTE_MS);
          if (!hasRead) assert.equal(history.shown.length, 0);
          hasRead ||= !isBad;
          for (const { notice } of history.shown.slice(before)) {
            if (!('window' in notice) || notice.kind === 'worksAgain') continue;
            const { id = '', remainingPercent = 0 } = notice.window ?? {};
            const level = remainingPercent <= 0 ? 0 : remainingPercent <= 5 ? 5 : 20;
            const key = `${id} ${level} ${notice.resetsAt}`;
            assert.ok(!periods.has(key), key);
            periods.add(key);
          }
        }
        assert.ok(mostInADay(history) <= 3);
        const spent = history.reported.filter(reported => reported.startsWith('spent')).length;
        const open = history.reported.filter(reported => reported.startsWith('worksAgain')).length;
        assert.ok(open <= spent);
      }),
      { numRuns: 300 },
    );
  });
});
