import type { Category } from '../errors/category.ts';
import { type Facts, type Mark, windowOfCause } from './facts.ts';
import { OTHER_MARKS } from './otherMarks.ts';
import { QUOTA_MARKS } from './quotaMarks.ts';
import { RATE_MARKS } from './rateMarks.ts';
import type { Cause, Certainty } from './verdict.ts';

/** Every mark; all that hold count. */
export const MARKS: readonly Mark[] = [...QUOTA_MARKS, ...RATE_MARKS, ...OTHER_MARKS];

/** The causes that a text allows, with the points that each starts from. */
type Candidates = Readonly<Partial<Record<Cause, number>>>;

/** Points of a cause that the words leave no doubt about. */
const NAMED = 9;

/** Every window that the plans are known to have. */
const ANY_WINDOW: Candidates = { quota_5h: 0, quota_weekly: 0, quota_monthly: 0 };

/** What a text that names no limit may be, before anything else is looked at (docs/kimi.md 5.3). */
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

/** A bare 403 is a shut door: quota, concurrency, client and key all come so (docs/kimi.md 4.2). */
const ANY_REFUSAL: Candidates = {
  ...ANY_WINDOW,
  // The commonest of all that a 403 is (docs/agents.md 5, no. 1).
  quota_unspecified: 0.5,
  own_concurrency: 0.5,
  foreign_concurrency: 0,
  entitlement: 0,
  wrong_key: 0,
  client_not_accepted: 0,
};

/**
 * An agent that keeps no words: only what is seen beside them decides, and from silence alone no
 * cause is guessed (docs/agents.md 5, no. 3).
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
 * What the words allow. One cause: the words say it. Several: the words are alike for all of them,
 * and marks decide (docs/kimi.md 5.3, docs/measurements.md 9.2).
 */
const CANDIDATES: Readonly<Record<Category, Candidates>> = {
  // The limit is certain; whose requests fill it is not in the words (docs/kimi.md 4.2).
  concurrency: { own_concurrency: 3, foreign_concurrency: 2 },
  rpm: { rpm: NAMED },
  tpm: { tpm: NAMED },
  tpd: { tpd: NAMED },
  quota_5h: { quota_5h: NAMED },
  quota_weekly: { quota_weekly: NAMED },
  quota_monthly: { quota_monthly: NAMED },
  // Documented for the week, seen for the 5-hour window too (kimi-code #2121).
  quota_unspecified: { ...ANY_WINDOW, quota_unspecified: 5 },
  balance: { balance: 6, gateway_balance: 0 },
  // Kimi says it of plan limits, refused clients and maximum effort, too (docs/kimi.md 4.3).
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
  // What an unknown sentence means is as open as silence.
  unknown: WITHOUT_WORDS,
};

/** Limits that can be seen at work, whoever's they are. */
const ANY_PACE: Candidates = { own_concurrency: -1, rpm: -2, tpm: -2 };

/** The cause that leads, how surely, and the next ones. */
export interface Weighed {
  readonly cause: Cause;
  readonly certainty: Certainty;
  readonly alternatives: readonly Cause[];
}

/** Less than that is a guess. */
const LIKELY_POINTS = 4;
/** So far must the first be ahead of the second. */
const LIKELY_LEAD = 2;

/** Adds up the marks of every cause that the words allow, and says which leads. Pure. */
export function weigh(facts: Facts): Weighed {
  const ranked = rank(candidatesOf(facts), facts);
  const [first, second] = ranked;
  if (!first || first.points < LIKELY_POINTS) return unsure(ranked);
  if (second && first.points - second.points < LIKELY_LEAD)
    return areWindows(first.cause, second.cause)
      ? { cause: 'quota_unspecified', certainty: 'likely', alternatives: names(ranked.slice(0, 2)) }
      : unsure(ranked);
  const isSure = isSaid(first, facts);
  return {
    cause: first.cause,
    certainty: isSure ? 'certain' : 'likely',
    alternatives: isSure ? [] : names(ranked.slice(1, 3)),
  };
}

/** Of a failure that is nobody's for certain no limit is guessed, but one seen at work. */
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
  /** Nothing speaks against it. */
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

/** Causes for which something speaks. */
const names = (ranked: readonly Ranked[]): Cause[] =>
  ranked.filter(({ points }) => points > 0).map(({ cause }) => cause);

const areWindows = (...causes: readonly Cause[]): boolean =>
  causes.every(cause => cause === 'quota_unspecified' || windowOfCause(cause) !== undefined);

/** Causes that the words name, and that only what else is known could still put in doubt. */
const SAID: readonly Cause[] = ['own_concurrency', 'quota_unspecified', 'balance'];

/**
 * Whether the words themselves say it. Words that a program in between has written, or that are only
 * likely to mean it, say nothing for certain.
 */
function isSaid({ cause, start, isClear }: Ranked, { input }: Facts): boolean {
  const { category, wordsConfidence, fields, provider } = input;
  if (category === null || wordsConfidence !== 'high' || fields.gateway !== undefined) return false;
  if (start >= NAMED) return provider !== 'other' || category === 'other_provider';
  const isNamed = SAID.includes(cause) && (category === cause || category === 'concurrency');
  return isNamed && isClear;
}
