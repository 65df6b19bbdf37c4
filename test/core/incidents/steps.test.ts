import assert from 'node:assert/strict';
import type { AgentId } from '../../../src/core/agents/signal.ts';
import { factsOf } from '../../../src/core/incidents/facts.ts';
import { stepsOf } from '../../../src/core/incidents/nextSteps.ts';
import type { Cause, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';
import {
  ALONE,
  AT_ONCE,
  CYCLE,
  inputOf,
  PLATFORM,
  SWARM,
  usages,
} from '../../support/verdictInputs.ts';

const RPM_3 =
  '429 {"error":{"message":"request reached organization max RPM: 3, please try again after 1 seconds","type":"rate_limit_reached_error"}}';

/** A used-up 5-hour quota that resets in so many minutes. */
const resetting = (minutes: number) =>
  snapshotOf([{ id: '5h', usedPercent: 100, resetsAt: NOW + minutes * MINUTE_MS }]);

interface Asked {
  readonly text?: string | null;
  readonly isRunaway?: boolean;
  readonly input?: Partial<VerdictInput>;
}

function stepsFor(cause: Cause, { text = null, isRunaway = false, input = {} }: Asked = {}) {
  const weighed = { cause, certainty: 'certain', alternatives: [] } as const;
  return stepsOf(weighed, factsOf(inputOf(text, input)), isRunaway);
}
const idsFor = (cause: Cause, asked?: Asked): string =>
  stepsFor(cause, asked)
    .map(({ id }) => id)
    .join(' ');

/** Each cause with an account of Kimi Code, and with one of the open platform. */
const STEPS: readonly (readonly [Cause, plan: string, platform: string])[] = [
  ['own_concurrency', 'fewerAgents upgradePlan', 'fewerAgents raiseTier'],
  ['foreign_concurrency', 'findOtherUser readGuidelines contactSupport', 'contactSupport'],
  ['quota_5h', 'extraUsage upgradePlan checkUsages', 'checkHost checkKey'],
  ['quota_weekly', 'extraUsage upgradePlan checkUsages', 'checkHost checkKey'],
  ['quota_monthly', 'extraUsage upgradePlan checkUsages', 'checkHost checkKey'],
  ['quota_unspecified', 'checkUsages extraUsage upgradePlan', 'checkHost checkKey'],
  ['rpm', 'slowDown fewerAgents', 'slowDown fewerAgents raiseTier'],
  ['tpm', 'lowerMaxTokens compact', 'lowerMaxTokens compact raiseTier'],
  ['tpd', 'checkKey compact', 'raiseTier checkKey compact'],
  ['balance', 'testDirectly checkKey copyTicket', 'topUp testDirectly checkKey copyTicket'],
  ['gateway_balance', 'testDirectly topUpGateway checkHost', 'testDirectly topUpGateway checkHost'],
  ['overloaded', 'switchModel checkStatusPage', 'switchModel checkStatusPage'],
  [
    'disguised_overload',
    'lowerEffort useSupportedClient checkUsages copyTicket',
    'lowerEffort useSupportedClient copyTicket',
  ],
  ['wrong_key', 'checkKey checkHost signInAgain', 'checkKey checkHost signInAgain'],
  ['token_expired', 'signInAgain checkKey', 'signInAgain checkKey'],
  ['client_not_accepted', 'useSupportedClient readGuidelines', 'useSupportedClient'],
  ['membership', 'checkUsages upgradePlan copyTicket', 'copyTicket'],
  ['entitlement', 'switchModel upgradePlan', 'switchModel'],
  ['account_closed', 'contactSupport readGuidelines copyTicket', 'contactSupport copyTicket'],
  ['wrong_endpoint', 'checkHost switchModel', 'checkHost switchModel'],
  ['context_length', 'compact', 'compact'],
  ['bad_request', 'compact copyTicket', 'compact copyTicket'],
  ['server_error', 'checkStatusPage copyTicket', 'checkStatusPage copyTicket'],
  ['network', 'checkNetwork checkStatusPage', 'checkNetwork checkStatusPage'],
  ['other_provider', 'askProvider', 'askProvider'],
  [
    'unsure',
    'checkUsages testDirectly tryAlone copyTicket',
    'checkUsages testDirectly tryAlone copyTicket',
  ],
];

describe('steps: what helps, by cause', () => {
  for (const [cause, plan, platform] of STEPS)
    it(`${cause}: ${plan}; on the open platform: ${platform}`, () => {
      assert.equal(idsFor(cause), plan);
      assert.equal(idsFor(cause, { input: PLATFORM }), platform);
    });
});

describe('steps: what changes them', () => {
  const roomy = { after: usages({ '5h': 0, week: 0 }) };
  const other = { provider: 'unknown' } as const;
  const by = (...agents: AgentId[]) => ({ agents });
  const crowd = (inFlightPeak: number) => ({ shape: { ...ALONE, inFlightPeak } });
  const lacking = (lacks: 'plan' | 'model' | 'context') => ({ fields: { lacks } });
  const cases: readonly (readonly [fact: string, Cause, Asked, expected: string])[] = [
    [
      'a loop is stopped first',
      'quota_5h',
      { isRunaway: true },
      'stopAgent extraUsage upgradePlan checkUsages',
    ],
    [
      'no more than four are named',
      'disguised_overload',
      { isRunaway: true },
      'stopAgent lowerEffort useSupportedClient checkUsages',
    ],
    [
      'a window with room contradicts a quota error',
      'quota_5h',
      { input: roomy },
      'checkKey extraUsage upgradePlan checkUsages',
    ],
    ['and no other error', 'rpm', { input: roomy }, 'slowDown fewerAgents'],
    ['one thread reaches a limit of 3 a minute', 'rpm', { text: RPM_3 }, 'slowDown'],
    ['with one request in flight', 'rpm', { input: { shape: ALONE } }, 'slowDown'],
    [
      'the quota resets in ten minutes: paying comes last',
      'quota_5h',
      { input: { after: resetting(10) } },
      'checkUsages extraUsage upgradePlan',
    ],
    [
      'the quota resets in an hour',
      'quota_5h',
      { input: { after: resetting(60) } },
      'extraUsage upgradePlan checkUsages',
    ],
    [
      'whose requests these are is unknown',
      'unsure',
      { text: AT_ONCE },
      'tryAlone findOtherUser readGuidelines checkUsages',
    ],
    ['these are known', 'own_concurrency', { text: AT_ONCE }, 'fewerAgents upgradePlan'],
    ['another text', 'unsure', { text: CYCLE }, 'checkUsages testDirectly checkKey copyTicket'],
    ['the plan has ended', 'entitlement', { input: lacking('plan') }, 'renewPlan checkKey'],
    [
      'the plan lacks a model',
      'entitlement',
      { input: lacking('model') },
      'switchModel upgradePlan',
    ],
    [
      'the plan lacks context',
      'entitlement',
      { input: lacking('context') },
      'limitContext upgradePlan',
    ],
    ['another cause, with a lack', 'rpm', { input: lacking('plan') }, 'slowDown fewerAgents'],
    [
      'Claude Code can log more',
      'unsure',
      { input: by('claude-code') },
      'checkUsages testDirectly tryAlone turnOnDebug',
    ],
    [
      'Continue can, next to another agent',
      'unsure',
      { input: by('crush', 'continue') },
      'checkUsages testDirectly tryAlone turnOnDebug',
    ],
    [
      'it has logged enough',
      'unsure',
      { text: CYCLE, input: by('claude-code') },
      'checkUsages testDirectly checkKey copyTicket',
    ],
    ['it need not be Kimi', 'own_concurrency', { input: other }, 'fewerAgents'],
    [
      'the text is of Kimi',
      'own_concurrency',
      { text: AT_ONCE, input: other },
      'fewerAgents upgradePlan',
    ],
    ['the cause is of Kimi', 'membership', { input: other }, 'upgradePlan copyTicket'],
    ['one request alone', 'unsure', { input: crowd(1) }, 'checkUsages testDirectly copyTicket'],
    ['two requests', 'unsure', { input: crowd(2) }, 'checkUsages testDirectly tryAlone copyTicket'],
    [
      'two threads',
      'unsure',
      { input: { ...crowd(1), threadCount: 2 } },
      'checkUsages testDirectly tryAlone copyTicket',
    ],
    [
      'the quota is known',
      'unsure',
      { input: { after: usages({ week: 90 }) } },
      'testDirectly tryAlone copyTicket',
    ],
    [
      'another program signs in',
      'wrong_key',
      { input: by('kimi-cli') },
      'checkKey checkHost signInAgain',
    ],
    [
      'it does next to another',
      'token_expired',
      { input: by('crush', 'kimi-code') },
      'signInAgain checkKey',
    ],
    ['no program signs in', 'token_expired', { input: by('crush') }, 'checkKey'],
    [
      'the text names a limit of the platform',
      'tpd',
      { input: { category: 'tpd' } },
      'raiseTier checkKey compact',
    ],
  ];
  for (const [fact, cause, asked, expected] of cases)
    it(`${fact}: ${expected}`, () => assert.equal(idsFor(cause, asked), expected));

  it('each is for the busiest agent, if there is one', () => {
    const agentOf = (agents: AgentId[]) => stepsFor('tpd', { input: { agents } }).slice(0, 1);
    assert.deepEqual(agentOf(['codex', 'crush']), [{ id: 'checkKey', agent: 'codex' }]);
    assert.deepEqual(agentOf([]), [{ id: 'checkKey' }]);
  });

  const countOf = (cause: Cause, input: Partial<VerdictInput>) =>
    stepsFor(cause, { input }).map(({ count }) => count);
  const atOnce = {
    shape: { ...ALONE, meters: [{ meter: 'atOnce', limit: 3, share: 1 }] },
  } as const;
  it('fewer agents means as many as are allowed', () => {
    assert.deepEqual(countOf('own_concurrency', {}), [undefined, undefined]);
    assert.deepEqual(countOf('own_concurrency', roomy), [10, undefined]);
    assert.deepEqual(countOf('own_concurrency', atOnce), [3, undefined]);
    assert.deepEqual(countOf('own_concurrency', { ...roomy, ...atOnce }), [10, undefined]);
  });

  it('fewer tasks, not fewer sub-agents, where several sessions failed', () => {
    assert.deepEqual(stepsFor('own_concurrency', { input: { areSessions: true } })[0], {
      id: 'fewerAgents',
    });
  });

  it('fewer tokens are fewer than the agent asks for', () => {
    const shape = { ...SWARM, maxCompletionTokens: 131_072 };
    assert.deepEqual(countOf('tpm', { shape }), [131_072, undefined]);
    assert.deepEqual(countOf('tpm', {}), [undefined, undefined]);
    assert.deepEqual(countOf('rpm', { shape }), [undefined, undefined]);
  });
});
