import { classify, OWN_PACING_ID } from '../errors/classify.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { providerOfHost } from '../base/providers.ts';
import type { Attribution, RequestFailed } from './signal.ts';

/** What the words of a failure say, or null where the agent keeps none. */
export interface FailureMeaning {
  readonly category: Category;
  readonly rule: string | null;
  readonly confidence: Confidence;
  /** What stands in the words besides: a limit, a wait, masked ids. */
  readonly fields: ErrorFields;
}

/**
 * What a failed request meant by its own words, type and status. Without any of them nothing is
 * guessed. A limit of another provider's account is that, whatever its words.
 */
export function meaningOf(
  { status, errorType, text, model, evidence }: RequestFailed,
  provider: Attribution['provider'],
): FailureMeaning | null {
  if (text === '' && errorType === undefined && status === undefined) return null;
  const error = { ...(errorType === undefined ? {} : { type: errorType }), message: text };
  // The configured one only where it decided.
  const { configuredHost } = evidence;
  const isDecisive = configuredHost !== undefined && providerOfHost(configuredHost) === provider;
  const host = evidence.host ?? (isDecisive ? configuredHost : undefined);
  const raw = `${status ?? ''} ${JSON.stringify({ error })}`.trim();
  const { category, says, rule, confidence, fields } = classify(raw, {
    ...(evidence.providerId === undefined ? {} : { provider: evidence.providerId }),
    ...(model === undefined ? {} : { model }),
    ...(host === undefined ? {} : { baseUrl: `https://${host}` }),
  });
  if (rule === OWN_PACING_ID) return null;
  const isOther = provider === 'other' || category === 'other_provider';
  // It failed, whatever its words. Many agents keep no status: none does not mean no answer.
  const isUnknown = category === 'not_an_error';
  const read = isUnknown ? 'unknown' : category;
  return {
    category: isOther ? 'other_provider' : read,
    rule: rule ?? null,
    confidence: isUnknown ? 'low' : confidence,
    fields: isOther && says !== undefined ? { ...fields, says } : fields,
  };
}
