import type { Locale } from '../ports.ts';

/** What is checked, in the order of the report. */
export const CHECKS = [
  'key',
  'host',
  'network',
  'proxy',
  'certificate',
  'quota',
  'models',
  'chat',
  'clock',
  'logs',
  'secrets',
  'database',
  'lease',
  'statusPage',
] as const;

/** One of `CHECKS`. */
export type CheckId = (typeof CHECKS)[number];

/**
 * How it stands. `attention`: it works, with a fault that will be noticed. `unknown`: nothing tells.
 * `notTried`: left out, since it costs something or since what it needs is missing.
 */
export type CheckState = 'ok' | 'attention' | 'broken' | 'unknown' | 'notTried';

/** For whom words are: what to do differs between the editor and a terminal. */
export interface WordsContext {
  readonly locale: Locale;
  readonly surface: 'editor' | 'terminal';
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What it means, and what to do; the latter is empty where there is nothing to do. */
export type RuleWords = readonly [means: string, toDo: string];

/** One line of the table: what `finding` is, when it holds, and what is said of it. */
export interface Rule<Facts> {
  readonly check: CheckId;
  /** For scripts and tests; one for each rule. */
  readonly finding: string;
  readonly state: CheckState;
  readonly when: (facts: Facts) => boolean;
  readonly words: (facts: Facts, context: WordsContext) => RuleWords;
}
