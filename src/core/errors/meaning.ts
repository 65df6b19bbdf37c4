import type { ErrorFields, WordsCategory } from './category.ts';
import {
  concepts,
  type Concepts,
  type Frame,
  frameOf,
  hasAny,
  isNone,
  NONE,
  RANKS,
  union,
} from './concepts.ts';
import type { Entry } from './lexicon.ts';
import type { Rule } from './rule.ts';
import type { Placement } from './placement.ts';
import { KNOWN_TYPES, type UnwrappedError } from './unwrap.ts';

/** A term of the lexicon, and its place in squeezed text. */
interface Token {
  readonly concepts: Concepts;
  readonly start: number;
  readonly end: number;
}

/** The terms of one sentence, or of the part of a long one that belongs together. */
interface Sentence {
  readonly tokens: readonly Token[];
  /** The concepts of all tokens. */
  readonly concepts: Concepts;
}

/** Finds the sentences of lower-case squeezed text. */
type ReadSentences = (text: string) => readonly Sentence[];

/** Types and agents' labels are not terms. */
const IGNORED: ReadonlySet<string> = new Set([
  ...KNOWN_TYPES,
  'provider.rate_limit',
  'providermodelnotfound',
  'failedtoauthenticate',
]);
/** The end of a sentence in text without spaces; a decimal point is not one. */
const BOUNDARY = '[!?;{}·|。；！？]|\\.(?!\\d)|(?<!\\d)\\.';
/** Terms farther apart belong to different sentences. */
const LONGEST_SENTENCE = 220;
/** The first terms of an error are enough. */
const MOST_TOKENS = 400;

/** Creates a matcher for all terms of a lexicon, in one pass. */
function createSentences(entries: readonly Entry[]): ReadSentences {
  const literals = new Map<string, Concepts>();
  const patterns = new Map<string, Concepts>();
  for (const { concept, words, patterns: more } of entries) {
    const own = concepts(concept);
    for (const word of words) {
      const squeezed = word.replace(/[\s']/g, '');
      literals.set(squeezed, union(literals.get(squeezed) ?? NONE, own));
    }
    for (const { source } of more) patterns.set(source, union(patterns.get(source) ?? NONE, own));
  }
  // Of terms that begin alike, the longest first.
  const sources = [...literals.keys(), ...IGNORED]
    .toSorted((a, b) => b.length - a.length)
    .map(word => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const groups = [...patterns.keys()].map(source => `(${source})`);
  const conceptsOfGroups = [...patterns.values()];
  const scanner = new RegExp([...groups, ...sources, BOUNDARY].join('|'), 'g');

  function conceptsOf(found: RegExpExecArray): Concepts {
    const literal = literals.get(found[0]);
    if (literal) return literal;
    for (let at = 0; at < conceptsOfGroups.length; at++)
      if (found[at + 1] !== undefined) return conceptsOfGroups[at]!;
    return NONE;
  }

  return text => {
    const sentences: Sentence[] = [];
    let tokens: Token[] = [];
    let about = NONE;
    scanner.lastIndex = 0;
    for (let count = 0; count < MOST_TOKENS; count++) {
      const found = scanner.exec(text);
      if (found && IGNORED.has(found[0])) continue;
      const own = found ? conceptsOf(found) : NONE;
      const [first] = tokens;
      const isFar = first && found && found.index - first.start > LONGEST_SENTENCE;
      if (first && (isNone(own) || isFar)) {
        sentences.push({ tokens, concepts: about });
        [tokens, about] = [[], NONE];
      }
      if (!found) break;
      if (isNone(own)) continue;
      tokens.push({ concepts: own, start: found.index, end: found.index + found[0].length });
      about = union(about, own);
    }
    return sentences;
  };
}

/** The meaning of a sentence, and its place in the squeezed text. */
export interface Meaning {
  readonly category: WordsCategory;
  readonly rank: number;
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
  /** The sentence itself names Kimi Code. */
  readonly isOfKimiCode: boolean;
  /** It counts only with a status, a type or the word error. */
  readonly needsSignal: boolean;
  readonly start: number;
  readonly end: number;
}

type SentenceSource = Pick<UnwrappedError, 'meaningText' | 'status' | 'types'>;

/** Finds the meanings of a text's sentences, the most specific first. */
export type ReadMeaning = (error: SentenceSource) => readonly Meaning[];

const LIMITS = concepts('limit', 'quota');
const REACHED = concepts('reached');
const BILLING = concepts('billing');
const PRODUCT = concepts('product');
const RESETS = concepts('resets');

/** Creates a reader for a lexicon. */
export function createMeaning(entries: readonly Entry[]): ReadMeaning {
  const readSentences = createSentences(entries);
  return error => {
    const sentences = readSentences(error.meaningText);
    const has = (some: Concepts) => sentences.some(one => hasAny(one.concepts, some));
    const isBill = has(BILLING) || (isOfMoneyType(error) && !has(RESETS));
    return sentences
      .flatMap(sentence => readSentence(sentence, error) ?? [])
      .toSorted((a, b) => b.rank - a.rank)
      .map(meaning =>
        isMoney(meaning, isBill, error) ? { ...meaning, category: 'balance' } : meaning,
      );
  };
}

/**
 * A quota without a window, and a closed account, mean money if the text mentions billing or Kimi's
 * type says so. A permanently closed account never returns 429.
 */
function isMoney({ category }: Meaning, isBill: boolean, { status }: SentenceSource): boolean {
  if (category === 'account_closed') return isBill || status === 429;
  return category === 'quota_unspecified' && isBill;
}

/** The monthly usage limit, which resets, has the same type. */
const isOfMoneyType = ({ types, meaningText }: SentenceSource): boolean =>
  types.includes('exceeded_current_quota_error') && !/usage(?:limit|quota)/.test(meaningText);

/** Rank of a window that only the sentence about its reset names. */
const RESET_RANK = RANKS.quota + 0.5;
/** Statuses of requests that are too large, never of a rate limit. */
const SIZE_STATUSES: readonly number[] = [400, 413, 422];
const SIZES = concepts('tokens', 'size', 'context');

function readSentence(sentence: Sentence, error: SentenceSource): Meaning | undefined {
  const { concepts: about } = sentence;
  const frame = frameOf(about);
  if (!frame) return undefined;
  const { rank, needsSignal } = frame;
  const place = placeOf(frame, sentence.tokens, error.meaningText);
  const meaning = { rank, needsSignal, isOfKimiCode: hasAny(about, PRODUCT), ...place };
  const { category } = frame;
  if (category === 'entitlement')
    return { ...meaning, category, lacks: lackOf(sentence, error.meaningText) };
  const isLimit = category === 'rate_limited_ambiguous';
  if (isLimit && SIZE_STATUSES.includes(error.status ?? 0))
    return hasAny(about, SIZES) ? { ...meaning, category: 'context_length' } : undefined;
  const isOfWindow = category === 'quota_unspecified' || (isLimit && hasAny(about, LIMITS));
  const window = isOfWindow ? windowOf(sentence) : undefined;
  if (!window) return { ...meaning, category };
  return { ...meaning, category: window, rank: hasAny(about, REACHED) ? RANKS.named : RESET_RANK };
}

/** What a limit applies to: such terms next to the deciding ones are part of the sentence. */
const SUBJECTS = concepts(
  ...(['limit', 'quota', 'requests', 'tokens', 'account', 'key', 'model', 'context'] as const),
  ...(['concurrency', 'rpm', 'tpm', 'tpd'] as const),
  ...(['fiveHours', 'week', 'month', 'day', 'plan', 'member'] as const),
);
const NEAR = 24;

/** The shortest part of the sentence that contains everything needed, with its subject. */
function placeOf({ needed }: Frame, tokens: readonly Token[], text: string) {
  let [first, last] = [0, tokens.length - 1];
  for (let from = 0; from < tokens.length; from++) {
    const to = endOf(tokens, from, needed);
    if (to === undefined) break;
    if (to - from < last - first || from === 0) [first, last] = [from, to];
  }
  while (isSubject(tokens[first - 1], tokens[first], text)) first--;
  while (isSubject(tokens[last + 1], tokens[last], text)) last++;
  return { start: tokens[first]!.start, end: tokens[last]!.end };
}

/** The first token, starting at `from`, by which everything needed was found. */
function endOf(
  tokens: readonly Token[],
  from: number,
  needed: readonly Concepts[],
): number | undefined {
  let last = from;
  for (const some of needed) {
    const at = tokens.findIndex((token, index) => index >= from && hasAny(token.concepts, some));
    if (at < 0) return undefined;
    last = Math.max(last, at);
  }
  return last;
}

/** Whether a token is the subject of the one next to it, or joined to it. */
function isSubject(token: Token | undefined, neighbor: Token | undefined, text: string): boolean {
  if (!token || !neighbor) return false;
  const [left, right] = token.start < neighbor.start ? [token, neighbor] : [neighbor, token];
  const gap = text.slice(left.end, right.start);
  if (gap === '') return true;
  return hasAny(token.concepts, SUBJECTS) && gap.length <= NEAR && !/[:=,(（]/.test(gap);
}

const WINDOWS = [
  { category: 'quota_5h', named: concepts('fiveHours') },
  { category: 'quota_weekly', named: concepts('week') },
  { category: 'quota_monthly', named: concepts('month') },
] as const;

/** The window that the sentence names; of two, the one before the limit, or none. */
function windowOf({ tokens, concepts: about }: Sentence): WordsCategory | undefined {
  const named = WINDOWS.filter(window => hasAny(about, window.named));
  if (named.length < 2) return named[0]?.category;
  const limit = tokens.findIndex(token => hasAny(token.concepts, LIMITS));
  const before = tokens[limit - 1];
  return before && WINDOWS.find(window => hasAny(before.concepts, window.named))?.category;
}

const LACKS = concepts('lacks');
const CONTEXT = concepts('context');
const SUBSCRIBE = concepts('subscribe');
/** Kimi Code itself, or no object at all. */
const WHOLE_PRODUCT =
  /^(?:to|for)?(?:the|this|any|our)?(?:kimi-?code|kimi-?for-?coding|coding|service|feature|此服务|该服务|此功能|该功能)/;

/** What the plan doesn't include: anything at all, this context length, or this model. */
function lackOf(
  { tokens, concepts: about }: Sentence,
  text: string,
): NonNullable<Meaning['lacks']> {
  const lack = tokens.find(token => hasAny(token.concepts, LACKS));
  const rest = text.slice(lack?.end ?? text.length).slice(0, 60);
  if (hasAny(about, CONTEXT) || /\d[km](?![a-z])/.test(rest)) return 'context';
  if (hasAny(about, SUBSCRIBE) || WHOLE_PRODUCT.test(rest)) return 'plan';
  return /^[a-z\d\p{Script=Han}]/u.test(rest) ? 'model' : 'plan';
}

/** The result for a text, from a rule or from its meaning. */
export interface Reading {
  readonly rule: Rule;
  /** Absent if a rule decided. */
  readonly meaning?: Meaning;
  readonly placement: Placement;
}
