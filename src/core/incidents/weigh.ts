import {
  ANY_PACE,
  ANY_WINDOW,
  CANDIDATES,
  NAMED,
  WITHOUT_WORDS,
  type Candidates,
} from './candidates.ts';
import { windowOfCause, type Facts } from './facts.ts';
import { MARKS } from './marks.ts';
import type { Cause, Certainty } from './verdict.ts';

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
