import assert from 'node:assert/strict';
import type { Category, ErrorMeta } from '../../src/core/errors/category.ts';
import { classify } from '../../src/core/errors/classify.ts';

/** A text, what it means, whether the user's Kimi account is concerned, and what else is known. */
export type Case = readonly [
  category: Category,
  isKimi: boolean | 'unknown',
  text: string,
  meta?: ErrorMeta,
];

/** Reads the text of a case and compares. */
export function assertClassified([category, isKimi, text, meta]: Case): void {
  const answer = classify(text, meta);
  assert.deepEqual({ category: answer.category, isKimi: answer.isKimi }, { category, isKimi });
}

/** The case as the name of a test. */
export const title = ([category, isKimi, text, meta]: Case): string =>
  `${category}, Kimi ${isKimi}: ${JSON.stringify(text).slice(0, 60)}${meta ? ` with ${JSON.stringify(meta)}` : ''}`;
