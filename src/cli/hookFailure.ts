import { joinSentences } from '../core/base/format.ts';
import type { Locale } from '../core/base/ports.ts';
import { redact } from '../core/base/redact.ts';
import { classify } from '../core/errors/classify.ts';
import { explainWords } from '../core/explain/explain.ts';

/** The cause of an error text, and when to retry; undefined for a text that means nothing known. */
export function failureSentence(text: string, locale: Locale): string | undefined {
  const answer = classify(text);
  const { category, isKimi } = answer;
  if (category === 'not_an_error' || category === 'unknown' || isKimi === false) return undefined;
  const words = { ...answer, text: redact(text.trim()) };
  const { cause, retry } = explainWords(words, { locale, now: Date.now() });
  return `Kimi: ${joinSentences([cause, retry], locale.t)}`;
}
