import assert from 'node:assert/strict';
import { afterTest } from '../../../src/core/diagnosis/afterTest.ts';
import type { DirectAnswer } from '../../../src/core/diagnosis/directRequest.ts';
import type { DirectResult } from '../../../src/core/diagnosis/directResults.ts';
import {
  compareDirect,
  failureFactsOf,
  OUTCOMES,
  type Outcome,
  type Reason,
} from '../../../src/core/diagnosis/directTest.ts';
import { CATEGORIES, type Category } from '../../../src/core/errors/category.ts';
import { explain } from '../../../src/core/explain/explain.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { troubleOf } from '../../../src/core/incidents/trouble.ts';
import { CAUSES, type StepId } from '../../../src/core/incidents/verdict.ts';
import { supportTicket } from '../../../src/core/ticket/supportTicket.ts';
import {
  byProxy,
  code,
  lost,
  ORG_B,
  platform,
  WORKS,
  WORKS_AS,
} from '../../support/directAnswers.ts';
import { ENGLISH, factsOf } from '../../support/demands.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import { judgedIncident } from '../../support/judgedIncident.ts';
import { MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';
import { inputOf, usages } from '../../support/verdictInputs.ts';

const ANSWERS: Readonly<Record<string, DirectAnswer>> = {
  'it works': WORKS,
  'it works for another organization': WORKS_AS(ORG_B),
  'no balance': platform('suspended'),
  'a daily limit': platform('tpd'),
  'a used-up 5-hour quota': code('fiveHour'),
  'no plan': code('membership'),
  'a rejected key': code('keyInvalid'),
  overload: code('overloaded'),
  'too many': code('concurrency'),
  'an answer of a proxy': byProxy,
  'no connection': lost,
};
const KNOWN = [
  ['nothing else', {}],
  ['money on the account', { after: snapshotOf([], { balance: { available: 49 } }) }],
  ['no money', { after: snapshotOf([], { balance: { available: 0 } }) }],
  ['no plan', { fields: { lacks: 'plan' } }],
  ['quota left', { after: usages({ '5h': 10, week: 10 }) }],
  ['a used-up quota', { after: usages({ '5h': 100 }) }],
  ['a gateway', { fields: { gateway: 'LiteLLM' }, host: 'llm.example' }],
] as const;
const PRODUCTS = ['kimi-code', 'open-platform', 'other', 'unknown'] as const;

const result = (outcome: Outcome, at = NOW + MINUTE_MS): DirectResult => ({
  ...{ at, account: 'kimiCode', host: 'api.kimi.com', model: 'k', answer: WORKS },
  ...{ outcome, reason: 'worksNow' },
});

/** What no longer helps once an outcome is known. */
const CONTRARY: Readonly<Record<Outcome, RegExp>> = {
  account: /^(?:topUpGateway|askProvider)$/,
  client: /^(?:topUp|topUpGateway|renewPlan|contactSupport|copyTicket)$/,
  gateway: /^(?:topUp|extraUsage|upgradePlan|renewPlan|raiseTier|contactSupport|copyTicket)$/,
  over: /^(?:topUp|topUpGateway|extraUsage|upgradePlan|checkKey|signInAgain|contactSupport)$/,
  otherAccount: /^(?:topUp|topUpGateway|extraUsage|upgradePlan|raiseTier|contactSupport)$/,
  service: /^(?:topUp|extraUsage|upgradePlan|raiseTier|checkKey|signInAgain|fewerAgents)$/,
  network: /^(?:topUp|extraUsage|upgradePlan|raiseTier|checkKey|signInAgain|fewerAgents)$/,
  unknown: /^$/,
};

/** Reasons that only make sense for one kind of trouble, or one category. */
const ONLY: Partial<Record<Reason, (says: Category | null) => boolean>> = {
  keyWorksHere: says => troubleOf(says) === 'key',
  worksAlone: says => troubleOf(says) === 'rate',
  overloadOnlyThere: says => says === 'overloaded',
  connectionDiffers: says => troubleOf(says) === 'network',
  smallRequestFits: says => says === 'tpd',
  quotaLeftHere: says => troubleOf(says) === 'quota',
  accountIsFine: says => troubleOf(says) === 'account',
  clientNotAdmitted: says => says === 'client_not_accepted',
  noConnection: says => says === 'network',
};

describe('steps after a direct test', () => {
  for (const [known, more] of KNOWN)
    it(`fit its outcome, known: ${known}: every category, cause, product and answer`, () => {
      const wrong: string[] = [];
      for (const provider of PRODUCTS)
        for (const category of [...CATEGORIES, null])
          for (const [said, answer] of Object.entries(ANSWERS)) {
            const input = inputOf(null, { provider, ...more, category, wordsConfidence: 'high' });
            const incident = judgedIncident(input);
            const failure = failureFactsOf(incident, input.now);
            const [outcome, reason] = compareDirect(failure, answer, 'https://api.kimi.com');
            const { says } = failure;
            if (ONLY[reason]?.(says) === false) wrong.push(`${says}, ${said}: ${reason}`);
            for (const { id } of afterTest(incident, result(outcome)).verdict.steps)
              if (CONTRARY[outcome].test(id)) wrong.push(`${says}, ${said}: ${outcome} ${id}`);
          }
      assert.deepEqual(wrong, []);
    });

  const withSteps = (...ids: StepId[]): Incident =>
    incidentOf('i', { from: NOW, to: NOW, verdict: { ...UNSURE, steps: ids.map(id => ({ id })) } });
  const idsOf = ({ verdict }: Incident): StepId[] => verdict.steps.map(({ id }) => id);

  it('no longer include the test, unless it decided nothing', () => {
    for (const outcome of OUTCOMES)
      assert.equal(
        idsOf(afterTest(withSteps('testDirectly', 'compact'), result(outcome))).length,
        outcome === 'unknown' ? 2 : 1,
        outcome,
      );
  });

  it('are those of every cause where there was no test, or an earlier one', () => {
    for (const cause of CAUSES) {
      const incident = incidentOf('i', { verdict: { ...UNSURE, cause, steps: [{ id: 'topUp' }] } });
      assert.equal(afterTest(incident, undefined), incident);
      assert.equal(afterTest(incident, result('gateway', incident.from - 1)), incident);
    }
  });

  it('are kept if requests failed after "it works now" or "Kimi itself"', () => {
    const incident = { ...withSteps('topUp'), from: NOW, to: NOW + 2 * MINUTE_MS };
    for (const outcome of ['over', 'service'] as const) {
      assert.deepEqual(idsOf(afterTest(incident, result(outcome))), ['topUp']);
      assert.deepEqual(idsOf(afterTest(incident, result(outcome, incident.to))), []);
    }
    assert.deepEqual(idsOf(afterTest(incident, result('gateway'))), []);
  });

  it('are those of the ticket', () => {
    const incident = withSteps('topUp', 'compact');
    const checklist = factsOf(incident, { direct: result('gateway') });
    const ticket = (facts: typeof checklist) =>
      supportTicket(
        { incident, incidents: [incident], snapshots: [], checklist: facts },
        { locale: ENGLISH, version: '1' },
      );
    const [topUp = ''] = explain(incident, { locale: ENGLISH, now: NOW }).steps.map(it => it.text);
    assert.ok(ticket(factsOf(incident)).includes(topUp));
    assert.ok(!ticket(checklist).includes(topUp));
  });
});
