import type { AgentId } from '../agents/signal.ts';
import type { ErrorFields } from '../errors/category.ts';
import { type Facts, isMoment, type Room, windowOfCause } from './facts.ts';
import type { Cause, Step, StepId, Verdict } from './verdict.ts';
import type { Weighed } from './weigh.ts';

/**
 * How often an agent tries one request by itself at most when it is refused (docs/agents.md 3.3). More in
 * one thread is not a retry but a loop.
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
  // Three by three, inside its SDK too (docs/kimi.md 7).
  'kimi-cli': 9,
  continue: 33,
};
const MOST_TRIES = 11;

/** A shorter wait is worth trying through. */
const LONG_WAIT_MS = 10 * 60_000;

/** Whether an agent goes on repeating what cannot succeed for long, beyond its own retries. */
export function isRunaway(cause: Cause, { input }: Facts, { retry, retryAt }: Retry): boolean {
  if (input.state !== 'running' || cause === 'unsure') return false;
  const isHopeless =
    retry === 'useless' || (retryAt !== undefined && retryAt - input.to > LONG_WAIT_MS);
  const agent = input.agents[0];
  const tries = (agent && TRIES[agent]) ?? MOST_TRIES;
  return isHopeless && input.count > tries * Math.max(1, input.threadCount);
}

/** When to try again, as it stands in a verdict. */
export type Retry = Pick<Verdict, 'retry' | 'retryAt'>;

/**
 * How long a cause lasts after its last failure, where nothing more is said. `useless`: until
 * somebody does something. `window`: until its reset. `unknown`: nobody can tell.
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
  // The program renews its log-in when it is next used.
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

/** The latest of the wait that was asked for, the window's reset, and the time the cause lasts. */
export function retryOf(cause: Cause, facts: Facts): Retry {
  const { input, waitMs, recoveredAfterMs } = facts;
  const lasts = LASTS[cause];
  if (lasts === 'useless') return { retry: 'useless' };
  const waited = input.to + waitMs;
  if (recoveredAfterMs !== undefined || input.state === 'recovered') return at(waited, input.now);
  if (cause === 'own_concurrency') return at(Math.max(waited, freeAt(facts)), input.now);
  if (typeof lasts === 'number') return at(Math.max(waited, input.to + lasts), input.now);
  const resetsAt = lasts === 'window' ? bindingRoom(cause, facts)?.resetsAt : undefined;
  if (resetsAt !== undefined) return at(Math.max(waited, resetsAt), input.now);
  return waitMs > 0 ? at(waited, input.now) : { retry: 'unknown' };
}

/** Places are freed when requests end: 27 to 81 s were measured for one task (docs/kimi.md 4.2). */
const PLACE_FREE_MS = 30_000;

/** When fewer of ours will run than are allowed, as far as logs tell. */
function freeAt({ input, seenLimits, parallelLimit = seenLimits.atOnce }: Facts): number {
  const inFlight = input.shape?.inFlightNow;
  if (inFlight === undefined || parallelLimit === undefined) return input.to + PLACE_FREE_MS;
  return inFlight < parallelLimit ? input.to : Math.max(input.to, input.now) + PLACE_FREE_MS;
}

/** The window whose reset ends it: that of the cause, or a spent one that stays shut longer. */
function bindingRoom(cause: Cause, { rooms, spent }: Facts): Room | undefined {
  const own = rooms.find(({ id }) => id === windowOfCause(cause));
  return (spent?.resetsAt ?? 0) > (own?.resetsAt ?? 0) ? spent : own;
}

const at = (retryAt: number, now: number): Retry =>
  isMoment(retryAt) ? { retry: retryAt <= now ? 'now' : 'at', retryAt } : { retry: 'unknown' };

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

/** Agents that write more when they are told to (docs/agents.md 6). */
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
