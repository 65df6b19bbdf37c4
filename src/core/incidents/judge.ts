import { evidenceOf } from './evidence.ts';
import { factsOf, type Facts } from './facts.ts';
import { stepsOf } from './nextSteps.ts';
import { FOLLOWS_MS } from './pace.ts';
import { retryOf, type Retry } from './retryTime.ts';
import { isRunaway } from './runaway.ts';
import type { Verdict, VerdictInput } from './verdict.ts';
import { weigh, type Weighed } from './weigh.ts';

/**
 * What a burst of failures most likely was, and when to try again. The words decide where they name
 * a cause; where one text has many causes, the marks of `MARKS` do; where those do not lead clearly,
 * it is `unsure`, with the causes that are left as alternatives. Pure, without words for people;
 * never throws.
 */
export function judge(input: VerdictInput): Verdict {
  const facts = factsOf(input);
  const weighed = weigh(facts);
  const retry = retryOf(weighed.cause, facts);
  const runaway = isRunaway(weighed.cause, facts, retry);
  return {
    ...weighed,
    evidence: evidenceOf(weighed.cause, facts),
    ...retry,
    steps: stepsOf(weighed, facts, runaway),
    isSettled: isSettled(weighed, facts, retry),
    isRunaway: runaway,
  };
}

/** After this long nothing that is still to come would change it. */
const SETTLED_AFTER_MS = 10 * 60_000;

function isSettled({ certainty }: Weighed, { input }: Facts, { retry }: Retry): boolean {
  const { now, to, state, after, shape } = input;
  if (now - to > SETTLED_AFTER_MS) return true;
  // The next answer of `/usages` may still tell until when.
  if (certainty === 'certain') return retry !== 'unknown' || after !== undefined;
  if (now - to < FOLLOWS_MS) return false;
  const isOver = state !== 'running' || shape?.firstSuccessAfterMs !== undefined;
  return isOver && after !== undefined;
}
