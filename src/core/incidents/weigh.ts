import type { Confidence } from '../errors/category.ts';
import { CANDIDATES, WITHOUT_WORDS } from './candidates.ts';
import type { Facts } from './facts.ts';
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
/** Points from which words alone decide. */
const WORDS_POINTS = 9;

/** Adds up the marks of every cause that the words allow, and says which leads. Pure. */
export function weigh(facts: Facts): Weighed {
  const { category } = facts.input;
  if (facts.input.provider === 'other' && category !== 'other_provider')
    return { cause: 'other_provider', certainty: 'certain', alternatives: [] };
  const candidates = category === null ? WITHOUT_WORDS : CANDIDATES[category];
  const ranked = Object.entries(candidates)
    .map(([cause, start]) => pointsOf(cause as Cause, start, facts))
    .sort((a, b) => b.points - a.points);
  const [first, second] = ranked;
  if (!first) return { cause: 'unsure', certainty: 'unsure', alternatives: [] };
  const lead = first.points - (second?.points ?? -Infinity);
  if (first.points < LIKELY_POINTS || lead < LIKELY_LEAD)
    return { cause: 'unsure', certainty: 'unsure', alternatives: causes(ranked.slice(0, 2)) };
  const isSaid = saysItself(first, facts.input.wordsConfidence);
  return {
    cause: first.cause,
    certainty: isSaid ? 'certain' : 'likely',
    alternatives: isSaid ? [] : causes(ranked.slice(1, 3)),
  };
}

interface Ranked {
  readonly cause: Cause;
  readonly start: number;
  readonly points: number;
}

function pointsOf(cause: Cause, start: number, facts: Facts): Ranked {
  const held = MARKS.filter(mark => mark.causes.includes(cause) && mark.holds(facts, cause));
  return { cause, start, points: held.reduce((sum, { points }) => sum + points, start) };
}

/** Causes that are not ruled out, best first. */
const causes = (ranked: readonly Ranked[]): Cause[] =>
  ranked.filter(({ points }) => points >= 0).map(({ cause }) => cause);

const saysItself = ({ start }: Ranked, confidence: Confidence | null): boolean =>
  start >= WORDS_POINTS && confidence === 'high';
