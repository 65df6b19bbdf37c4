import type { Category } from '../errors/category.ts';
import { classify } from '../errors/classify.ts';
import type { ForbiddenReason, NoPlan } from './outcome.ts';

/** The reason of a rejected check, by category. Absent if the text gives no reason. */
const REASONS: Partial<Record<Category, ForbiddenReason>> = {
  concurrency: 'concurrency',
  quota_5h: 'quota',
  quota_weekly: 'quota',
  quota_monthly: 'quota',
  quota_unspecified: 'quota',
  balance: 'quota',
  membership: 'membership',
  client_not_accepted: 'clientNotAccepted',
  account_closed: 'accountClosed',
};

/** A rejection with its reason. */
export interface Forbidden {
  readonly kind: 'forbidden';
  readonly reason: ForbiddenReason;
}

/**
 * The meaning of a 402 or 403. The error text decides, not the status: a used-up quota and too many
 * parallel requests return 403 too.
 */
export function readForbidden(body: string): Forbidden | NoPlan {
  const { category, fields } = classify(body);
  if (category === 'entitlement' && fields.lacks === 'plan') return { kind: 'noPlan' };
  return { kind: 'forbidden', reason: REASONS[category] ?? 'unknown' };
}
