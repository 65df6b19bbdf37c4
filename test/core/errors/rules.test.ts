import assert from 'node:assert/strict';
import { classify } from '../../../src/core/errors/classify.ts';
import { LEXICON } from '../../../src/core/errors/lexicon.ts';
import { KIMI_MARKS } from '../../../src/core/errors/marks.ts';
import { RULES } from '../../../src/core/errors/rules.ts';
import { ERROR_CASES } from '../../support/errorCases.ts';

const MONTH = /^20\d\d-(?:0[1-9]|1[0-2])$/;
/** How far one pattern may look ahead, all its repeats multiplied: the cost per character. */
const MOST_STEPS = 40_000;

const simplify = (source: string): string =>
  source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');

/** How many steps one start can cost at most: of the dearest alternative. */
function mostSteps(source: string): number {
  let plain = simplify(source);
  // A choice inside a group costs what its longest branch costs; none of ours repeats there.
  for (let before = ''; before !== plain;) {
    before = plain;
    plain = plain.replace(/\((?:\?[:=!<]{1,2})?([^()]*)\)/g, (_, inner: string) =>
      inner.replaceAll('|', ''),
    );
  }
  return Math.max(...plain.split('|').map(part => product(repeatBounds(part))));
}

const product = (numbers: readonly number[]): number =>
  numbers.reduce((result, number) => result * number, 1);

/** The upper bounds of the repeats of a pattern; Infinity for `*`, `+` and `{n,}`. */
function repeatBounds(plain: string): number[] {
  return [...plain.matchAll(/[*+]|\{(?:\d*,)?(\d*)\}/g)].map(([repeat, most]) =>
    repeat.length === 1 || most === '' ? Infinity : Number(most),
  );
}

/** A group that repeats and holds a repeat: the shape of every catastrophic pattern. */
function hasNestedRepeat(source: string): boolean {
  return /\([^()]*[*+}][^()]*\)(?:[*+]|\{)/.test(simplify(source));
}

/** Each with a name for the tests. */
const DATED = [
  ...RULES.map(({ id, since }) => ({ name: id, since })),
  ...LEXICON.map(({ concept, since, words }) => ({
    name: `${concept} "${words[0] ?? ''}"`,
    since,
  })),
  ...KIMI_MARKS.map(({ words, since }) => ({ name: words.source, since })),
];
const PATTERNS = [
  ...RULES.flatMap(({ id, words }) => (words ? [{ name: id, words }] : [])),
  ...KIMI_MARKS.map(({ words }) => ({ name: words.source, words })),
  ...LEXICON.flatMap(({ patterns }) => patterns.map(words => ({ name: words.source, words }))),
];

describe('what the classifier knows', () => {
  it('gives every rule an id of its own', () => {
    const ids = RULES.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  for (const rule of RULES)
    it(`${rule.id} has a condition`, () => assert.ok(rule.words ?? rule.types ?? rule.statuses));

  for (const { name, since } of DATED)
    it(`${name} has the month of its first evidence`, () => assert.match(since, MONTH));
});

describe('texts of every wording known', () => {
  for (const { name, category, text, lookalike } of ERROR_CASES) {
    it(`${name}: says ${category}`, () => assert.equal(classify(text).says, category));
    it(`${name}: leaves "${lookalike.slice(0, 50)}" alone`, () =>
      assert.equal(classify(lookalike).category, 'not_an_error'));
  }
});

describe('cost of the patterns', () => {
  for (const { name, words } of PATTERNS) {
    it(`${name} repeats nothing without a bound and no repeat inside a repeat`, () => {
      const steps = mostSteps(words.source);
      assert.ok(steps <= MOST_STEPS, `${steps} steps`);
      assert.equal(hasNestedRepeat(words.source), false);
    });
  }

  it('the check knows a catastrophic pattern', () => {
    assert.equal(hasNestedRepeat('(a+)+b'), true);
    assert.deepEqual(repeatBounds('a.{0,40}b*'), [40, Infinity]);
  });
});
