import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import type { Verdict } from '../../../src/core/incidents/verdict.ts';
import { type QuotaView, viewQuota } from '../../../src/core/quota/quotaView.ts';
import { startWords } from '../../../src/core/status/startAdvice.ts';
import { adviceFor, type AdviceParts, failingNow, reportOf } from '../../support/headlines.ts';
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

const running = (inFlight: number): AdviceParts => ({ inFlight });

const failing = (retry: Verdict['retry'], retryAt?: number, more: Partial<Incident> = {}) => ({
  incidents: [failingNow({ retry, ...(retryAt === undefined ? {} : { retryAt }) }, more)],
});
/** The failure asked for this wait. */
const asked = { fields: { retryAfterSeconds: 3600 } };

const ten = { parallelLimit: 10 };
const roomy = (more = {}): QuotaView => viewOf(snapshotOf([FIVE_HOURS, WEEK], more));
const low = (usedPercent: number, resetsInMs = 2 * HOUR_MS, more = {}): QuotaView =>
  viewOf(snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW + resetsInMs }, WEEK], more));
const spentWeek = viewOf(snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 100 }]));
const balanceOf = (available: number): QuotaView =>
  viewOf(snapshotOf([], { balance: { available } }));

describe('startAdvice in words', () => {
  const cases: readonly [title: string, words: string, AdviceParts & { view: QuotaView }][] = [
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
      'Wait until 10:20. 5-hour quota: 16% left.',
      { view: low(84, 20 * MINUTE_MS) },
    ],
    [
      'a quota is low and few slots are free',
      'Start at most 2 agents: no more parallel slots are free.',
      { view: low(84, HOUR_MS, ten), ...running(8) },
    ],
    [
      'the weekly quota is used up',
      'Wait until Sun 10:00. Weekly quota used up.',
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
      'Wait until 11:00: requests are failing right now.',
      { view: roomy(), ...failing('at', NOW + HOUR_MS, asked) },
    ],
    [
      'requests usually fail for an hour',
      'Wait a minute: requests are failing right now.',
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
      assert.equal(startWords(adviceFor(input.view, input), NOW, ENGLISH), words));

  it('continues with paid Extra Usage', () => {
    const [, view] = DATA_STATES.find(([state]) => state === 'extraUsage')!;
    const advice = adviceFor(view);
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
      const advice = adviceFor(view);
      assert.deepEqual(advice, { kind: 'unknown' });
      assert.equal(
        startWords(advice, NOW, ENGLISH),
        "Can't tell whether to start agents: no current data.",
      );
    });
});

describe('checkReport safeToStart', () => {
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
      const { safeToStart: advice } = reportOf(view, NOW, more);
      assert.deepEqual(
        [advice.advice, advice.reason, advice.agents, advice.until, advice.window],
        expected,
      );
    });
});
