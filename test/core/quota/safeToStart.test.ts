import assert from 'node:assert/strict';
import { checkReport } from '../../../src/core/status/checkReport.ts';
import { type QuotaView, viewQuota } from '../../../src/core/quota/quotaView.ts';
import { safeToStart, type StartInput, startWords } from '../../../src/core/status/startAdvice.ts';
import {
  DATA_STATES,
  ENGLISH,
  FAILURES,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const running = (total: number): Pick<StartInput, 'use'> => ({
  use: { total, here: total, elsewhere: [] },
});

const failing = (retry: 'now' | 'at' | 'useless' | 'unknown', retryAt?: number) =>
  ({ incident: { verdict: { retry, ...(retryAt === undefined ? {} : { retryAt }) } } }) as Pick<
    StartInput,
    'incident'
  >;

const ten = { parallelLimit: 10 };
const roomy = (more = {}): QuotaView => viewOf(snapshotOf([FIVE_HOURS, WEEK], more));
const low = (usedPercent: number, resetsInMs = 2 * HOUR_MS, more = {}): QuotaView =>
  viewOf(snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW + resetsInMs }, WEEK], more));
const spentWeek = viewOf(snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 100 }]));
const balanceOf = (available: number): QuotaView =>
  viewOf(snapshotOf([], { balance: { available } }));

describe('safeToStart', () => {
  const cases: readonly [title: string, words: string, Omit<StartInput, 'now'>][] = [
    ['there is room', 'Ready to start agents.', { view: roomy() }],
    [
      'as many fit as the plan allows',
      'Ready to start agents. Room for 10 more parallel requests.',
      { view: roomy(ten) },
    ],
    [
      'some run already',
      'Ready to start agents. Room for 6 more parallel requests.',
      { view: roomy(ten), ...running(4) },
    ],
    [
      'few fit',
      'Start at most 4 agents: no more parallel slots are free.',
      { view: roomy(ten), ...running(6) },
    ],
    [
      'one fits',
      'Start one agent: one parallel slot is free.',
      { view: roomy(ten), ...running(9) },
    ],
    [
      'none fits',
      'All parallel slots are in use. Wait for a request to end.',
      { view: roomy(ten), ...running(10) },
    ],
    [
      'the limit is more run than',
      'All parallel slots are in use. Wait for a request to end.',
      { view: roomy(ten), ...running(14) },
    ],
    ['a quota is low', 'Start at most 3 agents. 5-hour quota: 16% left.', { view: low(84) }],
    ['a quota is nearly used up', 'Start one agent. 5-hour quota: 4% left.', { view: low(96) }],
    [
      'a low quota resets soon',
      'Wait until 10:20 GMT+8. 5-hour quota: 16% left.',
      { view: low(84, 20 * MINUTE_MS) },
    ],
    [
      'a quota is low and few slots are free',
      'Start at most 2 agents: no more parallel slots are free.',
      { view: low(84, HOUR_MS, ten), ...running(8) },
    ],
    [
      'the weekly quota is used up',
      'Wait until Sun, Sep 27, 10:00 GMT+8. Weekly quota: 0% left.',
      { view: spentWeek },
    ],
    [
      'a used-up quota has no reset',
      "Don't start agents now: 5-hour quota used up.",
      { view: viewOf(snapshotOf([{ id: '5h', usedPercent: 100 }])) },
    ],
    ['there is credit', 'Ready to start agents.', { view: balanceOf(3) }],
    ['there is no credit', "Don't start agents now: no credit left.", { view: balanceOf(0) }],
    [
      'requests fail until a moment',
      'Wait until 11:00 GMT+8: requests are failing right now.',
      { view: roomy(), ...failing('at', NOW + HOUR_MS) },
    ],
    [
      'requests fail for some seconds more',
      'Wait a minute: requests are failing right now.',
      { view: roomy(), ...failing('at', NOW + 20_000) },
    ],
    [
      'requests fail, and waiting is useless',
      "Don't start agents now: requests are failing, and waiting won't help.",
      { view: roomy(), ...failing('useless') },
    ],
    [
      'what failed can be tried again',
      'Ready to start agents.',
      { view: roomy(), ...failing('now', NOW - 1) },
    ],
    [
      'the moment of the retry has passed',
      'Ready to start agents.',
      { view: roomy(), ...failing('at', NOW - 1) },
    ],
  ];
  for (const [title, words, input] of cases)
    it(`is, when ${title}: ${words}`, () =>
      assert.equal(startWords(safeToStart({ ...input, now: NOW }), NOW, ENGLISH), words));

  it('continues with paid Extra Usage', () => {
    const [, view] = DATA_STATES.find(([state]) => state === 'extraUsage')!;
    const advice = safeToStart({ view, now: NOW });
    assert.equal(
      startWords(advice, NOW, ENGLISH),
      "Ready to start agents. You're on paid Extra Usage.",
    );
  });

  for (const [state, view] of [
    ...DATA_STATES.filter(([state]) => ['resetting', 'stale', 'unknown'].includes(state)),
    ...FAILURES.map(([state, outcome]) => {
      const { snapshot } = roomy();
      return [state, viewQuota({ access: 'key', outcome, snapshot: snapshot! }, NOW)] as const;
    }),
  ])
    it(`is unknown in the state ${state} (${view.outcome?.kind})`, () => {
      const advice = safeToStart({ view, now: NOW });
      assert.deepEqual(advice, { kind: 'unknown' });
      assert.equal(
        startWords(advice, NOW, ENGLISH),
        "Can't tell whether to start agents: no current data.",
      );
    });
});

describe('checkReport safeToStart', () => {
  const origin = 'https://api.kimi.com';
  const cases = [
    ['a swarm', roomy(ten), running(7), ['fewer', 'concurrency', 3, null, null]],
    [
      'a used-up weekly quota',
      spentWeek,
      {},
      ['wait', 'spent', null, '2026-09-27T02:00:00.000Z', 'week'],
    ],
    ['a low quota', low(90), {}, ['fewer', 'lowWindow', 2, null, '5h']],
  ] as const;
  for (const [title, view, more, expected] of cases)
    it(`reports ${title} to programs`, () => {
      const { safeToStart: advice } = checkReport(view, { origin, now: NOW, ...more });
      assert.deepEqual(
        [advice.advice, advice.reason, advice.agents, advice.until, advice.window],
        expected,
      );
    });
});
