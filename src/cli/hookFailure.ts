import { durationWords, joinSentences, momentWords } from '../core/base/format.ts';
import type { Locale } from '../core/base/ports.ts';
import { redact } from '../core/base/redact.ts';
import type { Category } from '../core/errors/category.ts';
import { classify } from '../core/errors/classify.ts';
import { explainWords } from '../core/explain/explain.ts';
import { windowOfCause } from '../core/incidents/facts.ts';
import type { QuotaView } from '../core/quota/quotaView.ts';

/**
 * The cause of an error text, and when to retry; undefined for a text that means nothing known.
 * `view`: the stored numbers of the account, for the reset of the quota that the text names.
 */
export function failureSentence(
  text: string,
  view: QuotaView | undefined,
  locale: Locale,
): string | undefined {
  const answer = classify(text);
  const { category, isKimi } = answer;
  if (category === 'not_an_error' || category === 'unknown' || isKimi === false) return undefined;
  const words = { ...answer, text: redact(text.trim()) };
  const { cause, retry } = explainWords(words, { locale, now: Date.now() });
  const when = resetWords(category, view, locale) ?? retry;
  return `Kimi: ${joinSentences([cause, when], locale.t)}`;
}

function resetWords(
  category: Category,
  view: QuotaView | undefined,
  locale: Locale,
): string | undefined {
  const id = windowOfCause(category);
  const window = id === undefined ? undefined : view?.windows.find(each => each.id === id);
  if (window?.resetsInMs === undefined || window.isResetting) return undefined;
  const now = Date.now();
  const { t } = locale;
  const left = durationWords(window.resetsInMs, t);
  return t('Resets in {0}, {1}.', left, momentWords(now + window.resetsInMs, now, locale));
}
