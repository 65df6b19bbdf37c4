import { classify, OWN_PACING_ID } from '../errors/classify.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { providerOfHost } from '../base/providers.ts';
import type { Attribution, RequestFailed } from './signal.ts';

/** What an error text means, or null where the agent records none. */
export interface FailureMeaning {
  readonly category: Category;
  readonly rule: string | null;
  readonly confidence: Confidence;
  /** Other facts in the text: a limit, a wait, masked ids. */
  readonly fields: ErrorFields;
}

/**
 * What a failed request means by its text, type and status. Without any of them nothing is guessed.
 * A limit of another provider's account is classified as such, whatever its text.
 */
export function meaningOf(
  { status, errorType, text, model, evidence }: RequestFailed,
  provider: Attribution['provider'],
): FailureMeaning | null {
  if (text === '' && errorType === undefined && status === undefined) return null;
  const error = { ...(errorType === undefined ? {} : { type: errorType }), message: text };
  // The configured host only counts where it decided.
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
  // It failed, whatever its text. Many agents record no status, so its absence does not mean that
  // there was no response.
  const isUnknown = category === 'not_an_error';
  const read = isUnknown ? 'unknown' : category;
  return {
    category: isOther ? 'other_provider' : read,
    rule: rule ?? null,
    confidence: isUnknown ? 'low' : confidence,
    fields: isOther && says !== undefined ? { ...fields, says } : fields,
  };
}
