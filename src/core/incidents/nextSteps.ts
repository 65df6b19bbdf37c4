import type { AgentId } from '../agents/signal.ts';
import { productOfHost } from '../base/kimiHosts.ts';
import type { ErrorFields } from '../errors/category.ts';
import { MINUTE_MS } from '../base/time.ts';
import { type Facts, isMoment, type Room, windowOfCause } from './facts.ts';
import { type Trouble, troubleOf } from './trouble.ts';
import { busierMachine } from './otherMachines.ts';
import { usedElsewhere } from './useEvidence.ts';
import type { Cause, Step, StepId, Verdict } from './verdict.ts';
import type { Weighed } from './weigh.ts';

/**
 * Most attempts that an agent makes for one rejected request (docs/agents.md 3.3). More in one thread
 * are a loop.
 */
const TRIES: Readonly<Partial<Record<AgentId, number>>> = {
  'kimi-code': 10,
  'claude-code': 11,
  opencode: 6,
  codex: 6,
  cline: 6,
  'qwen-code': 4,
  openclaw: 10,
  pi: 4,
  droid: 5,
  copilot: 6,
  // Three attempts, each with three in its SDK (docs/kimi.md 7).
  'kimi-cli': 9,
  continue: 33,
};
const MOST_TRIES = 11;

/** Retrying through a shorter wait is fine. */
const LONG_WAIT_MS = 10 * 60_000;

/** Whether an agent keeps retrying, beyond its own retry limit, a request that can't succeed soon. */
export function isRunaway(cause: Cause, { input }: Facts, { retry, retryAt }: Retry): boolean {
  if (input.state !== 'running' || cause === 'unsure') return false;
  const isHopeless =
    retry === 'useless' || (retryAt !== undefined && retryAt - input.to > LONG_WAIT_MS);
  const agent = input.agents[0];
  const tries = (agent && TRIES[agent]) ?? MOST_TRIES;
  return isHopeless && input.count > tries * Math.max(1, input.threadCount);
}

/** The part of a verdict about retrying. */
export type Retry = Pick<Verdict, 'retry' | 'retryAt'>;

/**
 * How long a cause lasts after its last failure, in ms, without a requested wait. `useless`: until
 * the user changes something. `window`: until the quota resets.
 */
const LASTS: Readonly<Record<Cause, number | 'useless' | 'window' | 'unknown'>> = {
  own_concurrency: 'unknown',
  foreign_concurrency: 60_000,
  quota_5h: 'window',
  quota_weekly: 'window',
  quota_monthly: 'window',
  quota_unspecified: 'window',
  rpm: 60_000,
  tpm: 60_000,
  tpd: 'unknown',
  balance: 'useless',
  gateway_balance: 'useless',
  overloaded: 60_000,
  disguised_overload: 'unknown',
  wrong_key: 'useless',
  // The program renews its sign-in when it is next used.
  token_expired: 0,
  client_not_accepted: 'useless',
  membership: 'useless',
  entitlement: 'useless',
  account_closed: 'useless',
  wrong_endpoint: 'useless',
  context_length: 'useless',
  bad_request: 'useless',
  server_error: 30_000,
  network: 10_000,
  other_provider: 'unknown',
  unsure: 'unknown',
};

/** The latest of the requested wait, the quota's reset, and the usual duration of the cause. */
export function retryOf(cause: Cause, facts: Facts): Retry {
  const { input, waitMs, recoveredAfterMs } = facts;
  const lasts = lastsOf(cause, facts);
  if (lasts === 'useless') return { retry: 'useless' };
  const waited = input.to + waitMs;
  if (recoveredAfterMs !== undefined || input.state === 'recovered') return at(waited, input.now);
  if (cause === 'own_concurrency') return at(Math.max(waited, freeAt(facts)), input.now);
  if (typeof lasts === 'number') return at(Math.max(waited, input.to + lasts), input.now);
  const resetsAt = lasts === 'window' ? bindingRoom(cause, facts)?.resetsAt : undefined;
  if (resetsAt !== undefined) return at(Math.max(waited, resetsAt), input.now);
  return waitMs > 0 ? at(waited, input.now) : { retry: 'unknown' };
}

/** Money and plans don't come back without the user, whoever reports them. */
function lastsOf(cause: Cause, { input }: Facts) {
  const trouble = troubleOf(input.fields.says ?? input.category);
  return cause === 'unsure' && trouble === 'account' ? 'useless' : LASTS[cause];
}

/** Requests of one task ended after 27 to 81 s (docs/kimi.md 4.2). */
const PLACE_FREE_MS = 30_000;

/** When local requests fall below the limit, as far as logs show. */
function freeAt({ input, seenLimits, parallelLimit = seenLimits.atOnce }: Facts): number {
  const inFlight = input.shape?.inFlightNow;
  if (inFlight === undefined || parallelLimit === undefined) return input.to + PLACE_FREE_MS;
  return inFlight < parallelLimit ? input.to : Math.max(input.to, input.now) + PLACE_FREE_MS;
}

/** The quota whose reset ends the cause: its own, or a used-up one that resets later. */
function bindingRoom(cause: Cause, { rooms, spent }: Facts): Room | undefined {
  const own = rooms.find(({ id }) => id === windowOfCause(cause));
  return (spent?.resetsAt ?? 0) > (own?.resetsAt ?? 0) ? spent : own;
}

const at = (retryAt: number, now: number): Retry =>
  isMoment(retryAt) ? { retry: retryAt <= now ? 'now' : 'at', retryAt } : { retry: 'unknown' };

/** Nobody follows a longer list. */
const MAX_STEPS = 4;

const WINDOW_STEPS: readonly StepId[] = ['extraUsage', 'upgradePlan', 'checkUsages'];

/** Next steps by cause, the most useful first. The retry time is shown separately. */
const STEPS: Readonly<Record<Cause, readonly StepId[]>> = {
  own_concurrency: ['fewerAgents', 'upgradePlan', 'raiseTier'],
  foreign_concurrency: ['findOtherUser', 'readGuidelines', 'contactSupport'],
  quota_5h: WINDOW_STEPS,
  quota_weekly: WINDOW_STEPS,
  quota_monthly: WINDOW_STEPS,
  quota_unspecified: ['checkUsages', 'extraUsage', 'upgradePlan'],
  rpm: ['slowDown', 'fewerAgents', 'raiseTier'],
  tpm: ['lowerMaxTokens', 'compact', 'raiseTier'],
  tpd: ['raiseTier', 'checkKey', 'compact'],
  balance: ['topUp', 'testDirectly', 'checkKey', 'copyTicket'],
  gateway_balance: ['testDirectly', 'topUpGateway', 'checkHost'],
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
  // By what the error text reports.
  unsure: [],
};

const OPEN_STEPS: readonly StepId[] = ['checkUsages', 'testDirectly', 'tryAlone', 'copyTicket'];

/**
 * Next steps while the cause is unclear, by the kind of trouble that the text reports: no step may
 * be for another kind.
 */
const UNSURE_STEPS: Readonly<Record<Trouble, readonly StepId[]>> = {
  rate: OPEN_STEPS,
  quota: ['checkUsages', 'testDirectly', 'checkKey', 'copyTicket'],
  busy: ['checkUsages', 'checkStatusPage', 'testDirectly', 'copyTicket'],
  account: ['testDirectly', 'checkKey', 'topUpGateway', 'copyTicket'],
  key: ['testDirectly', 'checkKey', 'checkHost', 'signInAgain'],
  request: ['checkHost', 'compact', 'testDirectly', 'copyTicket'],
  network: ['checkNetwork', 'testDirectly', 'checkStatusPage'],
  other: ['askProvider'],
  vague: ['checkUsages', 'testDirectly', 'tryAlone', 'turnOnDebug', 'copyTicket'],
};

/** For parallel limits of unknown origin. */
const WHOSE_PLACES: readonly StepId[] = ['tryAlone', 'findOtherUser', 'readGuidelines'];

/** Next steps by what the plan lacks. Without a plan, another model doesn't help. */
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

/** Agents with a debug option that logs more (docs/agents.md 6). */
const HAVE_DEBUG: readonly AgentId[] = ['claude-code', 'continue'];

/** At most four next steps for the failing agent. */
export function stepsOf(weighed: Weighed, facts: Facts, isRunaway: boolean): Step[] {
  const { agents, category, fields } = facts.input;
  const { says } = fields;
  const agent = agents[0];
  const ids = [
    ...(isRunaway ? (['stopAgent'] as const) : []),
    ...(isContradicted(weighed, facts) ? (['checkKey'] as const) : []),
    ...(isUsedElsewhere(weighed, facts) ? (['findOtherUser'] as const) : []),
    ...(weighed.cause === 'unsure' && category === 'concurrency' ? WHOSE_PLACES : []),
    ...STEPS[weighed.cause],
    ...(weighed.cause === 'unsure' ? UNSURE_STEPS[troubleOf(says ?? category)] : []),
    ...(weighed.cause === 'entitlement' ? LACK_STEPS[fields.lacks ?? 'model'] : []),
    ...(isOfOtherProduct(weighed, facts) ? (['checkHost', 'checkKey'] as const) : []),
  ];
  return [...new Set(isResetNear(weighed, facts) ? lastOf(BOUGHT, ids) : ids)]
    .filter(id => fits(id, weighed, facts))
    .slice(0, MAX_STEPS)
    .map(id => ({
      id,
      ...(agent === undefined || (id === 'fewerAgents' && facts.input.areSessions)
        ? {}
        : { agent }),
      ...countOf(id, weighed, facts),
    }));
}

const RATED: readonly Cause[] = ['rpm', 'tpm', 'tpd'];

const isUsedElsewhere = ({ cause }: Weighed, facts: Facts): boolean =>
  busierMachine(cause, facts) !== undefined || usedElsewhere(cause, facts) !== undefined;

/** Steps that cost money. */
const BOUGHT: readonly StepId[] = ['extraUsage', 'upgradePlan'];

/** Waiting for a reset this near is easier than paying. */
const NEAR_MS = 15 * MINUTE_MS;

const isResetNear = ({ cause }: Weighed, facts: Facts): boolean =>
  (bindingRoom(cause, facts)?.resetsAt ?? Infinity) - facts.input.now <= NEAR_MS;

const lastOf = (late: readonly StepId[], ids: readonly StepId[]): StepId[] => [
  ...ids.filter(id => !late.includes(id)),
  ...ids.filter(id => late.includes(id)),
];

/** The text reports a used-up quota, but quota is left: the key may belong to another account. */
const isContradicted = ({ cause }: Weighed, { isRoomy }: Facts): boolean =>
  isRoomy && cause.startsWith('quota_');

/** The text reports a plan's quota, but the open platform has none. */
const isOfOtherProduct = ({ cause }: Weighed, { input }: Facts): boolean =>
  input.provider === 'open-platform' && cause.startsWith('quota_');

/** One thread makes about this many requests in a minute. */
const SHARED_RPM = 20;

function fits(id: StepId, { cause }: Weighed, { input }: Facts): boolean {
  const { provider, agents, category, after, threadCount, shape } = input;
  if (id === 'findOtherUser' && RATED.includes(cause)) return true;
  if (OF_PLAN.includes(id) && provider === 'open-platform') return false;
  if (OF_PLATFORM.includes(id)) return provider === 'open-platform' || category === 'tpd';
  switch (id) {
    case 'turnOnDebug':
      return category === null && agents.some(agent => HAVE_DEBUG.includes(agent));
    case 'fewerAgents':
      // A limit of 3 a minute is reached by one thread.
      return (
        cause !== 'rpm' ||
        ((input.fields.limit ?? Infinity) >= SHARED_RPM && (shape?.inFlightPeak ?? 2) > 1)
      );
    case 'upgradePlan':
      // Without error text and host, the plan may not be Kimi's.
      return provider !== 'unknown' || category !== null || cause !== 'own_concurrency';
    case 'tryAlone':
      return threadCount > 1 || (shape?.inFlightPeak ?? 2) > 1;
    case 'topUpGateway':
      return cause !== 'unsure' || input.fields.gateway !== undefined || !isKimiHost(input.host);
    case 'checkUsages':
      return cause === 'unsure' ? after === undefined : provider === 'kimi-code';
    case 'signInAgain':
      return agents.some(agent => agent === 'kimi-code' || agent === 'kimi-cli');
    default:
      return true;
  }
}

const isKimiHost = (host: string | undefined): boolean =>
  host === undefined || productOfHost(host) !== undefined;

function countOf(id: StepId, { cause }: Weighed, facts: Facts): Pick<Step, 'count' | 'machine'> {
  const { input, seenLimits, parallelLimit = seenLimits.atOnce } = facts;
  const tokens = input.shape?.maxCompletionTokens;
  if (id === 'fewerAgents' && parallelLimit !== undefined) return { count: parallelLimit };
  if (id === 'findOtherUser') {
    const machine = busierMachine(cause, facts);
    const count = usedElsewhere(cause, facts);
    return machine === undefined ? (count === undefined ? {} : { count }) : { machine };
  }
  return id === 'lowerMaxTokens' && tokens !== undefined ? { count: tokens } : {};
}
