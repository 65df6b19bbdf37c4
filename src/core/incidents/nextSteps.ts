import type { Facts } from './facts.ts';
import type { Retry } from './retryTime.ts';
import type { Cause, Step, StepId } from './verdict.ts';
import type { Weighed } from './weigh.ts';

/** More would not be done. */
const MAX_STEPS = 4;

/** What helps, by cause, the most useful first. Waiting is put before it where waiting helps. */
const STEPS: Readonly<Record<Cause, readonly StepId[]>> = {
  own_concurrency: ['fewerAgents', 'upgradePlan'],
  foreign_concurrency: ['findOtherUser', 'readGuidelines', 'contactSupport'],
  quota_5h: ['extraUsage', 'upgradePlan'],
  quota_weekly: ['extraUsage', 'upgradePlan'],
  quota_monthly: ['extraUsage', 'upgradePlan'],
  quota_unspecified: ['checkUsages', 'extraUsage', 'upgradePlan'],
  rpm: ['slowDown', 'fewerAgents', 'raiseTier'],
  tpm: ['lowerMaxTokens', 'compact', 'raiseTier'],
  tpd: ['raiseTier', 'checkKey'],
  balance: ['topUp', 'checkKey', 'copyTicket'],
  gateway_balance: ['topUpGateway', 'checkHost'],
  overloaded: ['switchModel', 'checkStatusPage'],
  disguised_overload: ['lowerEffort', 'useSupportedClient', 'checkUsages', 'copyTicket'],
  wrong_key: ['checkKey', 'checkHost', 'signInAgain'],
  token_expired: ['signInAgain'],
  client_not_accepted: ['useSupportedClient', 'readGuidelines'],
  membership: ['checkUsages', 'upgradePlan', 'copyTicket'],
  entitlement: ['switchModel', 'upgradePlan'],
  account_closed: ['contactSupport', 'readGuidelines', 'copyTicket'],
  wrong_endpoint: ['checkHost', 'switchModel'],
  context_length: ['compact', 'lowerMaxTokens'],
  bad_request: ['compact', 'copyTicket'],
  server_error: ['checkStatusPage', 'copyTicket'],
  network: ['checkNetwork', 'checkStatusPage'],
  other_provider: ['askProvider'],
  unsure: ['checkUsages', 'turnOnDebug', 'copyTicket'],
};

/** At most four things to do, for the agent at hand. */
export function stepsOf({ cause }: Weighed, { input }: Facts, { retry }: Retry): Step[] {
  const agent = input.agents[0];
  const first: StepId[] = retry === 'now' ? ['retryNow'] : retry === 'at' ? ['waitUntil'] : [];
  return [...first, ...STEPS[cause]]
    .slice(0, MAX_STEPS)
    .map(id => ({ id, ...(agent === undefined ? {} : { agent }) }));
}
