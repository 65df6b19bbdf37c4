import assert from 'node:assert/strict';
import { parseRetryAfter } from '../../../src/core/quota/outcome.ts';

const NOW = Date.UTC(2026, 8, 23, 2);

describe('parseRetryAfter', () => {
  const cases: [header: string | null, expected: number | undefined][] = [
    ['5', 5000],
    ['120', 120_000],
    ['"120"', 120_000],
    [' 1152 ', 1_152_000],
    ['0', 0],
    ['1000000000', 1e12],
    ['Wed, 23 Sep 2026 02:01:00 GMT', 60_000],
    ['Wed, 23 Sep 2026 02:00:00 GMT', undefined],
    ['Tue, 22 Sep 2026 02:00:00 GMT', undefined],
    ['Wed, 99 Sep 2026 02:01:00 GMT', undefined],
    ['2026-09-23T02:01:00Z', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['12345678901', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ];
  for (const [header, expected] of cases)
    it(`reads ${JSON.stringify(header)} as ${expected ?? 'nothing'}`, () =>
      assert.equal(parseRetryAfter(header, NOW), expected));
});
