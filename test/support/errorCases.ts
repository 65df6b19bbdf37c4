import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Category, ErrorFields, WordsCategory } from '../../src/core/errors/category.ts';

/** A text that an agent or a person met, what it means, and one that looks alike and is no error. */
export interface ErrorCase {
  readonly name: string;
  readonly category: WordsCategory;
  readonly text: string;
  readonly lookalike: string;
  /** Where the wording is known from. */
  readonly source: string;
}

/** A sentence of Kimi with the month in which it was first seen. */
export interface DatedText {
  /** Year and month. */
  readonly date: string;
  readonly category: WordsCategory;
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly source: string;
}

function readLines<T>(name: string): readonly T[] {
  const path = join(import.meta.dirname, '../fixtures/errors', name);
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map(line => JSON.parse(line) as T);
}

/** One text of each wording that is known, by the name of what it was known for. */
export const ERROR_CASES = readLines<ErrorCase>('known.jsonl');

/** Kimi's error texts, by the month of the first evidence (docs/kimi.md 4). */
export const DATED_TEXTS = readLines<DatedText>('dated.jsonl');

/** As it comes with status and body, in both shapes of the API, and as agents print it. */
export const WRAPPINGS: readonly ((text: DatedText) => string)[] = [
  ({ status, type, text }) => `${status} ${JSON.stringify({ error: { message: text, type } })}`,
  ({ status, type, text }) =>
    `API Error: ${status} ${JSON.stringify({ error: { type, message: text }, type: 'error' })}`,
  ({ status, text }) => `[provider.api_error] ${status} ${text}`,
];

const WINDOWS: readonly Category[] = ['quota_5h', 'quota_weekly', 'quota_monthly'];
const LIMITS: readonly Category[] = [
  ...WINDOWS,
  'quota_unspecified',
  'concurrency',
  'rpm',
  'tpm',
  'tpd',
  'balance',
];
const REFUSALS: readonly Category[] = [
  ...LIMITS,
  'client_not_accepted',
  'account_closed',
  'membership',
  'entitlement',
];

/** Whether a category equals another one, or is a less specific form of it. */
export function isSameOrParent(found: Category | undefined, category: Category): boolean {
  if (found === category) return true;
  if (found === 'quota_unspecified') return WINDOWS.includes(category);
  // A bare 429 is an overload, too.
  if (found === 'rate_limited_ambiguous')
    return LIMITS.includes(category) || category === 'overloaded';
  return found === 'permission' && REFUSALS.includes(category);
}

/** Whether it names a limit that is not the one. */
export const isOtherLimit = (found: Category | undefined, category: Category): boolean =>
  found !== undefined && LIMITS.includes(found) && !isSameOrParent(found, category);
