import type { AgentId } from '../agents/signal.ts';
import type { Facts, Mark } from './facts.ts';
import { productOfHost } from '../base/kimiHosts.ts';
import { MINUTE_MS } from '../base/time.ts';

const LONG_MS = 10 * MINUTE_MS;
/** More than one request has retries (docs/agents.md 3.3). */
const MANY_TRIES = 12;

/** Weekdays 14:00 to 17:00 in Beijing, when capacity is short (error reference of Kimi Code). */
function isPeak({ input }: Facts): boolean {
  const time = new Date(input.from);
  const isWeekday = time.getUTCDay() >= 1 && time.getUTCDay() <= 5;
  return isWeekday && time.getUTCHours() >= 6 && time.getUTCHours() < 9;
}

/** A gateway wrote it, and nothing in it is of a Kimi account (docs/kimi.md 4.5). */
const isForeignText = ({ input: { fields } }: Facts): boolean =>
  fields.gateway !== undefined && fields.organization === undefined && fields.key === undefined;

const isRelay = (host: string | undefined): boolean =>
  host !== undefined && productOfHost(host) === undefined;

/** Programs that sign in by themselves, for 15 minutes at a time (docs/kimi.md 8). */
const hasOwnLogIn = (agents: readonly AgentId[]): boolean =>
  agents.some(agent => agent === 'kimi-code' || agent === 'kimi-cli');

const hasWorkedBefore = ({ input }: Facts): boolean =>
  input.shape?.lastSuccessBeforeMs !== undefined;

/** Of those that failed none was ever answered; false where that cannot be seen. */
const hasNeverWorked = (facts: Facts): boolean =>
  facts.input.shape !== undefined && !hasWorkedBefore(facts) && hasNonePassed(facts);

const hasNonePassed = ({ isMixed, recoveredAfterMs }: Facts): boolean =>
  !isMixed && recoveredAfterMs === undefined;

const balanceOf = ({ input }: Facts): number | undefined =>
  (input.after ?? input.before)?.balance?.available;

/** What speaks for and against money, keys, clients and capacity. */
export const OTHER_MARKS: readonly Mark[] = [
  {
    causes: ['gateway_balance'],
    points: 5,
    why: 'A program in between wrote it, with no id of a Kimi account in it (docs/kimi.md 4.5).',
    holds: facts => facts.input.category === 'balance' && isForeignText(facts),
  },
  {
    causes: ['balance'],
    points: -2,
    why: 'A program in between wrote it, with no id of a Kimi account in it (docs/kimi.md 4.5).',
    holds: isForeignText,
  },
  {
    causes: ['gateway_balance'],
    points: 3,
    why: 'It came from a host that is not of Kimi.',
    holds: ({ input: { host } }) => isRelay(host),
  },
  {
    causes: ['gateway_balance'],
    points: 12,
    why: "The words are Kimi's, the account is the reseller's (opencode #24462).",
    holds: ({ input: { category, fields, host } }) =>
      category === 'other_provider' &&
      fields.says === 'balance' &&
      (fields.gateway !== undefined || (isRelay(host) && fields.provider === undefined)),
  },
  {
    causes: ['balance'],
    points: 3,
    why: 'The ids of a Kimi account stand in it.',
    holds: ({ input: { fields } }) => fields.organization !== undefined || fields.key !== undefined,
  },
  {
    causes: ['balance'],
    points: 3,
    why: 'The account has no money left.',
    holds: facts => (balanceOf(facts) ?? 1) <= 0,
  },
  {
    causes: ['balance'],
    points: 6,
    why: 'No words say why, nothing went through, and without money nothing does (docs/kimi.md 3).',
    holds: facts =>
      facts.input.wordsConfidence !== 'high' &&
      (balanceOf(facts) ?? 1) <= 0 &&
      hasNonePassed(facts),
  },
  {
    causes: ['balance'],
    points: -2,
    why: 'The account that we know has money: it may be another one.',
    holds: facts => (balanceOf(facts) ?? 0) > 0,
  },
  {
    causes: ['token_expired'],
    points: 8,
    why: 'A log-in lasts 15 minutes and renews itself: an answer followed (docs/kimi.md 5.3).',
    holds: ({ input, recoveredAfterMs }) =>
      input.state === 'recovered' || recoveredAfterMs !== undefined,
  },
  {
    causes: ['token_expired'],
    points: 4,
    why: 'A program with a log-in of its own was refused after a pause as long as one lasts.',
    holds: ({ input }) =>
      hasOwnLogIn(input.agents) && (input.shape?.lastSuccessBeforeMs ?? 0) >= 14 * MINUTE_MS,
  },
  {
    causes: ['wrong_key'],
    points: -3,
    why: 'The same key was accepted before.',
    holds: hasWorkedBefore,
  },
  {
    causes: ['wrong_key'],
    points: -2,
    why: 'A log-in of its own may have ended: no log tells whether it worked before.',
    holds: ({ input }) =>
      hasOwnLogIn(input.agents) && input.shape === undefined && input.count <= 3,
  },
  {
    causes: ['wrong_key'],
    points: -2,
    why: 'It worked again without anybody changing it.',
    holds: ({ recoveredAfterMs }) => recoveredAfterMs !== undefined,
  },
  {
    causes: ['entitlement'],
    points: 6,
    why: 'Whole words say that this is not allowed to the account.',
    holds: ({ input }) => input.category === 'permission' && input.wordsConfidence === 'high',
  },
  {
    causes: ['disguised_overload'],
    points: 10,
    why: 'Other programs were answered meanwhile, this one never: not capacity (docs/kimi.md 4.3).',
    holds: ({ input: { shape, count } }) =>
      count >= 3 &&
      (shape?.successesOfOtherAgents ?? 0) > 0 &&
      shape?.successesOfOtherAgents === shape?.successesDuring,
  },
  {
    causes: ['disguised_overload'],
    points: 4,
    why: 'It never worked before either, as with a refused client or effort (docs/kimi.md 4.3).',
    holds: hasNeverWorked,
  },
  {
    causes: ['disguised_overload'],
    points: 3,
    why: 'It never worked, of many attempts in minutes: capacity lets some through.',
    holds: facts =>
      hasNeverWorked(facts) && facts.input.count >= MANY_TRIES && facts.forMs > LONG_MS / 2,
  },
  {
    causes: ['disguised_overload'],
    points: 3,
    why: 'Nothing at all went through for long.',
    holds: ({ isAllFailed, forMs }) => isAllFailed && forMs > LONG_MS,
  },
  {
    causes: ['overloaded'],
    points: 2,
    why: 'Some went through, or it cleared by itself: capacity comes and goes.',
    holds: ({ isMixed, recoveredAfterMs }) => isMixed || recoveredAfterMs !== undefined,
  },
  {
    causes: ['server_error', 'network'],
    points: 1,
    why: 'It cleared by itself, as faults on the way do.',
    holds: ({ input, recoveredAfterMs }) =>
      input.category === null && recoveredAfterMs !== undefined,
  },
  {
    causes: ['overloaded'],
    points: 1,
    why: 'It is the time of day when capacity is short.',
    holds: facts => facts.input.category === 'overloaded' && isPeak(facts),
  },
];
