import assert from 'node:assert/strict';
import { NoticeHistory } from '../../support/noticeHistory.ts';
import {
  left,
  NEXT,
  RESETS,
  settings,
  type Step,
  toReset,
  wait,
} from '../../support/noticeSteps.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';

describe('quota notices', () => {
  const cases: [fact: string, steps: Step[], reported: string[]][] = [
    ['with quota left, nothing is reported', [left(84), left(60), left(21)], []],
    [
      'each threshold is reported once',
      [left(84), left(19), left(15), left(4), left(3)],
      ['low 5h', 'low 5h'],
    ],
    ['reaching 0 is reported', [left(84), left(19), left(0)], ['low 5h', 'spent 5h']],
    ['a direct fall to 0 is reported once', [left(84), left(0), left(0)], ['spent 5h']],
    ['exactly a threshold counts', [left(84), left(20)], ['low 5h']],
    ['less than 1 % is not 0', [left(84), left(0.4)], ['low 5h']],
    ['an existing low quota is not reported', [left(3), left(3), left(2)], []],
    ['an existing used-up quota is not reported', [left(0), left(0)], []],
    ['a further fall after the first reading is reported', [left(15), left(4)], ['low 5h']],
    [
      'what recovers within 30 s is not reported',
      [
        left(84),
        h => (h.read({ '5h': 0, week: 60 }, { resets: RESETS }), h.pass(29_000)),
        left(84),
      ],
      [],
    ],
    [
      'what lasts 30 s is',
      [left(84), h => (h.read({ '5h': 0, week: 60 }, { resets: RESETS }), h.pass(30_000))],
      ['spent 5h'],
    ],
    [
      'the week is reported separately',
      [left(84), left(80, 18), left(15, 18)],
      ['low week', 'low 5h'],
    ],
    [
      'of two low windows the tightest is reported',
      [left(84), left(18, 12), left(17, 11)],
      ['low week'],
    ],
    [
      'of two used-up windows the one with the later reset is reported',
      [left(84), left(0, 0), left(0, 0)],
      ['spent week'],
    ],
    [
      'a number that goes up and down is reported once',
      [left(84), left(19), left(22), left(19), left(22), left(20)],
      ['low 5h'],
    ],
    [
      'the next period is reported again',
      [left(84), left(19), toReset, left(100, 60, NEXT), left(18, 60, NEXT)],
      ['low 5h', 'low 5h'],
    ],
    [
      'a period that was not seen is reported',
      [left(84), left(19), toReset, left(12, 60, NEXT)],
      ['low 5h', 'low 5h'],
    ],
    [
      'thresholds come from the setting',
      [settings({ 'notifications.thresholds': [50] }), left(84), left(49), left(4)],
      ['low 5h'],
    ],
    [
      'without thresholds 0 is reported',
      [settings({ 'notifications.thresholds': [] }), left(84), left(4), left(0)],
      ['spent 5h'],
    ],
    [
      'invalid thresholds are ignored',
      [settings({ 'notifications.thresholds': [NaN, -5, 0, 100, 250] }), left(84), left(4)],
      [],
    ],
    [
      'when turned off, nothing is reported, then or later',
      [
        left(84),
        settings({ 'notifications.enabled': false }),
        left(19),
        settings({ 'notifications.enabled': true }),
        left(18),
      ],
      [],
    ],
    [
      'a muted kind is not reported, others are',
      [left(84), settings({ 'notifications.muted': ['low'] }), left(19), left(4), left(0)],
      ['spent 5h'],
    ],
    [
      'an old number is not reported',
      [left(84), h => (h.fail(), h.pass(10 * MINUTE_MS)), wait(HOUR_MS)],
      [],
    ],
  ];
  for (const [fact, steps, reported] of cases)
    it(fact, () => {
      const history = new NoticeHistory();
      for (const step of steps) step(history);
      assert.deepEqual(history.reported, reported);
    });

  it('contradictory fields notify by the value with more quota left', () => {
    const history = new NoticeHistory();
    left(84)(history);
    const contradiction = { lowestUsedPercent: 40, highestUsedPercent: 100 };
    const window = { id: '5h', usedPercent: 100, resetsAt: RESETS['5h'], contradiction };
    history.read({}, { windows: [window] } as object);
    history.pass(5 * MINUTE_MS);
    assert.deepEqual(history.reported, []);
  });

  it('with Extra Usage the notice says that requests continue, and no recovery follows', () => {
    const history = new NoticeHistory();
    const extraUsage = { leftCents: 900, totalCents: 1000 };
    left(84)(history);
    for (const percent of [0, 0])
      (history.read({ '5h': percent }, { resets: RESETS, extraUsage }),
        history.pass(5 * MINUTE_MS));
    toReset(history);
    for (const percent of [100, 99])
      (history.read({ '5h': percent }, { resets: NEXT, extraUsage }), history.pass(5 * MINUTE_MS));
    assert.deepEqual(history.reported, ['spent 5h']);
    const [{ notice }] = history.shown as [(typeof history.shown)[0]];
    assert.equal('hasExtraUsage' in notice && notice.hasExtraUsage, true);
  });

  it('an empty balance is reported once, and again only after a top-up', () => {
    const history = new NoticeHistory();
    const balance = (available: number): void => {
      history.read({}, { account: 'moonshot.ai', balance: { available } });
      history.pass(5 * MINUTE_MS);
    };
    balance(12);
    balance(-0.1);
    for (let day = 0; day < 3; day++) {
      history.pass(DAY_MS);
      balance(-0.1);
    }
    assert.deepEqual(history.reported, ['spent money']);
    balance(20);
    balance(0);
    assert.deepEqual(history.reported, ['spent money', 'spent money']);
  });
});

describe('recovery notices', () => {
  const spent: Step[] = [left(84), left(0)];
  const cases: [fact: string, steps: Step[], reported: string[]][] = [
    [
      'after the reset one number with a new reset is enough',
      [...spent, toReset, left(100, 60, NEXT)],
      ['spent 5h', 'worksAgain 5h'],
    ],
    [
      'one number before the reset is not enough',
      [
        ...spent,
        h => (h.read({ '5h': 90, week: 60 }, { resets: RESETS }), h.pass(20_000)),
        left(0),
        left(0),
      ],
      ['spent 5h'],
    ],
    [
      'two numbers before the reset are enough: it was topped up',
      [...spent, left(90), left(89)],
      ['spent 5h', 'worksAgain 5h'],
    ],
    [
      'not while the week is used up',
      [left(84), left(0, 30), left(0, 0), toReset, left(100, 0, NEXT), left(100, 0, NEXT)],
      ['spent 5h', 'spent week'],
    ],
    [
      'not if a percentage is unknown',
      [
        ...spent,
        toReset,
        h => (h.read({ '5h': 100, week: NaN }, { resets: NEXT }), h.pass(HOUR_MS)),
      ],
      ['spent 5h'],
    ],
    [
      'not if it was never reported as used up',
      [left(0), toReset, left(100, 60, NEXT), left(100, 60, NEXT)],
      [],
    ],
    [
      'not if that was muted',
      [
        settings({ 'notifications.muted': ['spent'] }),
        ...spent,
        toReset,
        left(100, 60, NEXT),
        left(99, 60, NEXT),
      ],
      [],
    ],
    [
      'once',
      [...spent, toReset, left(100, 60, NEXT), left(99, 60, NEXT), left(98, 60, NEXT)],
      ['spent 5h', 'worksAgain 5h'],
    ],
    [
      'not hours later',
      [...spent, toReset, wait(3 * HOUR_MS), left(100, 60, NEXT), left(99, 60, NEXT)],
      ['spent 5h'],
    ],
    [
      'not while the numbers are old',
      [...spent, toReset, h => (h.fail(), h.pass(10 * MINUTE_MS))],
      ['spent 5h'],
    ],
  ];
  for (const [fact, steps, reported] of cases)
    it(fact, () => {
      const history = new NoticeHistory();
      for (const step of steps) step(history);
      assert.deepEqual(history.reported, reported);
    });
});

describe('notices of large sessions', () => {
  const large = {
    agent: 'claude-code',
    windowId: 'week',
    percent: 21,
    until: NOW + 6 * DAY_MS,
  } as const;

  it('come once for each session and period of the quota', () => {
    const history = new NoticeHistory();
    history.read({ week: 50 });
    history.sessions = [{ ...large, session: 'one' }];
    history.pass(HOUR_MS);
    history.sessions = [
      { ...large, session: 'two' },
      { ...large, session: 'one', percent: 30 },
    ];
    history.pass(HOUR_MS);
    assert.deepEqual(history.reported, ['session one', 'session two']);
    history.pass(7 * DAY_MS);
    history.look();
    assert.equal(history.shown.length, 2, 'old numbers after the reset are no news');
    history.sessions = [{ ...large, session: 'one', until: NOW + 13 * DAY_MS }];
    history.pass(HOUR_MS);
    assert.deepEqual(history.reported, ['session one', 'session two', 'session one']);
  });

  it('do not come when muted, nor later', () => {
    const history = new NoticeHistory();
    history.settings = { ...history.settings, 'notifications.muted': ['session'] };
    history.sessions = [{ ...large, session: 'one' }];
    history.pass(HOUR_MS);
    history.settings = { ...history.settings, 'notifications.muted': [] };
    history.pass(HOUR_MS);
    assert.deepEqual(history.reported, []);
  });
});

describe('reminders at a reset', () => {
  const remindAt =
    (at: number): Step =>
    history => {
      history.reminders = { 'quota kimiCode': at };
    };
  const spentAndReminded: Step[] = [left(84), left(0), remindAt(RESETS['5h'])];
  const cases: [fact: string, steps: Step[], reported: string[]][] = [
    ['nothing is shown before the reset', [...spentAndReminded, wait(HOUR_MS)], ['spent 5h']],
    [
      'a number after the reset is shown once',
      [...spentAndReminded, toReset, left(100, 60, NEXT), left(99, 60, NEXT)],
      ['spent 5h', 'worksAgain 5h'],
    ],
    [
      'a low quota can be reminded of too',
      [left(84), left(19), remindAt(RESETS['5h']), toReset, left(100, 60, NEXT)],
      ['low 5h', 'worksAgain 5h'],
    ],
    [
      'mute and the daily maximum do not stop what was asked for',
      [
        left(84),
        left(19),
        left(4),
        left(0),
        remindAt(RESETS['5h']),
        settings({ 'notifications.muted': ['worksAgain'] }),
        toReset,
        left(100, 60, NEXT),
      ],
      ['low 5h', 'low 5h', 'spent 5h', 'worksAgain 5h'],
    ],
    [
      'while another quota is used up, nothing is shown',
      [...spentAndReminded, toReset, left(100, 0, NEXT)],
      ['spent 5h', 'spent week'],
    ],
  ];
  for (const [fact, steps, reported] of cases)
    it(fact, () => {
      const history = new NoticeHistory();
      for (const step of steps) step(history);
      assert.deepEqual(history.reported, reported);
    });

  it('without a new number, the reminder comes 45 s late and does not claim a reset', () => {
    const history = new NoticeHistory();
    for (const step of [...spentAndReminded, toReset]) step(history);
    history.pass(43_000);
    assert.deepEqual(history.reported, ['spent 5h']);
    history.pass(3_000);
    const last = history.shown.at(-1)?.notice;
    assert.ok(last && 'isUnconfirmed' in last && last.isUnconfirmed);
  });
});
