import { LOW_PERCENT } from '../quota/windows.ts';
import { causeOfWindow, type Facts, isSoon, type Mark, type Room, windowOfCause } from './facts.ts';
import type { Cause } from './verdict.ts';
import { MINUTE_MS } from '../base/time.ts';

const QUOTA: readonly Cause[] = ['quota_5h', 'quota_weekly', 'quota_monthly', 'quota_unspecified'];

/** A snapshot lags behind, and shares are whole numbers: so little is as good as spent. */
const NEARLY_SPENT_PERCENT = 2;

const roomOf = ({ rooms }: Facts, cause: Cause): Room | undefined =>
  rooms.find(({ id }) => id === windowOfCause(cause));
const isSpent = ({ spent }: Facts, cause: Cause): boolean =>
  spent !== undefined && causeOfWindow(spent.id) === cause;
const isNearlySpent = (facts: Facts, cause: Cause): boolean =>
  facts.spent === undefined &&
  (roomOf(facts, cause)?.remainingPercent ?? 100) <= NEARLY_SPENT_PERCENT;

/** What speaks for and against a spent window of the plan. */
export const QUOTA_MARKS: readonly Mark[] = [
  {
    causes: QUOTA,
    points: 7,
    why: 'This window is spent (docs/measurements.md 9.1).',
    holds: (facts, cause) => isSpent(facts, cause) && !facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 3,
    why: 'This window is spent; Extra Usage should carry on, but it may be capped.',
    holds: (facts, cause) => isSpent(facts, cause) && facts.hasExtraUsage,
  },
  {
    causes: QUOTA,
    points: 4,
    why: 'Next to nothing is left of it, and what `/usages` says lags behind.',
    holds: isNearlySpent,
  },
  {
    causes: QUOTA,
    points: 3,
    why: 'Next to nothing is left of it, and the words say that a window is spent.',
    holds: (facts, cause) =>
      facts.input.category === 'quota_unspecified' && isNearlySpent(facts, cause),
  },
  {
    causes: QUOTA,
    points: 2,
    why: 'Little is left of it, and for minutes nothing at all went through.',
    holds: (facts, cause) =>
      facts.isAllFailed &&
      facts.forMs > 3 * MINUTE_MS &&
      (roomOf(facts, cause)?.remainingPercent ?? 100) <= LOW_PERCENT / 2,
  },
  {
    causes: QUOTA,
    points: 12,
    why: 'Nothing went through until this window was reset, and then it did (docs/measurements.md 9.1).',
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
    points: -5,
    why: 'It was over within a minute: a window stays shut until its reset.',
    holds: ({ recoveredAfterMs, endedByReset }) => isSoon(recoveredAfterMs) && !endedByReset,
  },
  {
    causes: QUOTA,
    points: -4,
    why: 'This window has room.',
    holds: (facts, cause) => (roomOf(facts, cause)?.remainingPercent ?? 0) > LOW_PERCENT,
  },
  {
    causes: ['quota_unspecified'],
    points: -1,
    why: 'Every window has room. The error wins over `/usages` all the same (kimi-code #3014).',
    holds: ({ isRoomy }) => isRoomy,
  },
  {
    causes: QUOTA,
    points: 4,
    why: 'The wait that is asked for ends at the reset of this window.',
    holds: (facts, cause) => {
      const resetsAt = roomOf(facts, cause)?.resetsAt ?? Infinity;
      const until = facts.input.to + facts.waitMs;
      return facts.waitMs > 5 * MINUTE_MS && Math.abs(until - resetsAt) < 2 * MINUTE_MS;
    },
  },
  {
    causes: QUOTA,
    points: -20,
    why: 'The open platform has no windows (docs/kimi.md 1.1); words that name one are of a plan all the same.',
    holds: ({ input }) =>
      input.provider === 'open-platform' && !input.category?.startsWith('quota_'),
  },
  {
    causes: QUOTA,
    points: -20,
    why: 'A 401 is a key or a plan without the model, never a window (docs/kimi.md 4.2).',
    holds: ({ input }) =>
      input.category === 'auth' && (input.fields.status ?? input.status) !== 403,
  },
];
