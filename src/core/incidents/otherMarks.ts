import type { AgentId } from '../agents/signal.ts';
import type { Facts, Mark } from './facts.ts';
import { productOfHost } from '../base/kimiHosts.ts';
import { MINUTE_MS } from '../base/time.ts';

const LONG_MS = 10 * MINUTE_MS;
/** More attempts than one request has retries (docs/agents.md 3.3). */
const MANY_TRIES = 12;

/** Weekdays 14:00 to 17:00 in Beijing, when capacity is short (error reference of Kimi Code). */
function isPeak({ input }: Facts): boolean {
  const time = new Date(input.from);
  const isWeekday = time.getUTCDay() >= 1 && time.getUTCDay() <= 5;
  return isWeekday && time.getUTCHours() >= 6 && time.getUTCHours() < 9;
}

/** A gateway wrote the text, and it names no Kimi account (docs/kimi.md 4.5). */
const isForeignText = ({ input: { fields } }: Facts): boolean =>
  fields.gateway !== undefined && fields.organization === undefined && fields.key === undefined;

const isRelay = (host: string | undefined): boolean =>
  host !== undefined && productOfHost(host) === undefined;

/** Programs with their own sign-in, which lasts 15 minutes (docs/kimi.md 8). */
const hasOwnSignIn = (agents: readonly AgentId[]): boolean =>
  agents.some(agent => agent === 'kimi-code' || agent === 'kimi-cli');

const hasWorkedBefore = ({ input }: Facts): boolean =>
  input.shape?.lastSuccessBeforeMs !== undefined;

/** No failing session ever succeeded; false if unknown. */
const hasNeverWorked = (facts: Facts): boolean =>
  facts.input.shape !== undefined && !hasWorkedBefore(facts) && hasNonePassed(facts);

const hasNonePassed = ({ isMixed, recoveredAfterMs }: Facts): boolean =>
  !isMixed && recoveredAfterMs === undefined;

const balanceOf = ({ input }: Facts): number | undefined =>
  (input.after ?? input.before)?.balance?.available;

/** Marks for and against credit, keys, clients and capacity. */
export const OTHER_MARKS: readonly Mark[] = [
  {
    causes: ['gateway_balance'],
    points: 5,
    why: 'A gateway wrote the text, and it names no Kimi account (docs/kimi.md 4.5).',
    holds: facts => facts.input.category === 'balance' && isForeignText(facts),
  },
  {
    causes: ['balance'],
    points: -2,
    why: 'A gateway wrote the text, and it names no Kimi account (docs/kimi.md 4.5).',
    holds: isForeignText,
  },
  {
    causes: ['gateway_balance'],
    points: 3,
    why: "The host isn't Kimi's.",
    holds: ({ input: { host } }) => isRelay(host),
  },
  {
    causes: ['gateway_balance'],
    points: 12,
    why: "The text is Kimi's, the account is the reseller's (opencode #24462).",
    holds: ({ input: { category, fields, host } }) =>
      category === 'other_provider' &&
      fields.says === 'balance' &&
      (fields.gateway !== undefined || (isRelay(host) && fields.provider === undefined)),
  },
  {
    causes: ['balance'],
    points: 3,
    why: 'The text contains ids of a Kimi account.',
    holds: ({ input: { fields } }) => fields.organization !== undefined || fields.key !== undefined,
  },
  {
    causes: ['balance'],
    points: 3,
    why: 'The account is out of credit.',
    holds: facts => (balanceOf(facts) ?? 1) <= 0,
  },
  {
    causes: ['balance'],
    points: 6,
    why: 'The text gives no reason, nothing succeeded, and the account is out of credit (docs/kimi.md 3).',
    holds: facts =>
      facts.input.wordsConfidence !== 'high' &&
      (balanceOf(facts) ?? 1) <= 0 &&
      hasNonePassed(facts),
  },
  {
    causes: ['balance'],
    points: -2,
    why: 'The known account has credit; the key may belong to another one.',
    holds: facts => (balanceOf(facts) ?? 0) > 0,
  },
  {
    causes: ['token_expired'],
    points: 8,
    why: 'A sign-in lasts 15 minutes and renews itself, and a success followed (docs/kimi.md 5.3).',
    holds: ({ input, recoveredAfterMs }) =>
      input.state === 'recovered' || recoveredAfterMs !== undefined,
  },
  {
    causes: ['token_expired'],
    points: 4,
    why: 'A program with its own sign-in was rejected after a pause as long as a sign-in lasts.',
    holds: ({ input }) =>
      hasOwnSignIn(input.agents) && (input.shape?.lastSuccessBeforeMs ?? 0) >= 14 * MINUTE_MS,
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
    why: 'Its own sign-in may have expired; no log shows whether it worked before.',
    holds: ({ input }) =>
      hasOwnSignIn(input.agents) && input.shape === undefined && input.count <= 3,
  },
  {
    causes: ['wrong_key'],
    points: -2,
    why: 'It recovered without a change.',
    holds: ({ recoveredAfterMs }) => recoveredAfterMs !== undefined,
  },
  {
    causes: ['entitlement'],
    points: 6,
    why: "The text clearly says that the account isn't allowed to do this.",
    holds: ({ input }) => input.category === 'permission' && input.wordsConfidence === 'high',
  },
  {
    causes: ['disguised_overload'],
    points: 10,
    why: 'Other programs succeeded, this one never did: not capacity (docs/kimi.md 4.3).',
    holds: ({ input: { shape, count } }) =>
      count >= 3 &&
      (shape?.successesOfOtherAgents ?? 0) > 0 &&
      shape?.successesOfOtherAgents === shape?.successesDuring,
  },
  {
    causes: ['disguised_overload'],
    points: 4,
    why: 'It never worked before, as with a rejected client or effort (docs/kimi.md 4.3).',
    holds: hasNeverWorked,
  },
  {
    causes: ['disguised_overload'],
    points: 3,
    why: 'None of many attempts in minutes succeeded; an overload lets some through.',
    holds: facts =>
      hasNeverWorked(facts) && facts.input.count >= MANY_TRIES && facts.forMs > LONG_MS / 2,
  },
  {
    causes: ['disguised_overload'],
    points: 3,
    why: 'Nothing succeeded for a long time.',
    holds: ({ isAllFailed, forMs }) => isAllFailed && forMs > LONG_MS,
  },
  {
    causes: ['overloaded'],
    points: 2,
    why: 'Some requests succeeded, or it recovered on its own, as overloads do.',
    holds: ({ isMixed, recoveredAfterMs }) => isMixed || recoveredAfterMs !== undefined,
  },
  {
    causes: ['server_error', 'network'],
    points: 1,
    why: 'It recovered on its own, as server and network errors do.',
    holds: ({ input, recoveredAfterMs }) =>
      input.category === null && recoveredAfterMs !== undefined,
  },
  {
    causes: ['overloaded'],
    points: 1,
    why: 'It happened at peak hours, when capacity is short.',
    holds: facts => facts.input.category === 'overloaded' && isPeak(facts),
  },
];
