import { attribute } from '../agents/attribution.ts';
import { meaningOf } from '../agents/eventReport.ts';
import type { Attribution, RequestFailed } from '../agents/signal.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { type Trouble, troubleOf } from './trouble.ts';

/** What one failure shows of its cause: the basis for grouping. */
export interface Clue {
  readonly provider: Attribution['provider'];
  readonly category: Category | null;
  readonly rule: string | null;
  readonly confidence: Confidence | null;
  readonly fields: ErrorFields;
  /** Neither error text nor status names a cause: it belongs to an incident nearby. */
  readonly isVague: boolean;
}

/** Undefined if it is not an error. */
export function clueOf(signal: RequestFailed): Clue | undefined {
  const { provider } = attribute(signal);
  const meaning = meaningOf(signal, provider);
  const isWordless = signal.text === '' && signal.errorType === undefined;
  if (!meaning) {
    if (!isWordless) return undefined;
    const category = provider === 'other' ? 'other_provider' : null;
    return { provider, category, rule: null, confidence: null, fields: {}, isVague: true };
  }
  const isBare = isWordless && OF_A_STATUS.has(meaning.category);
  return { provider, ...meaning, isVague: isBare };
}

/** Categories of a bare 401, 402, 403 or 429, each of which has many causes (docs/kimi.md 4.2). */
const OF_A_STATUS: ReadonlySet<Category> = new Set([
  'auth',
  'membership',
  'permission',
  'rate_limited_ambiguous',
]);

/** Errors of one conversation. All others concern the account. */
export const isOfSession = (category: Category | null): boolean =>
  category === 'context_length' || category === 'bad_request';

const REJECTS_ALL: ReadonlySet<Trouble> = new Set(['quota', 'account', 'key']);

/** Whether no request of the account succeeds while it lasts. */
export const rejectsAll = (category: Category | null): boolean =>
  REJECTS_ALL.has(troubleOf(category));

/** Rank of a failure as example: error text first, then matched rule, limit, status, main request. */
export function rankOf(signal: RequestFailed, { rule, confidence, fields }: Clue): number {
  return (
    (signal.text === '' ? 0 : 16) +
    (rule === null || confidence === 'low' ? 0 : 8) +
    (fields.limit === undefined ? 0 : 4) +
    (signal.status === undefined ? 0 : 2) +
    (signal.isSideRequest ? 0 : 1)
  );
}
