import type { AgentId } from '../agents/signal.ts';
import type { ErrorFields } from '../errors/category.ts';
import type { Facts } from './facts.ts';
import type { Cause, Step, StepId } from './verdict.ts';
import type { Weighed } from './weigh.ts';

/** More would not be done. */
const MAX_STEPS = 4;

const WINDOW_STEPS: readonly StepId[] = ['extraUsage', 'upgradePlan', 'checkUsages'];

/** What helps, by cause, the most useful first. When to try again is told beside them. */
const STEPS: Readonly<Record<Cause, readonly StepId[]>> = {
  own_concurrency: ['fewerAgents', 'upgradePlan', 'raiseTier'],
  foreign_concurrency: ['findOtherUser', 'readGuidelines', 'contactSupport'],
  quota_5h: WINDOW_STEPS,
  quota_weekly: WINDOW_STEPS,
  quota_monthly: WINDOW_STEPS,
  quota_unspecified: ['checkUsages', 'extraUsage', 'upgradePlan'],
  rpm: ['slowDown', 'fewerAgents', 'raiseTier'],
  tpm: ['lowerMaxTokens', 'compact', 'raiseTier'],
  tpd: ['raiseTier', 'checkKey'],
  balance: ['topUp', 'checkKey', 'copyTicket'],
  gateway_balance: ['topUpGateway', 'checkHost'],
  overloaded: ['switchModel', 'checkStatusPage'],
  disguised_overload: ['lowerEffort', 'useSupportedClient', 'checkUsages', 'copyTicket'],
  wrong_key: ['checkKey', 'checkHost', 'signInAgain'],
  token_expired: ['signInAgain', 'checkKey'],
  client_not_accepted: ['useSupportedClient', 'readGuidelines'],
  membership: ['checkUsages', 'upgradePlan', 'copyTicket'],
  // By what the plan lacks.
  entitlement: [],
  account_closed: ['contactSupport', 'readGuidelines', 'copyTicket'],
  wrong_endpoint: ['checkHost', 'switchModel'],
  context_length: ['compact'],
  bad_request: ['compact', 'copyTicket'],
  server_error: ['checkStatusPage', 'copyTicket'],
  network: ['checkNetwork', 'checkStatusPage'],
  other_provider: ['askProvider'],
  unsure: ['checkUsages', 'tryAlone', 'turnOnDebug', 'copyTicket'],
};

/** Too many at once, and whose cannot be seen. */
const WHOSE_PLACES: readonly StepId[] = ['tryAlone', 'findOtherUser', 'readGuidelines'];

/** What helps, by what the plan lacks: without a plan no other model does. */
const LACK_STEPS: Readonly<Record<NonNullable<ErrorFields['lacks']>, readonly StepId[]>> = {
  plan: ['renewPlan', 'checkKey'],
  model: ['switchModel', 'upgradePlan'],
  context: ['limitContext', 'upgradePlan'],
};

/** Steps that only one of the two products has. */
const OF_PLAN: readonly StepId[] = [
  'upgradePlan',
  'renewPlan',
  'extraUsage',
  'findOtherUser',
  'readGuidelines',
];
const OF_PLATFORM: readonly StepId[] = ['raiseTier', 'topUp'];

/** Agents that write more when they are told to (agents.md 6). */
const HAVE_DEBUG: readonly AgentId[] = ['claude-code', 'continue'];

/** At most four things to do, for the agent at hand. */
export function stepsOf(weighed: Weighed, facts: Facts, isRunaway: boolean): Step[] {
  const { agents, category, fields } = facts.input;
  const agent = agents[0];
  const ids = [
    ...(isRunaway ? (['stopAgent'] as const) : []),
    ...(isContradicted(weighed, facts) ? (['checkKey'] as const) : []),
    ...(weighed.cause === 'unsure' && category === 'concurrency' ? WHOSE_PLACES : []),
    ...STEPS[weighed.cause],
    ...(weighed.cause === 'entitlement' ? LACK_STEPS[fields.lacks ?? 'model'] : []),
    ...(isOfOtherProduct(weighed, facts) ? (['checkHost', 'checkKey'] as const) : []),
  ];
  return [...new Set(ids)]
    .filter(id => fits(id, weighed, facts))
    .slice(0, MAX_STEPS)
    .map(id => ({
      id,
      ...(agent === undefined ? {} : { agent }),
      ...countOf(id, facts),
    }));
}

/** Words of a spent window, and windows with room: the key may be of another account. */
const isContradicted = ({ cause }: Weighed, { isRoomy }: Facts): boolean =>
  isRoomy && cause.startsWith('quota_');

/** Words of a plan's window by the address of the open platform, which has none. */
const isOfOtherProduct = ({ cause }: Weighed, { input }: Facts): boolean =>
  input.provider === 'open-platform' && cause.startsWith('quota_');

function fits(id: StepId, { cause }: Weighed, { input }: Facts): boolean {
  const { provider, agents, category, after, threadCount, shape } = input;
  if (OF_PLAN.includes(id) && provider === 'open-platform') return false;
  if (OF_PLATFORM.includes(id)) return provider === 'open-platform' || category === 'tpd';
  switch (id) {
    case 'turnOnDebug':
      return category === null && agents.some(agent => HAVE_DEBUG.includes(agent));
    case 'upgradePlan':
      // Too many at once without words and address: it need not be Kimi's plan.
      return provider !== 'unknown' || category !== null || cause !== 'own_concurrency';
    case 'tryAlone':
      return threadCount > 1 || (shape?.inFlightPeak ?? 2) > 1;
    case 'checkUsages':
      return cause === 'unsure' ? after === undefined : provider === 'kimi-code';
    case 'signInAgain':
      return agents.some(agent => agent === 'kimi-code' || agent === 'kimi-cli');
    default:
      return true;
  }
}

function countOf(id: StepId, facts: Facts): { count?: number } {
  const { input, seenLimits, parallelLimit = seenLimits.atOnce } = facts;
  const tokens = input.shape?.maxCompletionTokens;
  if (id === 'fewerAgents' && parallelLimit !== undefined) return { count: parallelLimit };
  return id === 'lowerMaxTokens' && tokens !== undefined ? { count: tokens } : {};
}
