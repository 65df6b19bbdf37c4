import { concepts, isNone, NONE, union, type Concepts } from './concepts.ts';
import type { Entry } from './lexicon.ts';
import { KNOWN_TYPES } from './unwrap.ts';

/** A word that the lexicon knows, where it stands in squeezed text. */
export interface Token {
  readonly concepts: Concepts;
  readonly start: number;
  readonly end: number;
}

/** The known words of one sentence, or of so much of one as belongs together. */
export interface Sentence {
  readonly tokens: readonly Token[];
  /** What all of them are about. */
  readonly concepts: Concepts;
}

/** Reads the sentences of squeezed text in small letters. */
export type ReadSentences = (text: string) => readonly Sentence[];

/** Types, and labels of agents, are no words. */
const IGNORED: ReadonlySet<string> = new Set([
  ...KNOWN_TYPES,
  'provider.rate_limit',
  'providermodelnotfound',
  'failedtoauthenticate',
]);
/** What ends a sentence where spaces and line breaks are gone; a point in a number does not. */
const BOUNDARY = '[!?;{}·|。；！？]|\\.(?!\\d)|(?<!\\d)\\.';
/** Words farther apart than this do not speak of the same. */
const LONGEST_SENTENCE = 220;
/** An error says what it is in its first words. */
const MOST_TOKENS = 400;

/** Makes a reader for the words of a lexicon: one pass, whatever their number. */
export function createSentences(entries: readonly Entry[]): ReadSentences {
  const literals = new Map<string, Concepts>();
  const patterns: { source: string; concepts: Concepts }[] = [];
  for (const { concept, words, patterns: more } of entries) {
    const own = concepts(concept);
    for (const word of words) {
      const squeezed = word.replace(/[\s']/g, '');
      literals.set(squeezed, union(literals.get(squeezed) ?? NONE, own));
    }
    for (const { source } of more) patterns.push({ source, concepts: own });
  }
  // The longest of those that begin alike.
  const sources = [...literals.keys(), ...IGNORED]
    .toSorted((a, b) => b.length - a.length)
    .map(word => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const groups = patterns.map(({ source }) => `(${source})`);
  const scanner = new RegExp([...groups, ...sources, BOUNDARY].join('|'), 'g');

  function conceptsOf(found: RegExpExecArray): Concepts {
    const literal = literals.get(found[0]);
    if (literal) return literal;
    for (let at = 0; at < patterns.length; at++)
      if (found[at + 1] !== undefined) return patterns[at]!.concepts;
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
