import { classify } from './classify.ts';
import { redact } from '../base/redact.ts';
import type { Category, Confidence, ErrorFields, WordsCategory } from './category.ts';

/** A cheap test: every limit, rejection or broken connection matches, hardly any other line does. */
const ANY_HINT =
  /429|40[0-4]|402|5\d\d|529|rate|limit|quota|allowance|overload|capacity|busy|balance|credit|insufficient|exceed|exhaust|used up|concurren|terminated|access|auth|log in|sign in|forbidden|billing|too many|plan|subscri|membership|context|suspend|disabled|try again|ECONN|timeout|超|限|余额|额度|用量|过载|繁忙|负载|并发|配额|套餐|会员|账号|账户|登录|密钥|认证|频繁/i;
/** Of a longer text, the part around the first hint is read: a log record may contain files. */
const REACH = 2000;
/** Lines of logs are shorter; the rest isn't read. */
const LONGEST = 200_000;

/**
 * The meaning of any text: a line of a document or a terminal, a selection. Undefined if it contains
 * no known error text. Redacted; at most 4 KB are read.
 */
export function wordsOfText(text: string): ExplainedWords | undefined {
  const hint = ANY_HINT.exec(text.length > LONGEST ? text.slice(0, LONGEST) : text);
  if (!hint) return undefined;
  const isWhole = text.length <= 2 * REACH;
  const from = isWhole ? 0 : Math.max(0, hint.index - REACH);
  const to = isWhole ? text.length : hint.index + REACH;
  const part = text.slice(from, to);
  const { category, confidence, fields, rule, isKimi, isQuoted, isRecord } = classify(part);
  if (category === 'not_an_error') return undefined;
  return {
    category,
    confidence,
    fields,
    rule: rule ?? null,
    isKimi,
    ...(isQuoted && { isQuoted }),
    ...(isRecord && { isRecord }),
    text: redact(withoutTorn(text, from, to).trim()),
  };
}

/** Characters of keys, tokens and their escapes. */
const TOKEN = /[\w.+/=~%\\\n-]|\p{Cf}/u;

/** A key that is cut at the edge would not be recognized as one. */
function withoutTorn(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  if (from > 0) while (start < to && TOKEN.test(text[start]!)) start++;
  if (to < text.length) while (end > start && TOKEN.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** Errors that are neither a limit nor a rejection: not worth a note in a document. */
const EVERYDAY: ReadonlySet<string> = new Set(['bad_request', 'network', 'server_error']);

/**
 * Whether a text is worth a note without being asked: it is in the place of an error, is about a
 * limit, a key or a plan, and nothing shows that it is another provider's.
 */
export function isWorthTelling(words: ExplainedWords): boolean {
  const { isRecord, confidence, isKimi, category } = words;
  return isRecord === true && confidence !== 'low' && isKimi !== false && !EVERYDAY.has(category);
}

/** An error text from a selection or a line of a terminal. */
export interface ExplainedWords {
  readonly category: Category;
  readonly confidence: Confidence;
  readonly fields: ErrorFields;
  readonly rule?: string | null;
  /** Redacted. */
  readonly text: string;
  /** The category by the text alone. */
  readonly says?: WordsCategory;
  /** Whether it concerns the user's Kimi account. Default: unknown. */
  readonly isKimi?: boolean | 'unknown';
  /** It is in a document, source code or a chat. */
  readonly isQuoted?: true;
  /** It is where a record has its error. */
  readonly isRecord?: true;
  /** Ids in the text, one per line, for the user who pasted it; no other surface shows them. */
  readonly ids?: readonly string[];
}
