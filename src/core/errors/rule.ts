import type { Confidence, ErrorFields, WordsCategory } from './category.ts';

/** One wording and what it means. All conditions that are given must hold. */
export interface Rule {
  readonly id: string;
  readonly category: WordsCategory;
  readonly confidence: Confidence;
  /** The month of the first dated evidence. */
  readonly since: string;
  /** When the wording was last seen alive: year and month. */
  readonly lastConfirmed?: string;
  /**
   * The words as they are read, matched without regard to case, spaces, line breaks and quotes:
   * terminals and pasted logs break inside words. Bounded repeats only, so that the cost is linear.
   */
  readonly words?: RegExp;
  /** One of these stands as the error's type or code. */
  readonly types?: readonly string[];
  readonly statuses?: readonly number[];
  /** Everyday words: they count only beside a status, a type or the word error. */
  readonly needsSignal?: true;
  /** Another provider says it, or a program in between: its account is not the user's of Kimi. */
  readonly isOthers?: true;
  /** Who says it. */
  readonly provider?: string;
  /** It is the usual source, but the words alone do not prove it. */
  readonly isLikelyOnly?: true;
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
}

/** A rule with its pattern made ready for text without spaces and quotes. */
interface CompiledRule {
  readonly rule: Rule;
  readonly pattern: RegExp | undefined;
}

/** Rules that follow one another, and one pattern that finds any of their words. */
export interface RuleGroup {
  readonly rules: readonly CompiledRule[];
  readonly anyWords: RegExp;
}

/** Makes a pattern match squeezed text (`squeeze` in `unwrap.ts`). */
export function patternOf(words: RegExp): RegExp {
  return new RegExp(words.source.replace(/ \?|[ '"`]/g, ''), 'i');
}

/** One test of 20 joined patterns takes a third of 20 tests. */
const GROUP_SIZE = 20;

/** Rules ready for use, in their order. */
export function compileRules(rules: readonly Rule[]): readonly RuleGroup[] {
  const compiled = rules.map(rule => ({ rule, pattern: rule.words && patternOf(rule.words) }));
  return Array.from({ length: Math.ceil(compiled.length / GROUP_SIZE) }, (_, index) => {
    const group = compiled.slice(index * GROUP_SIZE, (index + 1) * GROUP_SIZE);
    const sources = group.flatMap(({ pattern }) => (pattern ? [pattern.source] : []));
    // `(?!)`, of a group without words, matches nothing.
    return { rules: group, anyWords: new RegExp(sources.join('|') || '(?!)', 'i') };
  });
}
