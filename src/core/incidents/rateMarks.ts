import { type Facts, isSoon, type Mark } from './facts.ts';
import { MINUTE_MS } from '../base/time.ts';

/** Above this share of the limit, requests that no log shows can fill the rest. */
const NEAR_LIMIT = 0.7;
/** Below this share, even several unseen programs don't fill the limit. */
const FAR_FROM_LIMIT = 0.4;
/** The lowest parallel limit of a plan (docs/kimi.md 9.1). `MANY` is near it. */
const LOWEST_LIMIT = 10;
const MANY = 8;
/** People run two or three sessions; only agents start more in parallel. */
const FAN_OUT = 6;
/** More per minute than one agent sends sequentially. */
const MANY_A_MINUTE = 60;
/** RPM and TPM of tier 0, the lowest one (docs/kimi.md 9.2). */
const LOWEST_RPM = 3;
const LOWEST_TPM = 500_000;

const share = ({ inFlight, parallelLimit }: Facts): number | undefined =>
  inFlight === undefined || !parallelLimit ? undefined : inFlight / parallelLimit;

const isFull = (facts: Facts): boolean => (share(facts) ?? 0) >= 1;

/** Too few local requests were in flight to reach the limit; false if unknown. */
const isFewOfOurs = (facts: Facts): boolean =>
  facts.inFlight !== undefined &&
  facts.seenLimits.atOnce === undefined &&
  (share(facts) ?? (facts.inFlight <= 2 ? 0 : 1)) < FAR_FROM_LIMIT;

/** A report and a query each take up to 15 s: before, few requests elsewhere mean nothing. */
const REPORTED_MS = 45_000;
/** Reports are up to 15 s old: nearly full is full. */
const FULL_TOGETHER = 0.85;

/** The share of the limit in use on all machines of the account; undefined without a team. */
const shareTogether = ({ elsewhere, inFlight = 0, parallelLimit }: Facts): number | undefined =>
  elsewhere === undefined || !parallelLimit ? undefined : (elsewhere + inFlight) / parallelLimit;

/** Of the other machines of the account; 0 without a team. */
const elsewhereLastMinute = ({ input: { others } }: Facts, unit: 'requests' | 'tokens'): number =>
  others?.totals[`${unit}LastMinute`] ?? 0;

/** A plan that allows 10 parallel requests allows at least as many per minute. */
const lowestRpm = ({ provider }: Facts['input']): number =>
  provider === 'kimi-code' ? LOWEST_LIMIT : LOWEST_RPM;

/** Marks for and against parallel and per-minute limits. */
export const RATE_MARKS: readonly Mark[] = [
  {
    causes: ['own_concurrency'],
    points: 7,
    why: 'Attempts failed whenever this many local requests were in flight, and succeeded with fewer.',
    holds: ({ seenLimits }) => (seenLimits.atOnce ?? 0) > 0,
  },
  {
    causes: ['own_concurrency'],
    points: -8,
    why: "Attempts failed as often with few local requests: they don't reach the limit.",
    holds: ({ isCrowdNoReason, input }) => isCrowdNoReason && input.category !== 'concurrency',
  },
  {
    causes: ['rpm'],
    points: 7,
    why: 'Attempts failed after this many requests within a minute, and succeeded after fewer.',
    holds: ({ input, seenLimits: { requests = 0 } }) => requests >= lowestRpm(input),
  },
  {
    causes: ['tpm'],
    points: 7,
    why: 'Attempts failed after this many tokens in a minute, and no tier allows so few requests.',
    holds: ({ input, seenLimits: { tokens = 0, requests = Infinity } }) =>
      input.provider !== 'kimi-code' &&
      (tokens >= LOWEST_TPM / 2 || (tokens > 0 && requests < LOWEST_RPM)),
  },
  {
    causes: ['own_concurrency', 'foreign_concurrency', 'rpm', 'tpm', 'overloaded'],
    points: -6,
    why: 'A used-up quota explains all rejections.',
    holds: ({ isShut, input }) => isShut && input.category !== 'overloaded',
  },
  {
    causes: ['own_concurrency'],
    points: 6,
    why: 'The parallel limit was reached.',
    holds: isFull,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: "The parallel limit was nearly reached, and logs don't show all requests.",
    holds: facts => (share(facts) ?? 0) >= NEAR_LIMIT && !isFull(facts),
  },
  {
    causes: ['own_concurrency'],
    points: 4,
    why: 'Many parallel requests, as many as the smallest plan allows.',
    holds: facts => facts.parallelLimit === undefined && (facts.inFlight ?? 0) >= MANY,
  },
  {
    causes: ['own_concurrency'],
    points: 1,
    why: 'Several threads were rejected in one burst.',
    holds: ({ threads }) => threads >= 3,
  },
  {
    causes: ['own_concurrency'],
    points: 2,
    why: 'The text reports too many requests, and only a fan-out has this many rejected threads.',
    holds: ({ threads, forMs, input }) =>
      input.wordsConfidence === 'high' && threads >= FAN_OUT && forMs <= 2 * MINUTE_MS,
  },
  {
    causes: ['own_concurrency'],
    points: 2,
    why: 'The text names concurrency, and several local threads were rejected in one burst.',
    holds: ({ threads, inFlight, input }) =>
      input.category === 'concurrency' && inFlight === undefined && threads >= 3,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'The rejected threads nearly reach the parallel limit.',
    holds: ({ threads, inFlight, parallelLimit, forMs }) =>
      inFlight === undefined &&
      parallelLimit !== undefined &&
      forMs <= 2 * MINUTE_MS &&
      threads >= Math.max(3, parallelLimit * NEAR_LIMIT),
  },
  {
    causes: ['own_concurrency', 'rpm'],
    points: 1,
    why: 'It recovered in seconds, as parallel limits do when requests end (docs/measurements.md 9.1).',
    holds: ({ recoveredAfterMs }) => isSoon(recoveredAfterMs),
  },
  {
    causes: ['own_concurrency', 'rpm'],
    points: 1,
    why: 'Other requests succeeded in the meantime (docs/measurements.md 9.1).',
    holds: ({ isMixed }) => isMixed,
  },
  {
    causes: ['own_concurrency', 'foreign_concurrency'],
    points: 1,
    why: 'All quotas have room (docs/measurements.md 9.1).',
    holds: ({ isRoomy }) => isRoomy,
  },
  {
    causes: ['own_concurrency'],
    points: -4,
    why: 'Far fewer requests were in flight than allowed.',
    holds: facts => isFewOfOurs(facts) && !isFull(facts),
  },
  {
    causes: ['own_concurrency', 'rpm', 'tpm'],
    points: -5,
    why: 'Nothing succeeded for a long time; parallel and per-minute limits recover sooner.',
    holds: ({ isAllFailed, forMs }) => isAllFailed && forMs > 10 * MINUTE_MS,
  },
  {
    causes: ['foreign_concurrency'],
    points: 4,
    why: 'The text names concurrency, and few local requests were in flight (docs/kimi.md 4.2).',
    holds: facts => facts.input.category === 'concurrency' && isFewOfOurs(facts),
  },
  {
    causes: ['foreign_concurrency'],
    points: 3,
    why: "Only one thread was rejected; local requests that reach a plan's limit fail in several.",
    holds: ({ input, inFlight, isOneThread, parallelLimit = LOWEST_LIMIT }) =>
      input.category === 'concurrency' &&
      inFlight === undefined &&
      isOneThread &&
      parallelLimit >= LOWEST_LIMIT,
  },
  {
    causes: ['foreign_concurrency'],
    points: 3,
    why: "Kimi's text for too many requests, quotas with room, and few local requests in flight.",
    holds: facts =>
      facts.input.category === 'rate_limited_ambiguous' &&
      facts.input.wordsConfidence === 'high' &&
      facts.isRoomy &&
      isFewOfOurs(facts),
  },
  {
    causes: ['foreign_concurrency'],
    points: 1,
    why: 'The same cause occurred earlier that day.',
    holds: ({ input }) => input.earlier.some(({ cause }) => cause === 'foreign_concurrency'),
  },
  {
    causes: ['foreign_concurrency'],
    points: -5,
    why: 'Local requests alone reach the limit.',
    holds: isFull,
  },
  {
    causes: ['foreign_concurrency'],
    points: 8,
    why: 'The limit was reached together with other machines, which had more requests in flight.',
    holds: facts =>
      (shareTogether(facts) ?? 0) >= FULL_TOGETHER &&
      (facts.elsewhere ?? 0) > (facts.inFlight ?? 0),
  },
  {
    causes: ['own_concurrency'],
    points: 6,
    why: 'The limit was reached together with other machines, which had fewer requests in flight.',
    holds: facts =>
      (shareTogether(facts) ?? 0) >= FULL_TOGETHER &&
      (facts.elsewhere ?? 0) > 0 &&
      (facts.inFlight ?? 0) >= (facts.elsewhere ?? 0),
  },
  {
    causes: ['own_concurrency', 'foreign_concurrency'],
    points: -4,
    why: 'All machines of the account together were far from the limit.',
    holds: facts => facts.inFlight !== undefined && (shareTogether(facts) ?? 1) < FAR_FROM_LIMIT,
  },
  {
    causes: ['foreign_concurrency'],
    points: 6,
    why: 'The text names concurrency, and other machines used at least half of the limit.',
    holds: ({ elsewhere = 0, inFlight, input, parallelLimit = Infinity }) =>
      input.category === 'concurrency' && inFlight === undefined && elsewhere * 2 >= parallelLimit,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'The text names concurrency, and the other machines had few requests in flight.',
    holds: ({ elsewhere, inFlight, input, parallelLimit }) =>
      input.category === 'concurrency' &&
      inFlight === undefined &&
      elsewhere !== undefined &&
      input.now - input.from >= REPORTED_MS &&
      elsewhere < (parallelLimit ?? LOWEST_LIMIT) * FAR_FROM_LIMIT,
  },
  {
    causes: ['rpm'],
    points: 5,
    why: 'Many requests in the last minute, few of them in parallel.',
    holds: facts => {
      const together = shareTogether(facts);
      // Without the limit, many requests of others may as well be too many in parallel.
      const elsewhere = together === undefined ? 0 : elsewhereLastMinute(facts, 'requests');
      const requests = (facts.input.shape?.requestsLastMinute ?? 0) + elsewhere;
      return requests >= MANY_A_MINUTE && (together ?? share(facts) ?? 0) < NEAR_LIMIT;
    },
  },
  {
    causes: ['rpm'],
    points: 2,
    why: 'Sequential requests failed, and others succeeded within a minute: the rate was the limit.',
    holds: ({ input, inFlight, isMixed, recoveredAfterMs }) =>
      input.provider === 'open-platform' &&
      input.fields.scope !== undefined &&
      (inFlight ?? Infinity) <= 2 &&
      (isMixed || isSoon(recoveredAfterMs)),
  },
  {
    causes: ['overloaded'],
    points: -4,
    why: "The text names the limit's owner, so it isn't capacity.",
    holds: ({ input }) =>
      input.category === 'rate_limited_ambiguous' && input.fields.scope !== undefined,
  },
  {
    causes: ['tpm'],
    points: 5,
    why: 'More tokens in the last minute than the lowest tier allows (docs/kimi.md 9.2).',
    holds: facts =>
      facts.input.provider === 'open-platform' &&
      (facts.input.shape?.tokensLastMinute ?? 0) + elsewhereLastMinute(facts, 'tokens') >=
        LOWEST_TPM,
  },
];
