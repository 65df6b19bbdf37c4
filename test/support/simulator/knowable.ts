import type { Cause } from '../../../src/core/incidents/verdict.ts';
import type { TrueCause, Wording } from './truth.ts';

/** What logs and `/usages` show of an incident. */
export interface Visible {
  /** How much the words say; `none`: the agent keeps none. */
  readonly words: Wording | 'none';
  /** The account is known without the error text. */
  readonly isAttributed: boolean;
  /** The logs of the agent tell when requests begin. */
  readonly hasStarts: boolean;
  /** The parallel limit is known. */
  readonly isLimitKnown: boolean;
  /** The most requests of this machine at a refusal, as a share of the limit. */
  readonly ownShare: number;
  /** `/usages` was read after the first failure, and did not lie. */
  readonly isReadAfter: boolean;
  /** Another program of the same account was seen to work. */
  readonly hasWitness: boolean;
  /** Three failures or more. */
  readonly isRepeated: boolean;
}

/** Share of the limit in use on this machine above which it is the cause, or below which others are. */
const MOSTLY_OURS = 1;
const HARDLY_OURS = 0.4;

/**
 * The verdicts that do justice to a cause, as far as it can be known. The cause itself always does.
 * `unsure` does only where the same would be seen with another cause, and `quota_unspecified` where
 * a quota is used up and nothing shows which.
 */
export function knowable(cause: TrueCause, visible: Visible): readonly Cause[] {
  const { words } = visible;
  if (words === 'named') return [cause];
  if (isQuota(cause)) return ofQuota(cause, visible);
  if (cause === 'own_concurrency' || cause === 'foreign_concurrency')
    return ofConcurrency(cause, visible);
  // A reseller's account means the same.
  if (cause === 'gateway_balance') return [cause, 'other_provider'];
  // Capacity or a rejection: other successes, or many failures without one, show which.
  if (cause === 'disguised_overload' && words === 'family')
    return visible.hasWitness && visible.isRepeated ? [cause] : [cause, 'unsure'];
  return words === 'family' ? [cause] : [cause, 'unsure'];
}

const isQuota = (cause: TrueCause): boolean => cause.startsWith('quota_');

function ofQuota(
  cause: TrueCause,
  { words, isReadAfter, isAttributed }: Visible,
): readonly Cause[] {
  if (words === 'family') return isReadAfter ? [cause] : [cause, 'quota_unspecified'];
  return isReadAfter && (words !== 'none' || isAttributed)
    ? [cause]
    : [cause, 'quota_unspecified', 'unsure'];
}

/**
 * The error text may report too many parallel requests, but not their source: that takes the count on
 * this machine and the limit. In between, this machine and others fill it together.
 */
function ofConcurrency(cause: TrueCause, visible: Visible): readonly Cause[] {
  const { words, hasStarts, isAttributed, isLimitKnown, ownShare } = visible;
  // Of silence, not even the account is known.
  if (words === 'none' && !isAttributed) return [cause, 'unsure'];
  if (!hasStarts || !isLimitKnown) return [cause, 'unsure'];
  if (words !== 'family') return ownShare >= MOSTLY_OURS ? [cause] : [cause, 'unsure'];
  if (ownShare >= MOSTLY_OURS || ownShare < HARDLY_OURS) return [cause];
  return ['own_concurrency', 'foreign_concurrency', 'unsure'];
}
