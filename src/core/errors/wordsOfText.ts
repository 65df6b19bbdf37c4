import { classify } from './classify.ts';
import { redact } from '../base/redact.ts';
import type { Category, Confidence, ErrorFields, WordsCategory } from './category.ts';

/** Any limit, refusal or cut connection has one of these; almost every other line has none. */
const ANY_HINT =
  /429|40[0-4]|402|5\d\d|529|rate|limit|quota|allowance|overload|capacity|busy|balance|credit|insufficient|exceed|exhaust|used up|concurren|terminated|access|auth|log in|sign in|forbidden|billing|too many|plan|subscri|membership|context|suspend|disabled|try again|ECONN|timeout|超|限|余额|额度|用量|过载|繁忙|负载|并发|配额|套餐|会员|账号|账户|登录|密钥|认证|频繁/i;
/** Of a longer text the part around the first hint is looked at: a record of a log may hold files. */
const REACH = 2000;
/** A line of a log is shorter; nobody waits for the rest. */
const LONGEST = 200_000;

/**
 * What a text from anywhere means: a line of a document or a terminal, a selection. Undefined if no
 * words of an error are known in it. Redacted; at most 4 KB are looked at.
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

/** What keys, tokens and their escapes are made of. */
const TOKEN = /[\w.+/=~%\\\n-]|\p{Cf}/u;

/** The rest of a key that an edge goes through would not be seen as one. */
function withoutTorn(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  if (from > 0) while (start < to && TOKEN.test(text[start]!)) start++;
  if (to < text.length) while (end > start && TOKEN.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** What a reader of code must not be bothered with: errors that are no limit and no refusal. */
const EVERYDAY: ReadonlySet<string> = new Set(['bad_request', 'network', 'server_error']);

/**
 * Whether a text is worth a word where nobody asked: it stands as an error does in a record, is
 * about a limit, a key or a plan, and nothing says that it is another provider's.
 */
export function isWorthTelling(words: ExplainedWords): boolean {
  const { isRecord, confidence, isKimi, category } = words;
  return isRecord === true && confidence !== 'low' && isKimi !== false && !EVERYDAY.has(category);
}

/** Words from anywhere: a selection, a line of the terminal. */
export interface ExplainedWords {
  readonly category: Category;
  readonly confidence: Confidence;
  readonly fields: ErrorFields;
  readonly rule?: string | null;
  /** Redacted. */
  readonly text: string;
  /** What they say, whoever wrote them. */
  readonly says?: WordsCategory;
  /** Whether they are of the user's Kimi account. Default: unknown. */
  readonly isKimi?: boolean | 'unknown';
  /** They plainly stand in a document, a source or a chat. */
  readonly isQuoted?: true;
  /** They stand as an error does in a record. */
  readonly isRecord?: true;
  /** Ids in the text, one a line, for the user who pasted it; no other surface shows them. */
  readonly ids?: readonly string[];
}
