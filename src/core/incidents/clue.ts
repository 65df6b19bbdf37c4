import { attribute } from '../agents/attribution.ts';
import { meaningOf } from '../agents/failureMeaning.ts';
import type { Attribution, RequestFailed } from '../agents/signal.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';

/** What one failure says of its cause: by this, failures are told to be of one incident. */
export interface Clue {
  readonly provider: Attribution['provider'];
  readonly category: Category | null;
  readonly rule: string | null;
  readonly confidence: Confidence | null;
  readonly fields: ErrorFields;
  /** It has no words, and its status says nothing either: it is of the incident beside it. */
  readonly isVague: boolean;
}

/** Undefined: it is no error. */
export function clueOf(signal: RequestFailed): Clue | undefined {
  const { provider } = attribute(signal);
  const meaning = meaningOf(signal, provider);
  const isWordless = signal.text === '' && signal.errorType === undefined;
  if (!meaning) {
    if (!isWordless) return undefined;
    const category = provider === 'other' ? 'other_provider' : null;
    return { provider, category, rule: null, confidence: null, fields: {}, isVague: true };
  }
  const isBare = isWordless && meaning.confidence === 'low' && OF_A_STATUS.has(meaning.category);
  return { provider, ...meaning, isVague: isBare };
}

/** What 401, 402, 403 and 429 are taken for without words: each is many things (kimi.md 4.2). */
const OF_A_STATUS: ReadonlySet<Category> = new Set([
  'auth',
  'membership',
  'permission',
  'rate_limited_ambiguous',
]);

/** What one conversation asks for: another one does not meet it. All else is the account's. */
export const isOfSession = (category: Category | null): boolean =>
  category === 'context_length' || category === 'bad_request';
