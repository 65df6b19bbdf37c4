import type { Incident } from '../incidents/incident.ts';
import type { StepId } from '../incidents/verdict.ts';
import type { DirectResult } from './directResults.ts';
import type { Outcome } from './directTest.ts';

const PAY = ['topUp', 'extraUsage', 'upgradePlan', 'renewPlan', 'raiseTier'] as const;
const OF_KEY = ['checkKey', 'checkHost', 'signInAgain', 'useSupportedClient'] as const;
const FEWER = ['fewerAgents', 'slowDown', 'tryAlone', 'findOtherUser', 'lowerMaxTokens'] as const;
const AT_KIMI = ['contactSupport', 'copyTicket'] as const;

/** The steps that an outcome of the direct test contradicts. */
const EXCLUDED: Readonly<Record<Outcome, readonly StepId[]>> = {
  account: ['topUpGateway', 'askProvider', 'tryAlone'],
  client: ['topUp', 'topUpGateway', 'renewPlan', 'checkStatusPage', 'askProvider', ...AT_KIMI],
  gateway: [...PAY, ...AT_KIMI, 'checkUsages', 'signInAgain', 'checkStatusPage', 'lowerEffort'],
  over: [...PAY, ...AT_KIMI, ...OF_KEY, 'topUpGateway', 'checkStatusPage'],
  otherAccount: [...PAY, ...AT_KIMI, 'topUpGateway', 'checkStatusPage', 'askProvider'],
  service: [...PAY, ...OF_KEY, ...FEWER, 'topUpGateway', 'askProvider', 'lowerEffort'],
  network: [...PAY, ...OF_KEY, ...FEWER, ...AT_KIMI, 'topUpGateway', 'askProvider'],
  unknown: [],
};

/**
 * The incident with the steps that are left after its direct test: without those that the outcome
 * contradicts, and without the test. A test before later failures decides nothing about now. Pure.
 */
export function afterTest(incident: Incident, direct: DirectResult | undefined): Incident {
  if (!direct || direct.outcome === 'unknown' || direct.at < incident.from) return incident;
  const isPassing = direct.outcome === 'over' || direct.outcome === 'service';
  if (isPassing && direct.at < incident.to) return incident;
  const excluded: readonly StepId[] = ['testDirectly', ...EXCLUDED[direct.outcome]];
  const { verdict } = incident;
  const steps = verdict.steps.filter(({ id }) => !excluded.includes(id));
  return { ...incident, verdict: { ...verdict, steps } };
}
