import assert from 'node:assert/strict';
import type * as z from 'zod/mini';
import {
  camelCaseKeys,
  Count,
  Label,
  lenient,
  MicroCents,
  Ratio,
  Seconds,
  Time,
} from '../../../src/core/base/fields.ts';

type Case = readonly [value: unknown, expected: unknown];

/** undefined: the field is absent. */
function assertFields(name: string, schema: z.ZodMiniType, cases: readonly Case[]): void {
  const field = lenient(schema);
  describe(name, () => {
    for (const [value, expected] of cases)
      it(`reads ${JSON.stringify(value)?.slice(0, 50)} as ${String(expected).slice(0, 50)}`, () =>
        assert.deepEqual(field.parse(value), expected));
  });
}

const nothing = [
  '',
  ' 1',
  '1 ',
  'NaN',
  '1e309',
  '0x10',
  '-5',
  '+5',
  null,
  true,
  false,
  [],
  {},
  NaN,
];
const none = nothing.map(value => [value, undefined] as const);

assertFields('Count', Count, [
  ...none,
  [undefined, undefined],
  ['0', 0],
  ['100', 100],
  [100, 100],
  ['007', 7],
  [1e12, 1e12],
  [1e12 + 1, undefined],
  ['9223372036854775807', undefined],
  ['1.5', undefined],
  [Infinity, undefined],
]);

assertFields('MicroCents', MicroCents, [
  ...none,
  ['1234560000', 1_234_560_000],
  [1e15, 1e15],
  [1e16, undefined],
]);

assertFields('Seconds', Seconds, [
  ...none,
  ['3600', 3600],
  [31_622_400, 31_622_400],
  [1e8, undefined],
]);

assertFields('Ratio', Ratio, [
  ...none,
  ['0.4372', 0.4372],
  [1.04, 1.04],
  ['1', 1],
  ['.5', undefined],
  [1000.5, undefined],
]);

assertFields('Label', Label, [
  ['Weekly limit', 'Weekly limit'],
  ['每周额度 (v1.2)', '每周额度 (v1.2)'],
  ['<b>x</b>', 'b x /b'],
  ['[x](command:y)', 'x (command y)'],
  ['$(warning) `a` | b', '(warning) a b'],
  ['\u001b[31mred\u0007', '31mred'],
  ['a\u202Eb\u200Bc\nd', 'a b c d'],
  ['x'.repeat(50), 'x'.repeat(40)],
  ['𝕏'.repeat(50), '𝕏'.repeat(40)],
  [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
  ['***', undefined],
  ['', undefined],
  [3, undefined],
]);

assertFields('Time', Time, [
  ['2026-09-18T15:20:45Z', 1_789_744_845_000],
  ['2024-12-31T23:59:59Z', undefined],
  ['2101-01-01T00:00:00Z', undefined],
  [1_789_744_845, 1_789_744_845_000],
  [1_789_744_845.123_456_7, 1_789_744_845_123],
  [1_789_744_845_123.7, 1_789_744_845_124],
  [1e300, undefined],
  [true, undefined],
]);

describe('camelCaseKeys', () => {
  const cases: [value: unknown, expected: unknown][] = [
    [{ used_ratio: { reset_time: 1 } }, { usedRatio: { resetTime: 1 } }],
    [
      { limit_5h: 1, limit_month_total: 2 },
      { limit5h: 1, limitMonthTotal: 2 },
    ],
    [[{ a_b: 1 }], [{ aB: 1 }]],
    [{ a_b: 1, aB: 2 }, { aB: 2 }],
    [{ aB: 2, a_b: 1 }, { aB: 2 }],
    ['a_b', 'a_b'],
    [null, null],
  ];
  for (const [value, expected] of cases)
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(value)}`, () =>
      assert.deepEqual(camelCaseKeys(value), expected));

  it('drops what lies deeper than any known answer', () => {
    const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });
    assert.deepEqual(camelCaseKeys(nested(8)), { ...(camelCaseKeys(nested(1e3)) as object) });
  });
  it('sets no prototype', () => {
    const made = camelCaseKeys(JSON.parse('{"__proto__":{"polluted":1}}')) as object;
    assert.equal('polluted' in made, false);
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
  });
});
