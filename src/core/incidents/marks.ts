import { LOW_PERCENT } from '../quota/bindingWindow.ts';
import { causeOfWindow, windowOfCause, type Facts } from './facts.ts';
import type { Cause } from './verdict.ts';

/** One thing that speaks for causes, or, with points below 0, against them. */
export interface Mark {
  readonly causes: readonly Cause[];
  readonly points: number;
  /** Why it counts, and where that is known from. */
  readonly why: string;
  readonly holds: (facts: Facts, cause: Cause) => boolean;
}

const MINUTE_MS = 60_000;
const QUOTA: readonly Cause[] = ['quota_5h', 'quota_weekly', 'quota_monthly', 'quota_unspecified'];
const RATE: readonly Cause[] = ['own_concurrency', 'foreign_concurrency', 'rpm', 'tpm'];

/** Share of the limit from which the requests that no log tells of may well fill it. */
const NEAR_LIMIT = 0.7;
/** A snapshot lags behind, and shares are whole numbers: so little is as good as spent. */
const NEARLY_SPENT_PERCENT = 2;

const share = ({ inFlight, parallelLimit }: Facts): number | undefined =>
  inFlight === undefined || !parallelLimit ? undefined : inFlight / parallelLimit;
const roomOf = ({ rooms }: Facts, cause: Cause) =>
  rooms.find(({ id }) => id === windowOfCause(cause));
const isOpenPlatform = ({ input }: Facts): boolean => input.provider === 'open-platform';

/** Every mark. All that hold count; points are about twice the logarithm of how telling it is. */
export const MARKS: readonly Mark[] = [
  {
    causes: QUOTA,
    points: 7,
    why: 'This window is spent (peers.md 8.1).',
    holds: (facts, cause) =>
      facts.spent !== undefined && causeOfWindow(facts.spent.id) === cause && !facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 4,
    why: 'This window is spent; Extra Usage should carry on, but has a cap of its own.',
    holds: (facts, cause) =>
      facts.spent !== undefined && causeOfWindow(facts.spent.id) === cause && facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 4,
    why: 'Next to nothing is left of it, and the answer lags.',
    holds: (facts, cause) => {
      const left = roomOf(facts, cause)?.remainingPercent;
      return facts.spent === undefined && left !== undefined && left <= NEARLY_SPENT_PERCENT;
    },
  },
  {
    causes: QUOTA,
    points: 7,
    why: 'Nothing went through until this window was reset, and then it did (peers.md 8.1).',
    holds: ({ endedByReset }, cause) =>
      endedByReset !== undefined && causeOfWindow(endedByReset.id) === cause,
  },
  {
    causes: QUOTA,
    points: -5,
    why: 'Others were answered meanwhile: a spent window stops all.',
    holds: ({ isMixed, hasExtraUsage }) => isMixed && !hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: -3,
    why: 'It was over within a minute: a window stays shut until its reset.',
    holds: ({ recoveredAfterMs, endedByReset }) =>
      recoveredAfterMs !== undefined && recoveredAfterMs <= MINUTE_MS && !endedByReset,
  },
  {
    causes: QUOTA,
    points: -4,
    why: 'The window has room.',
    holds: (facts, cause) => (roomOf(facts, cause)?.remainingPercent ?? 0) > LOW_PERCENT,
  },
  {
    causes: QUOTA,
    points: 2,
    why: 'The wait that is asked for ends at the reset of this window.',
    holds: (facts, cause) => {
      const resetsAt = roomOf(facts, cause)?.resetsAt;
      const until = facts.input.to + facts.waitMs;
      return (
        facts.waitMs > 5 * MINUTE_MS &&
        resetsAt !== undefined &&
        Math.abs(until - resetsAt) < 2 * MINUTE_MS
      );
    },
  },
  {
    causes: QUOTA,
    points: -20,
    why: 'The open platform has no windows (kimi.md 1.1).',
    holds: isOpenPlatform,
  },
  {
    causes: RATE,
    points: -6,
    why: 'A window is spent: that alone refuses everything.',
    holds: ({ spent, hasExtraUsage }) => spent !== undefined && !hasExtraUsage,
  },
  {
    causes: ['own_concurrency'],
    points: 6,
    why: 'As many ran as are allowed at once.',
    holds: facts => (share(facts) ?? 0) >= 1,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'Nearly as many ran as are allowed, and the logs do not tell all.',
    holds: facts => (share(facts) ?? 0) >= NEAR_LIMIT && (share(facts) ?? 0) < 1,
  },
  {
    causes: ['own_concurrency'],
    points: 3,
    why: 'Many ran at once; the limit is not known, and the lowest of a plan is 10 (kimi.md 9.1).',
    holds: facts => facts.parallelLimit === undefined && (facts.inFlight ?? 0) >= 8,
  },
  {
    causes: ['own_concurrency'],
    points: 2,
    why: 'Several threads failed at once.',
    holds: ({ input }) => input.threadCount >= 3,
  },
  {
    causes: ['own_concurrency'],
    points: 1,
    why: 'It cleared in seconds, as places do when requests end.',
    holds: ({ recoveredAfterMs }) =>
      recoveredAfterMs !== undefined && recoveredAfterMs <= MINUTE_MS,
  },
  {
    causes: ['own_concurrency', 'rpm'],
    points: 1,
    why: 'Some went through meanwhile (peers.md 8.1).',
    holds: ({ isMixed }) => isMixed,
  },
  {
    causes: ['own_concurrency'],
    points: -3,
    why: 'Far fewer ran than are allowed.',
    holds: facts => (share(facts) ?? 1) < 0.4,
  },
  {
    causes: ['own_concurrency'],
    points: -5,
    why: 'Nothing else of ours ran: one request is not too many at once.',
    holds: facts =>
      facts.inFlight !== undefined && facts.inFlight <= 1 && facts.parallelLimit !== 1,
  },
  {
    causes: ['own_concurrency', 'rpm', 'tpm'],
    points: -4,
    why: 'Nothing at all went through for long: places and minutes free themselves.',
    holds: ({ isAllFailed, forMs }) => isAllFailed && forMs > 10 * MINUTE_MS,
  },
  {
    causes: ['foreign_concurrency'],
    points: 4,
    why: 'The words say too many at once, and next to none were ours (kimi.md 4.2).',
    holds: facts =>
      facts.input.category === 'concurrency' &&
      facts.inFlight !== undefined &&
      (share(facts) ?? (facts.inFlight <= 2 ? 0 : 1)) < 0.4,
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
    holds: facts => (share(facts) ?? 0) >= 1,
  },
  {
    causes: ['rpm'],
    points: 4,
    why: 'Many requests in the last minute, few at a time.',
    holds: facts =>
      (facts.input.shape?.requestsLastMinute ?? 0) >= 60 && (share(facts) ?? 0) < NEAR_LIMIT,
  },
  {
    causes: ['gateway_balance'],
    points: 7,
    why: 'A program in between wrote it, with no id of a Kimi account in it (kimi.md 4.5).',
    holds: ({ input: { fields } }) =>
      fields.gateway !== undefined &&
      fields.organization === undefined &&
      fields.key === undefined &&
      (fields.type === undefined || fields.type === 'exceeded_current_quota_error'),
  },
  {
    causes: ['token_expired'],
    points: 7,
    why: 'A log-in lasts 15 minutes and renews itself: an answer followed (kimi.md 5.3).',
    holds: ({ input, recoveredAfterMs }) =>
      input.state === 'recovered' || recoveredAfterMs !== undefined,
  },
  {
    causes: ['disguised_overload'],
    points: 6,
    why: 'Nothing at all went through for long, while the windows have room (kimi.md 4.3).',
    holds: ({ isAllFailed, forMs, spent }) =>
      isAllFailed && forMs > 10 * MINUTE_MS && spent === undefined,
  },
];
