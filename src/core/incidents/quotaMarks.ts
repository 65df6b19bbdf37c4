import { LOW_PERCENT } from '../quota/windows.ts';
import { causeOfWindow, type Facts, isSoon, type Mark, type Room, windowOfCause } from './facts.ts';
import type { Cause } from './verdict.ts';
import { MINUTE_MS } from '../base/time.ts';

const QUOTA: readonly Cause[] = ['quota_5h', 'quota_weekly', 'quota_monthly', 'quota_unspecified'];

/** Snapshots lag and are rounded: this little counts as used up. */
const NEARLY_SPENT_PERCENT = 2;

const roomOf = ({ rooms }: Facts, cause: Cause): Room | undefined =>
  rooms.find(({ id }) => id === windowOfCause(cause));
const isSpent = ({ spent }: Facts, cause: Cause): boolean =>
  spent !== undefined && causeOfWindow(spent.id) === cause;
const isNearlySpent = (facts: Facts, cause: Cause): boolean =>
  facts.spent === undefined &&
  (roomOf(facts, cause)?.remainingPercent ?? 100) <= NEARLY_SPENT_PERCENT;

/** Marks for and against a used-up quota of the plan. */
export const QUOTA_MARKS: readonly Mark[] = [
  {
    causes: QUOTA,
    points: 7,
    why: 'This quota is used up (docs/measurements.md 9.1).',
    holds: (facts, cause) => isSpent(facts, cause) && !facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 3,
    why: 'This quota is used up; Extra Usage should continue, but may be capped.',
    holds: (facts, cause) => isSpent(facts, cause) && facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 2,
    why: 'Almost used up, and `/usages` lags behind.',
    holds: isNearlySpent,
  },
  {
    causes: QUOTA,
    points: 2,
    why: 'Almost used up, and nothing succeeded for a minute.',
    holds: (facts, cause) =>
      isNearlySpent(facts, cause) && !facts.hasPassed && facts.forMs >= MINUTE_MS,
  },
  {
    causes: QUOTA,
    points: 5,
    why: 'Almost used up, and the text reports a used-up quota.',
    holds: (facts, cause) =>
      facts.input.category === 'quota_unspecified' && isNearlySpent(facts, cause),
  },
  {
    causes: QUOTA,
    points: 2,
    why: 'Little quota is left, and nothing succeeded for minutes.',
    holds: (facts, cause) =>
      facts.isAllFailed &&
      facts.forMs > 3 * MINUTE_MS &&
      (roomOf(facts, cause)?.remainingPercent ?? 100) <= LOW_PERCENT / 2,
  },
  {
    causes: QUOTA,
    points: 12,
    why: 'Nothing succeeded until this quota reset, and then requests did (docs/measurements.md 9.1).',
    holds: ({ endedByReset }, cause) =>
      endedByReset !== undefined && causeOfWindow(endedByReset.id) === cause,
  },
  {
    causes: QUOTA,
    points: -5,
    why: 'Other requests succeeded; a used-up quota stops all.',
    holds: ({ isMixed, hasExtraUsage }) => isMixed && !hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: -5,
    why: 'It recovered within a minute; a used-up quota stays so until its reset.',
    holds: ({ recoveredAfterMs, endedByReset }) => isSoon(recoveredAfterMs) && !endedByReset,
  },
  {
    causes: QUOTA,
    points: -4,
    why: 'This quota has room.',
    holds: (facts, cause) => (roomOf(facts, cause)?.remainingPercent ?? 0) > LOW_PERCENT,
  },
  {
    causes: ['quota_unspecified'],
    points: -1,
    why: 'All quotas have room. The error still takes precedence over `/usages` (kimi-code #3014).',
    holds: ({ isRoomy }) => isRoomy,
  },
  {
    causes: QUOTA,
    points: 4,
    why: 'The requested wait ends when this quota resets.',
    holds: (facts, cause) => {
      const resetsAt = roomOf(facts, cause)?.resetsAt ?? Infinity;
      const until = facts.input.to + facts.waitMs;
      return facts.waitMs > 5 * MINUTE_MS && Math.abs(until - resetsAt) < 2 * MINUTE_MS;
    },
  },
  {
    causes: QUOTA,
    points: -20,
    why: 'The open platform has no such quotas (docs/kimi.md 1.1), unless the text names one.',
    holds: ({ input }) =>
      input.provider === 'open-platform' && !input.category?.startsWith('quota_'),
  },
  {
    causes: QUOTA,
    points: -20,
    why: 'A 401 is a key or a plan without the model, never a quota (docs/kimi.md 4.2).',
    holds: ({ input }) =>
      input.category === 'auth' && (input.fields.status ?? input.status) !== 403,
  },
];
