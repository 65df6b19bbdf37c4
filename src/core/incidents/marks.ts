import type { Facts } from './facts.ts';
import { OTHER_MARKS } from './otherMarks.ts';
import { QUOTA_MARKS } from './quotaMarks.ts';
import { RATE_MARKS } from './rateMarks.ts';
import type { Cause } from './verdict.ts';

/** One thing that speaks for causes, or, with points below 0, against them. */
export interface Mark {
  readonly causes: readonly Cause[];
  /** About twice the logarithm, to base 2, of how much more often it is seen with the cause. */
  readonly points: number;
  /** Why it counts, and where that is known from. */
  readonly why: string;
  readonly holds: (facts: Facts, cause: Cause) => boolean;
}

/** Every mark; all that hold count. */
export const MARKS: readonly Mark[] = [...QUOTA_MARKS, ...RATE_MARKS, ...OTHER_MARKS];
