import type { Confidence, ErrorFields, WordsCategory } from './category.ts';

/** A wording and its meaning. All given conditions must hold. */
export interface Rule {
  readonly id: string;
  readonly category: WordsCategory;
  readonly confidence: Confidence;
  /** The month of the first dated evidence. */
  readonly since: string;
  /** Month in which the wording was last seen. */
  readonly lastConfirmed?: string;
  /**
   * The words as people read them, matched regardless of case, spaces, line breaks and quotes:
   * terminals and pasted logs break inside words. Bounded repeats only, so that the cost is linear.
   */
  readonly words?: RegExp;
  /** One of these is the error's type or code. */
  readonly types?: readonly string[];
  readonly statuses?: readonly number[];
  /** Everyday words: they count only with a status, a type or the word error. */
  readonly needsSignal?: true;
  /** Wording of another provider or a gateway: not the user's Kimi account. */
  readonly isOthers?: true;
  /** The provider that uses the wording. */
  readonly provider?: string;
  /** The usual source, but the wording alone doesn't prove it. */
  readonly isLikelyOnly?: true;
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
}

/** A rule with its pattern for squeezed text. */
interface CompiledRule {
  readonly rule: Rule;
  readonly pattern: RegExp | undefined;
}

/** Consecutive rules, and one pattern that matches if any of theirs does. */
export interface RuleGroup {
  readonly rules: readonly CompiledRule[];
  readonly anyWords: RegExp;
}

/** The pattern for squeezed text (`squeeze` in `unwrap.ts`). */
export function patternOf(words: RegExp): RegExp {
  return new RegExp(words.source.replace(/ \?|[ '"`]/g, ''), 'i');
}

/** One test of 20 joined patterns takes a third of 20 tests. */
const GROUP_SIZE = 20;

/** Compiled rules, in order. */
export function compileRules(rules: readonly Rule[]): readonly RuleGroup[] {
  const compiled = rules.map(rule => ({ rule, pattern: rule.words && patternOf(rule.words) }));
  return Array.from({ length: Math.ceil(compiled.length / GROUP_SIZE) }, (_, index) => {
    const group = compiled.slice(index * GROUP_SIZE, (index + 1) * GROUP_SIZE);
    const sources = group.flatMap(({ pattern }) => (pattern ? [pattern.source] : []));
    // `(?!)`, for a group without words, matches nothing.
    return { rules: group, anyWords: new RegExp(sources.join('|') || '(?!)', 'i') };
  });
}
