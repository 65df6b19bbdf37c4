import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeShape } from '../../../src/core/quota/usages.ts';

function assertShape(value: unknown, expected: string): void {
  assert.equal(describeShape(value), expected);
}

describe('describeShape', () => {
  const cases: [value: unknown, expected: string][] = [
    [null, 'null'],
    ['secret', 'string'],
    [3, 'number'],
    [true, 'boolean'],
    [[], '[]'],
    [{}, '{}'],
    [{ a: [{ b: '1' }] }, '{a:[{b:string}]}'],
    [[1, 'x'], '[number]'],
    [{ a: { b: { c: { d: 1 }, e: [1] } } }, '{a:{b:{c:{…},e:[…]}}}'],
    [{ 'me@example.com': 1, 'sk-kimi-1': 2, '13800138000': 3 }, '{?:number,?:number,?:number}'],
    [JSON.parse('{"__proto__":1}'), '{__proto__:number}'],
  ];
  for (const [value, expected] of cases)
    it(`returns ${expected}`, () => assertShape(value, expected));

  it('names forty fields at most', () => {
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
    assert.equal(describeShape(wide).match(/number/g)?.length, 40);
    assert.match(describeShape(wide), /,…\}$/);
  });

  it('leaks no value, whatever the answer', () => {
    const secret = fc.stringMatching(/^canary[0-9]{6}$/);
    const leaf = fc.oneof(
      secret,
      fc.integer({ min: 100_000 }),
      secret.map(text => [text]),
    );
    const fields = fc.dictionary(fc.constantFrom('a', 'used_ratio', 'resetTime'), leaf);
    const tree = fc.oneof(
      leaf,
      fields,
      fc.dictionary(fc.constantFrom('b', 'c'), fields),
      fc.array(fields),
    );
    fc.assert(fc.property(tree, value => assert.doesNotMatch(describeShape(value), /canary|\d/)));
  });

  it('is not thrown off by depth', () => {
    const deep: unknown = JSON.parse('{"a":'.repeat(1e5) + '1' + '}'.repeat(1e5));
    assertShape(deep, '{a:{a:{a:{…}}}}');
  });
});
