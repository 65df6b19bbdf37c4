import assert from 'node:assert/strict';
import { CATEGORIES, type Category } from '../../../src/core/errors/category.ts';
import { factsOf } from '../../../src/core/incidents/facts.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import { stepsOf } from '../../../src/core/incidents/nextSteps.ts';
import { type Trouble, troubleOfCause } from '../../../src/core/incidents/trouble.ts';
import {
  type Cause,
  CAUSES,
  type StepId,
  type VerdictInput,
} from '../../../src/core/incidents/verdict.ts';
import { inputOf, usages } from '../../support/verdictInputs.ts';

const ANY = ['rate', 'quota', 'busy', 'account', 'key', 'request', 'network', 'other', 'vague'];

/** The kinds of trouble that each step is for. */
const FOR: Readonly<Record<StepId, readonly string[]>> = {
  fewerAgents: ['rate'],
  tryAlone: ['rate', 'vague'],
  findOtherUser: ['rate', 'quota'],
  testDirectly: ANY,
  readGuidelines: ['rate', 'key', 'account'],
  extraUsage: ['quota'],
  upgradePlan: ['rate', 'quota', 'account'],
  renewPlan: ['account'],
  limitContext: ['account'],
  topUp: ['account'],
  topUpGateway: ['account'],
  lowerMaxTokens: ['rate'],
  slowDown: ['rate'],
  raiseTier: ['rate', 'quota'],
  checkStatusPage: ['busy', 'network'],
  lowerEffort: ['busy'],
  switchModel: ['busy', 'account', 'request'],
  checkKey: ['quota', 'account', 'key'],
  checkHost: ['quota', 'account', 'key', 'request'],
  signInAgain: ['key'],
  useSupportedClient: ['busy', 'key'],
  contactSupport: ANY,
  compact: ['rate', 'quota', 'request'],
  stopAgent: ANY,
  checkNetwork: ['network'],
  askProvider: ['other'],
  checkUsages: ['rate', 'quota', 'busy', 'account', 'vague'],
  turnOnDebug: ['vague'],
  copyTicket: ANY,
};

const KNOWN: readonly (readonly [string, Partial<VerdictInput>])[] = [
  ['nothing else', {}],
  ['several threads', { threadCount: 4, agents: ['claude-code', 'kimi-code'] }],
  ['a gateway', { fields: { gateway: 'LiteLLM' }, host: 'llm.example' }],
  ['quota left', { after: usages({ '5h': 10, week: 10 }) }],
  ['a used-up quota', { after: usages({ '5h': 100, week: 10 }) }],
  ['what the text of another provider says', { fields: { says: 'balance' } }],
];
const PRODUCTS = ['kimi-code', 'open-platform', 'other', 'unknown'] as const;

/** Steps for another kind of trouble than that of the cause, or of the text while it is unclear. */
function contrary(cause: Cause, category: Category | null, input: VerdictInput): StepId[] {
  const says = input.fields.says ?? category;
  const trouble: Trouble = troubleOfCause(cause, says);
  const weighed = { cause, certainty: 'likely', alternatives: [] } as const;
  const facts = factsOf(input);
  return [false, true]
    .flatMap(isRunaway => stepsOf(weighed, facts, isRunaway))
    .map(({ id }) => id)
    .filter(id => !FOR[id].includes(trouble));
}

describe('advice: no step is for another kind of trouble', () => {
  for (const [known, more] of KNOWN)
    for (const provider of PRODUCTS)
      it(`${provider}, known: ${known}: ${CATEGORIES.length + 1} categories, ${CAUSES.length} causes`, () => {
        const wrong = [...CATEGORIES, null].flatMap(category =>
          CAUSES.flatMap(cause => {
            const input = inputOf(null, { provider, ...more, category, wordsConfidence: 'high' });
            const isWhose = cause === 'unsure' && category === 'concurrency';
            const found = contrary(cause, category, input);
            return isWhose ? [] : found.map(id => `${category} ${cause}: ${id}`);
          }),
        );
        assert.deepEqual(wrong, []);
      });

  it('"insufficient balance" by a proxy: one direct request, never one task alone', () => {
    const text =
      '429 {"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}';
    const verdict = judge(inputOf(text, { provider: 'unknown' }));
    assert.equal(verdict.retry, 'useless');
    assert.deepEqual(
      verdict.steps.map(({ id }) => id),
      ['testDirectly', 'checkKey', 'topUpGateway', 'copyTicket'],
    );
  });
});
