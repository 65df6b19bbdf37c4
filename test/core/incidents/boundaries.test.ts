import assert from 'node:assert/strict';
import type { AgentId } from '../../../src/core/agents/signal.ts';
import { factsOf } from '../../../src/core/incidents/facts.ts';
import { isRunaway, retryOf, type Retry } from '../../../src/core/incidents/nextSteps.ts';
import type { Cause, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { MARKS } from '../../../src/core/incidents/weigh.ts';
import { HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import { ALONE, AT_ONCE, CYCLE, inputOf, OVERLOADED, usages } from '../../support/verdictInputs.ts';

/** Literal numbers on both sides of every limit: a constant that moves fails here. */
describe('Boundaries: peak hours in Beijing', () => {
  const pointsAt = (from: string): number => {
    const at = Date.parse(from);
    const facts = factsOf(inputOf(OVERLOADED, { from: at, to: at, now: at }));
    return MARKS.filter(
      mark => mark.causes.includes('overloaded') && mark.holds(facts, 'overloaded'),
    ).reduce((sum, { points }) => sum + points, 0);
  };
  // 26 October 2026 is a Monday.
  for (const [from, isPeak] of [
    ['2026-10-26T13:59:59.999+08:00', false],
    ['2026-10-26T14:00:00.000+08:00', true],
    ['2026-10-26T16:59:59.999+08:00', true],
    ['2026-10-26T17:00:00.000+08:00', false],
    ['2026-10-30T15:00:00.000+08:00', true],
    ['2026-10-31T15:00:00.000+08:00', false],
    ['2026-11-01T15:00:00.000+08:00', false],
  ] as const)
    it(`${from} ${isPeak ? 'supports' : 'does not support'} an overload`, () =>
      assert.equal(pointsAt(from) - pointsAt('2026-10-26T09:00:00+08:00'), isPeak ? 1 : 0));

  it('says nothing of other errors', () => {
    const at = Date.parse('2026-10-26T15:00:00+08:00');
    const marksAt = (from: number) => {
      const facts = factsOf(inputOf(CYCLE, { from, to: from, now: from }));
      return MARKS.filter(mark => mark.holds(facts, 'overloaded'));
    };
    assert.deepEqual(marksAt(at), marksAt(at - 6 * HOUR_MS));
  });
});

describe('Boundaries: a loop is more than the retries of the agent', () => {
  const isLoop = (
    more: Partial<VerdictInput>,
    retry: Retry = { retry: 'useless' },
    cause: Cause = 'balance',
  ): boolean => isRunaway(cause, factsOf(inputOf(CYCLE, more)), retry);

  const TRIES: readonly (readonly [AgentId, number])[] = [
    ['kimi-code', 10],
    ['claude-code', 11],
    ['opencode', 6],
    ['codex', 6],
    ['cline', 6],
    ['qwen-code', 4],
    ['openclaw', 10],
    ['kimi-cli', 9],
    ['continue', 33],
    ['aider', 11],
  ];
  for (const [agent, tries] of TRIES)
    it(`${agent} fails ${tries} times by itself`, () => {
      const found = [1, 2].flatMap(threadCount =>
        [tries * threadCount, tries * threadCount + 1].map(count =>
          isLoop({ agents: [agent], count, threadCount }),
        ),
      );
      assert.deepEqual(found, [false, true, false, true]);
    });

  it('an unknown agent fails 11 times by itself, and without a thread as in one', () => {
    const found = [11, 12].map(count => isLoop({ agents: [], count, threadCount: 0 }));
    assert.deepEqual(found, [false, true]);
  });

  const to = NOW + 10_000;
  const cases: readonly (readonly [fact: string, expected: boolean, () => boolean])[] = [
    ['a wait of 10 minutes', false, () => isLoop(many, retryAfter(10 * MINUTE_MS))],
    ['a longer wait', true, () => isLoop(many, retryAfter(10 * MINUTE_MS + 1))],
    ['an unknown wait', false, () => isLoop(many, { retry: 'unknown' })],
    ['an unsure cause', false, () => isLoop(many, { retry: 'useless' }, 'unsure')],
    ['agents that gave up', false, () => isLoop({ ...many, state: 'gaveUp' })],
    ['an incident that is over', false, () => isLoop({ ...many, state: 'over' })],
    ['agents that were answered', false, () => isLoop({ ...many, state: 'recovered' })],
  ];
  const many = { count: 1000 };
  const retryAfter = (waitMs: number): Retry => ({ retry: 'at', retryAt: to + waitMs });
  for (const [fact, expected, found] of cases)
    it(`${fact} ${expected ? 'makes' : 'does not make'} a loop of 1,000 failures`, () =>
      assert.equal(found(), expected));
});

describe('Boundaries: when to retry', () => {
  const to = NOW + 10_000;
  const retryAfter = (cause: Cause, more: Partial<VerdictInput> = {}, now = to): string => {
    const { retry, retryAt } = retryOf(cause, factsOf(inputOf(null, { to, now, ...more })));
    return retryAt === undefined ? retry : `${retry} ${retryAt - to}`;
  };

  const LASTS: Readonly<Record<Cause, string>> = {
    own_concurrency: 'at 30000',
    foreign_concurrency: 'at 60000',
    quota_5h: 'unknown',
    quota_weekly: 'unknown',
    quota_monthly: 'unknown',
    quota_unspecified: 'unknown',
    rpm: 'at 60000',
    tpm: 'at 60000',
    tpd: 'unknown',
    balance: 'useless',
    gateway_balance: 'useless',
    overloaded: 'at 60000',
    disguised_overload: 'unknown',
    wrong_key: 'useless',
    token_expired: 'now 0',
    client_not_accepted: 'useless',
    membership: 'useless',
    entitlement: 'useless',
    account_closed: 'useless',
    wrong_endpoint: 'useless',
    context_length: 'useless',
    bad_request: 'useless',
    server_error: 'at 30000',
    network: 'at 10000',
    other_provider: 'unknown',
    unsure: 'unknown',
  };
  for (const [cause, expected] of Object.entries(LASTS) as [Cause, string][])
    it(`${cause} alone: ${expected}`, () => assert.equal(retryAfter(cause), expected));

  it('is now from the moment on that it was due', () => {
    assert.equal(retryAfter('overloaded', {}, to + 59_999), 'at 60000');
    assert.equal(retryAfter('overloaded', {}, to + 60_000), 'now 60000');
  });

  it('a longer wait that was asked for replaces how long a cause lasts', () => {
    const waiting = (waitMs: number) => ({ waitUntil: to + waitMs });
    assert.equal(retryAfter('server_error', waiting(29_999)), 'at 30000');
    assert.equal(retryAfter('server_error', waiting(30_001)), 'at 30001');
    assert.equal(retryAfter('unsure', waiting(1)), 'at 1');
    assert.equal(retryAfter('unsure', waiting(0)), 'unknown');
    assert.equal(retryAfter('balance', waiting(30_001)), 'useless');
  });

  it('recovered means now, whatever the cause lasts, unless a wait was asked for', () => {
    const shape = { ...ALONE, firstSuccessAfterMs: 1 };
    assert.equal(retryAfter('overloaded', { state: 'recovered' }), 'now 0');
    assert.equal(retryAfter('overloaded', { shape }), 'now 0');
    assert.equal(retryAfter('overloaded', { shape, waitUntil: to + 5 }), 'at 5');
    assert.equal(retryAfter('balance', { state: 'recovered' }), 'useless');
  });

  const busy = (inFlightNow: number) => ({ shape: { ...ALONE, inFlightNow } });
  const plan = { after: usages({ '5h': 2 }) };
  const slots: readonly (readonly [fact: string, string, Partial<VerdictInput>, number?])[] = [
    ['no limit is known', 'at 30000', busy(3)],
    ['the requests in flight are unknown', 'at 30000', { ...plan, shape: ALONE }],
    ['no limit is known 5 s later', 'at 30000', busy(3), to + 5000],
    ['nothing is known 5 s later', 'at 30000', plan, to + 5000],
    ['9 of 10 slots are taken', 'now 0', { ...plan, ...busy(9) }],
    ['10 of 10 slots are taken', 'at 30000', { ...plan, ...busy(10) }],
    ['10 of 10 slots are taken 5 s later', 'at 35000', { ...plan, ...busy(10) }, to + 5000],
    ['10 of 10 slots are taken by a late clock', 'at 30000', { ...plan, ...busy(10) }, to - 5000],
    ['a longer wait was asked for', 'at 40000', { ...plan, ...busy(10), waitUntil: to + 40_000 }],
    [
      'the limit is seen at work',
      'at 30000',
      { shape: { ...ALONE, inFlightNow: 3, meters: [{ meter: 'atOnce', limit: 3, share: 0.85 }] } },
    ],
    [
      'the limit seen at work is not reached',
      'now 0',
      { shape: { ...ALONE, inFlightNow: 2, meters: [{ meter: 'atOnce', limit: 3, share: 0.85 }] } },
    ],
    [
      'the limit may be a coincidence',
      'at 30000',
      { shape: { ...ALONE, inFlightNow: 2, meters: [{ meter: 'atOnce', limit: 3, share: 0.84 }] } },
    ],
  ];
  for (const [fact, expected, more, now] of slots)
    it(`for a slot of one's own, when ${fact}: ${expected}`, () =>
      assert.equal(retryAfter('own_concurrency', more, now), expected));

  it('the limit in the text counts before that of the plan', () => {
    const text = AT_ONCE;
    const facts = factsOf(inputOf(text, { to, now: to, ...plan, ...busy(3) }));
    assert.equal(retryOf('own_concurrency', facts).retry, 'now');
    const named = { ...facts, parallelLimit: 3 };
    assert.equal(retryOf('own_concurrency', named).retryAt, to + 30_000);
  });

  const windows: readonly (readonly [fact: string, Cause, string, VerdictInput['after']])[] = [
    ['a spent window', 'quota_5h', '5h', usages({ '5h': 100 })],
    ['a spent window of a month', 'quota_monthly', 'month', usages({ month: 100 })],
    ['a window that is named and not spent', 'quota_weekly', 'week', usages({ week: 40 })],
    ['a spent window that stays shut longer', 'quota_5h', 'week', usages({ '5h': 100, week: 100 })],
    ['a spent window that opens sooner', 'quota_weekly', 'week', usages({ '5h': 100, week: 99 })],
    ['an unnamed window', 'quota_unspecified', '5h', usages({ '5h': 100, week: 40 })],
  ];
  for (const [fact, cause, id, after] of windows)
    it(`${fact}: at the reset of ${id}`, () => {
      const { resetsAt } = after!.windows.find(window => window.id === id)!;
      assert.equal(retryAfter(cause, { after: after! }), `at ${resetsAt! - to}`);
    });

  it('a spent window does not delay what another cause stops', () => {
    for (const cause of ['tpd', 'unsure', 'disguised_overload', 'other_provider'] as const)
      assert.equal(retryAfter(cause, { after: usages({ week: 100 }) }), 'unknown');
  });

  it('the longest wait is 31 days, and what no calendar has is unknown', () => {
    const days = 86_400_000;
    assert.equal(retryAfter('rpm', { waitUntil: to + 32 * days }), `at ${31 * days}`);
    assert.equal(retryAfter('rpm', { to: 8e15, now: 0 }), 'unknown');
  });
});
