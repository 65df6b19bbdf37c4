import assert from 'node:assert/strict';
import { classify } from '../../../src/core/errors/classify.ts';
import type { Rule } from '../../../src/core/errors/rule.ts';
import { RULES } from '../../../src/core/errors/rules.ts';

const DATE = /^\d{4}(?:-\d\d){0,2}$/;
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

function assertFound({ id, example, category }: Rule): void {
  const { rule, says } = classify(example);
  assert.deepEqual({ rule, says }, { rule: id, says: category });
}

describe('RULES: the table', () => {
  it('gives every rule an id of its own', () => {
    const ids = RULES.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  for (const rule of RULES) {
    it(`${rule.id} has a condition, a source, examples and true dates`, () => {
      assert.ok(rule.words ?? rule.types ?? rule.statuses);
      for (const text of [rule.source, rule.example, rule.counterExample]) assert.ok(text !== '');
      for (const date of [rule.firstSeen, rule.lastConfirmed])
        if (date !== undefined) assert.match(date, DATE);
      assert.ok((rule.firstSeen ?? '') <= (rule.lastConfirmed ?? '9'));
    });
  }
});

describe('RULES: examples and counter-examples', () => {
  for (const rule of RULES) {
    it(`${rule.id} finds its example`, () => assertFound(rule));
    it(`${rule.id} leaves "${rule.counterExample.slice(0, 50)}" alone`, () => {
      const { category } = classify(rule.counterExample);
      assert.equal(category, 'not_an_error');
    });
  }
});

describe('RULES: cost', () => {
  for (const { id, words } of RULES) {
    if (!words) continue;
    it(`${id} repeats nothing without a bound and no repeat inside a repeat`, () => {
      const steps = mostSteps(words.source);
      assert.ok(steps <= MOST_STEPS, `${steps} steps`);
      assert.equal(hasNestedRepeat(words.source), false);
    });
    it(`${id} says what it looks for without spaces that it would lose`, () => {
      assert.doesNotMatch(words.source, /[ '"\x60][?*+{]|\\s/);
    });
  }

  it('the check knows a catastrophic pattern', () => {
    assert.equal(hasNestedRepeat('(a+)+b'), true);
    assert.deepEqual(repeatBounds('a.{0,40}b*'), [40, Infinity]);
  });
});
