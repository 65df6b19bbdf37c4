import assert from 'node:assert/strict';
import { readBalance } from '../../../src/core/quota/readBalance.ts';
import type { Balance } from '../../../src/core/quota/snapshot.ts';

const AT = Date.UTC(2026, 8, 23, 2);
const AI = 'https://api.moonshot.ai';

function assertBalance(body: unknown, expected: Balance | undefined, origin = AI): void {
  const result = readBalance(body, { at: AT, origin, clockSkewMs: 7 });
  if (!expected) return assert.equal(result.kind, 'malformed');
  const meta = { kind: 'snapshot', at: AT, origin, clockSkewMs: 7, windows: [] };
  assert.deepEqual(result, { ...meta, balance: expected });
}

const body = (data: unknown): object => ({ code: 0, scode: '0x0', status: true, data });

describe('readBalance', () => {
  const sample = { available_balance: 49.58, voucher_balance: 46.58, cash_balance: 3 };
  const amounts = { available: 49.58, voucher: 46.58, cash: 3 };

  for (const [origin, currency] of [
    [AI, 'USD'],
    ['https://api.moonshot.cn', 'CNY'],
    ['https://relay.example', undefined],
    ['https://moonshot.ai.evil.example', undefined],
  ] as const)
    it(`counts in ${currency ?? 'no currency'} at ${origin}`, () =>
      assertBalance(body(sample), { ...amounts, ...(currency ? { currency } : {}) }, origin));

  const cases: [fact: string, data: unknown, expected: Balance | undefined][] = [
    [
      'reads a debt',
      { available_balance: -0.5, cash_balance: -0.5 },
      { available: -0.5, cash: -0.5 },
    ],
    ['reads strings', { available_balance: '12.30' }, { available: 12.3 }],
    ['reads nothing left', { available_balance: 0 }, { available: 0 }],
    [
      'leaves a part out that is no number',
      { available_balance: 1, cash_balance: '' },
      { available: 1 },
    ],
    ['needs what is available', { cash_balance: 3 }, undefined],
    ['takes null for no number', { available_balance: null }, undefined],
    ['takes true for no number', { available_balance: true }, undefined],
    ['takes "" for no number', { available_balance: '' }, undefined],
    ['takes 1e309 for no number', { available_balance: '1e309' }, undefined],
    ['believes no trillions', { available_balance: 1e12 }, undefined],
    ['needs data', undefined, undefined],
  ];
  for (const [fact, data, expected] of cases)
    it(fact, () => assertBalance(body(data), expected && { ...expected, currency: 'USD' }));

  for (const odd of [null, [], 'x', {}, 3, { error: { message: 'no' } }])
    it(`is malformed for ${JSON.stringify(odd)}`, () => assertBalance(odd, undefined));
});
