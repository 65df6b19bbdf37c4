import { type Facts, isSoon, type Mark } from './facts.ts';
import { MINUTE_MS } from '../base/time.ts';

/** Share of the limit from which the requests that no log tells of may well fill it. */
const NEAR_LIMIT = 0.7;
/** Below this share, even several unseen programs would not fill it. */
const FAR_FROM_LIMIT = 0.4;
/** The lowest limit of a plan (docs/kimi.md 9.1); where it is not known, so many are near it. */
const LOWEST_LIMIT = 10;
const MANY = 8;
/** People have two or three sessions at work; agents send off more at once. */
const FAN_OUT = 6;
/** No agent alone sends so many a minute one after the other. */
const MANY_A_MINUTE = 60;
/** RPM and TPM of tier 0, the lowest one (docs/kimi.md 9.2). */
const LOWEST_RPM = 3;
const LOWEST_TPM = 500_000;

const share = ({ inFlight, parallelLimit }: Facts): number | undefined =>
  inFlight === undefined || !parallelLimit ? undefined : inFlight / parallelLimit;

const isFull = (facts: Facts): boolean => (share(facts) ?? 0) >= 1;

/** So few of ours ran that somebody else must have filled the limit; false where nobody tells. */
const isFewOfOurs = (facts: Facts): boolean =>
  facts.inFlight !== undefined &&
  facts.seenLimits.atOnce === undefined &&
  (share(facts) ?? (facts.inFlight <= 2 ? 0 : 1)) < FAR_FROM_LIMIT;

/** A plan that lets ten run at once lets in no fewer a minute. */
const lowestRpm = ({ provider }: Facts['input']): number =>
  provider === 'kimi-code' ? LOWEST_LIMIT : LOWEST_RPM;

/** What speaks for and against too many requests at once, or in a minute. */
export const RATE_MARKS: readonly Mark[] = [
  {
    causes: ['own_concurrency'],
    points: 7,
    why: 'Attempts were refused whenever so many of ours ran, and let in with fewer.',
    holds: ({ seenLimits }) => (seenLimits.atOnce ?? 0) > 0,
  },
  {
    causes: ['own_concurrency'],
    points: -8,
    why: 'Attempts were refused as often when few of ours ran: ours do not fill the limit.',
    holds: ({ isCrowdNoReason, input }) => isCrowdNoReason && input.category !== 'concurrency',
  },
  {
    causes: ['rpm'],
    points: 7,
    why: 'Attempts were refused whenever so many had passed within a minute, and let in after fewer.',
    holds: ({ input, seenLimits: { requests = 0 } }) => requests >= lowestRpm(input),
  },
  {
    causes: ['tpm'],
    points: 7,
    why: 'Attempts were refused after so many tokens in a minute, and no tier allows so few requests.',
    holds: ({ input, seenLimits: { tokens = 0, requests = Infinity } }) =>
      input.provider !== 'kimi-code' &&
      (tokens >= LOWEST_TPM / 2 || (tokens > 0 && requests < LOWEST_RPM)),
  },
  {
    causes: ['own_concurrency', 'foreign_concurrency', 'rpm', 'tpm', 'overloaded'],
    points: -6,
    why: 'A window is spent: that alone refuses everything.',
    holds: ({ isShut, input }) => isShut && input.category !== 'overloaded',
  },
  {
    causes: ['own_concurrency'],
    points: 6,
    why: 'As many ran as are allowed at once.',
    holds: isFull,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'Nearly as many ran as are allowed, and the logs do not tell all.',
    holds: facts => (share(facts) ?? 0) >= NEAR_LIMIT && !isFull(facts),
  },
  {
    causes: ['own_concurrency'],
    points: 4,
    why: 'Many ran at once, as many as the smallest plan allows.',
    holds: facts => facts.parallelLimit === undefined && (facts.inFlight ?? 0) >= MANY,
  },
  {
    causes: ['own_concurrency'],
    points: 1,
    why: 'Several threads were refused in one burst.',
    holds: ({ threads }) => threads >= 3,
  },
  {
    causes: ['own_concurrency'],
    points: 2,
    why: 'Words of too many requests, and as many threads refused in a burst as only a fan-out has.',
    holds: ({ threads, forMs, input }) =>
      input.wordsConfidence === 'high' && threads >= FAN_OUT && forMs <= 2 * MINUTE_MS,
  },
  {
    causes: ['own_concurrency'],
    points: 2,
    why: 'The words say too many at once, and several of ours were refused in one burst.',
    holds: ({ threads, inFlight, input }) =>
      input.category === 'concurrency' && inFlight === undefined && threads >= 3,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'Nearly as many threads were refused in one burst as may run at once.',
    holds: ({ threads, inFlight, parallelLimit, forMs }) =>
      inFlight === undefined &&
      parallelLimit !== undefined &&
      forMs <= 2 * MINUTE_MS &&
      threads >= Math.max(3, parallelLimit * NEAR_LIMIT),
  },
  {
    causes: ['own_concurrency', 'rpm'],
    points: 1,
    why: 'It cleared in seconds, as places do when requests end (docs/measurements.md 9.1).',
    holds: ({ recoveredAfterMs }) => isSoon(recoveredAfterMs),
  },
  {
    causes: ['own_concurrency', 'rpm'],
    points: 1,
    why: 'Some went through meanwhile (docs/measurements.md 9.1).',
    holds: ({ isMixed }) => isMixed,
  },
  {
    causes: ['own_concurrency', 'foreign_concurrency'],
    points: 1,
    why: 'The windows have room (docs/measurements.md 9.1).',
    holds: ({ isRoomy }) => isRoomy,
  },
  {
    causes: ['own_concurrency'],
    points: -4,
    why: 'Far fewer ran than are allowed.',
    holds: facts => isFewOfOurs(facts) && !isFull(facts),
  },
  {
    causes: ['own_concurrency', 'rpm', 'tpm'],
    points: -5,
    why: 'Nothing at all went through for long: places and minutes free themselves.',
    holds: ({ isAllFailed, forMs }) => isAllFailed && forMs > 10 * MINUTE_MS,
  },
  {
    causes: ['foreign_concurrency'],
    points: 4,
    why: 'The words say too many at once, and next to none were ours (docs/kimi.md 4.2).',
    holds: facts => facts.input.category === 'concurrency' && isFewOfOurs(facts),
  },
  {
    causes: ['foreign_concurrency'],
    points: 3,
    why: 'One thread alone was refused: where ours fill the limit of a plan, others are refused, too.',
    holds: ({ input, inFlight, isOneThread, parallelLimit = LOWEST_LIMIT }) =>
      input.category === 'concurrency' &&
      inFlight === undefined &&
      isOneThread &&
      parallelLimit >= LOWEST_LIMIT,
  },
  {
    causes: ['foreign_concurrency'],
    points: 3,
    why: "Kimi's sentence for too many at once, windows with room, and next to none were ours.",
    holds: facts =>
      facts.input.category === 'rate_limited_ambiguous' &&
      facts.input.wordsConfidence === 'high' &&
      facts.isRoomy &&
      isFewOfOurs(facts),
  },
  {
    causes: ['foreign_concurrency'],
    points: 1,
    why: 'It was so before, on the same day.',
    holds: ({ input }) => input.earlier.some(({ cause }) => cause === 'foreign_concurrency'),
  },
  {
    causes: ['foreign_concurrency'],
    points: -5,
    why: 'Ours alone fill the limit.',
    holds: isFull,
  },
  {
    causes: ['rpm'],
    points: 5,
    why: 'Many requests in the last minute, and few at a time.',
    holds: facts =>
      (facts.input.shape?.requestsLastMinute ?? 0) >= MANY_A_MINUTE &&
      (share(facts) ?? 0) < NEAR_LIMIT,
  },
  {
    causes: ['rpm'],
    points: 2,
    why: 'One at a time was refused, and within a minute others passed: the pace was the limit.',
    holds: ({ input, inFlight, isMixed, recoveredAfterMs }) =>
      input.provider === 'open-platform' &&
      input.fields.scope !== undefined &&
      (inFlight ?? Infinity) <= 2 &&
      (isMixed || isSoon(recoveredAfterMs)),
  },
  {
    causes: ['overloaded'],
    points: -4,
    why: 'The words say whose limit it is: not the capacity.',
    holds: ({ input }) =>
      input.category === 'rate_limited_ambiguous' && input.fields.scope !== undefined,
  },
  {
    causes: ['tpm'],
    points: 5,
    why: 'More tokens in the last minute than the lowest tier allows (docs/kimi.md 9.2).',
    holds: ({ input }) =>
      input.provider === 'open-platform' && (input.shape?.tokensLastMinute ?? 0) >= LOWEST_TPM,
  },
];
