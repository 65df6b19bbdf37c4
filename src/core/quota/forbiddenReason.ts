import type { Category } from '../errors/category.ts';
import { classify } from '../errors/classify.ts';
import type { ForbiddenReason, NoPlan } from './outcome.ts';

/** What each meaning is for somebody who asked what is left. Absent: the words do not say why. */
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

/** A refusal with its reason. */
export interface Forbidden {
  readonly kind: 'forbidden';
  readonly reason: ForbiddenReason;
}

/**
 * What the words of a 402 or 403 say. The words decide, not the status: a spent quota and too many
 * requests at once come as 403 too.
 */
export function readForbidden(body: string): Forbidden | NoPlan {
  const { category, fields } = classify(body);
  if (category === 'entitlement' && fields.lacks === 'plan') return { kind: 'noPlan' };
  return { kind: 'forbidden', reason: REASONS[category] ?? 'unknown' };
}
