import type { Category } from '../errors/category.ts';
import { type Facts, type Mark, windowOfCause } from './facts.ts';
import { OTHER_MARKS } from './otherMarks.ts';
import { QUOTA_MARKS } from './quotaMarks.ts';
import { RATE_MARKS } from './rateMarks.ts';
import type { Cause, Certainty } from './verdict.ts';

/** All marks. */
export const MARKS: readonly Mark[] = [...QUOTA_MARKS, ...RATE_MARKS, ...OTHER_MARKS];

/** The possible causes of a text, each with its initial points. */
type Candidates = Readonly<Partial<Record<Cause, number>>>;

/** Points of a cause that the error text names. */
const NAMED = 9;

/** All known quotas of plans. */
const ANY_WINDOW: Candidates = { quota_5h: 0, quota_weekly: 0, quota_monthly: 0 };

/** Possible causes of a text that names no limit (docs/kimi.md 5.3). */
const ANY_LIMIT: Candidates = {
  ...ANY_WINDOW,
  quota_unspecified: 0.5,
  // Kimi's own title of this text is "Too Many Concurrent Requests" (docs/kimi.md 4.2).
  own_concurrency: 1,
  foreign_concurrency: 0,
  rpm: 0,
  tpm: -1,
  tpd: -2,
  balance: -2,
  overloaded: -1,
};

/** Quota, concurrency, client and key errors all return a bare 403 (docs/kimi.md 4.2). */
const ANY_REFUSAL: Candidates = {
  ...ANY_WINDOW,
  // The most common cause of a 403 (docs/agents.md 5, no. 1).
  quota_unspecified: 0.5,
  own_concurrency: 0.5,
  foreign_concurrency: 0,
  entitlement: 0,
  wrong_key: 0,
  client_not_accepted: 0,
};

/**
 * For agents that log no error text: only other evidence decides (docs/agents.md 5, no. 3).
 */
const WITHOUT_WORDS: Candidates = {
  ...ANY_WINDOW,
  own_concurrency: -1,
  foreign_concurrency: -2,
  rpm: -2,
  tpm: -2,
  balance: -2,
  overloaded: 0,
  server_error: 0,
  network: 0,
};

/**
 * Possible causes by category. With several, the text is the same for all of them and marks decide
 * (docs/kimi.md 5.3, docs/measurements.md 9.2).
 */
const CANDIDATES: Readonly<Record<Category, Candidates>> = {
  // The text doesn't say whose requests reach the limit (docs/kimi.md 4.2).
  concurrency: { own_concurrency: 3, foreign_concurrency: 2 },
  rpm: { rpm: NAMED },
  tpm: { tpm: NAMED },
  tpd: { tpd: NAMED },
  quota_5h: { quota_5h: NAMED },
  quota_weekly: { quota_weekly: NAMED },
  quota_monthly: { quota_monthly: NAMED },
  // Documented for the weekly quota, observed for the 5-hour quota too (kimi-code #2121).
  quota_unspecified: { ...ANY_WINDOW, quota_unspecified: 5 },
  balance: { balance: 6, gateway_balance: 0 },
  // Kimi also reports plan limits, rejected clients and maximum effort this way (docs/kimi.md 4.3).
  overloaded: { ...ANY_WINDOW, overloaded: 5, disguised_overload: 0 },
  rate_limited_ambiguous: ANY_LIMIT,
  auth: { ...ANY_WINDOW, wrong_key: 5, token_expired: 0 },
  permission: ANY_REFUSAL,
  client_not_accepted: { client_not_accepted: NAMED },
  account_closed: { account_closed: NAMED },
  membership: { membership: NAMED },
  entitlement: { entitlement: NAMED },
  wrong_endpoint: { wrong_endpoint: NAMED },
  context_length: { context_length: NAMED },
  bad_request: { bad_request: NAMED },
  server_error: { server_error: NAMED },
  network: { network: NAMED },
  other_provider: { other_provider: NAMED, gateway_balance: 0 },
  not_an_error: {},
  // An unknown text says as little as none.
  unknown: WITHOUT_WORDS,
};

/** Limits that request counts alone can show, for any account. */
const ANY_PACE: Candidates = { own_concurrency: -1, rpm: -2, tpm: -2 };

/** The leading cause with its certainty, and the next ones. */
export interface Weighed {
  readonly cause: Cause;
  readonly certainty: Certainty;
  readonly alternatives: readonly Cause[];
}

/** With fewer points, a cause is a guess. */
const LIKELY_POINTS = 4;
/** Minimum lead over the second cause. */
const LIKELY_LEAD = 2;

/** Adds up the marks of each possible cause and returns the leading one. Pure. */
export function weigh(facts: Facts): Weighed {
  const ranked = rank(candidatesOf(facts), facts);
  const [first, second] = ranked;
  if (!first || first.points < LIKELY_POINTS) return unsure(ranked);
  if (second && first.points - second.points < LIKELY_LEAD)
    return areWindows(first.cause, second.cause)
      ? { cause: 'quota_unspecified', certainty: 'likely', alternatives: windowsAmong(ranked) }
      : unsure(ranked);
  const isSure = isNamedInText(first, facts);
  return {
    cause: first.cause,
    certainty: isSure ? 'certain' : 'likely',
    alternatives: isSure ? [] : names(ranked.slice(1, 3)),
  };
}

/** If the account is unknown, only limits that request counts show are candidates. */
function candidatesOf({ input, isShut, seenLimits }: Facts): Candidates {
  const { category, provider, wordsConfidence } = input;
  if (provider === 'other') return CANDIDATES.other_provider;
  const isVague =
    category === null || category === 'unknown' || category === 'rate_limited_ambiguous';
  if (provider === 'unknown' && isVague && wordsConfidence !== 'high')
    return isShut ? ANY_WINDOW : Object.keys(seenLimits).length > 0 ? ANY_PACE : {};
  return category === null ? WITHOUT_WORDS : CANDIDATES[category];
}

interface Ranked {
  readonly cause: Cause;
  readonly start: number;
  readonly points: number;
  /** No mark counts against it. */
  readonly isClear: boolean;
}

function rank(candidates: Candidates, facts: Facts): Ranked[] {
  return Object.entries(candidates)
    .map(([name, start]): Ranked => {
      const cause = name as Cause;
      const held = MARKS.filter(mark => mark.causes.includes(cause) && mark.holds(facts, cause));
      return {
        cause,
        start,
        points: held.reduce((sum, { points }) => sum + points, start),
        isClear: held.every(({ points }) => points > 0),
      };
    })
    .sort((a, b) => b.points - a.points);
}

const unsure = (ranked: readonly Ranked[]): Weighed => ({
  cause: 'unsure',
  certainty: 'unsure',
  alternatives: names(ranked.slice(0, 2)),
});

/** Causes with a positive score. */
const names = (ranked: readonly Ranked[]): Cause[] =>
  ranked.filter(({ points }) => points > 0).map(({ cause }) => cause);

const windowsAmong = (ranked: readonly Ranked[]): Cause[] =>
  names(ranked.slice(0, 2)).filter(cause => cause !== 'quota_unspecified');

const areWindows = (...causes: readonly Cause[]): boolean =>
  causes.every(cause => cause === 'quota_unspecified' || windowOfCause(cause) !== undefined);

/** Causes that a text can name and that other evidence can still contradict. */
const NAMEABLE: readonly Cause[] = ['own_concurrency', 'quota_unspecified', 'balance'];

/**
 * Whether the error text names the cause. Text of a gateway, or text that only likely means the
 * cause, is never certain.
 */
function isNamedInText({ cause, start, isClear }: Ranked, facts: Facts): boolean {
  const { input, hasPassed, hasExtraUsage } = facts;
  const { category, wordsConfidence, fields, provider } = input;
  // A used-up quota stops all requests.
  if (windowOfCause(cause) !== undefined && hasPassed && !hasExtraUsage) return false;
  if (category === null || wordsConfidence !== 'high' || fields.gateway !== undefined) return false;
  if (start >= NAMED) return provider !== 'other' || category === 'other_provider';
  const isNamed = NAMEABLE.includes(cause) && (category === cause || category === 'concurrency');
  return isNamed && isClear;
}
