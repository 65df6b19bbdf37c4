import assert from 'node:assert/strict';
import { quotaFacts } from '../../../src/core/status/quotaFacts.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import {
  ENGLISH,
  FIVE_HOURS,
  MINUTE_MS,
  MONTH,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const both = [FIVE_HOURS, WEEK];
const wallet = { leftCents: 123456, totalCents: 200000, currency: 'USD' };
const ANSWERED = 'Updated just now from https://api.kimi.com.';

function assertFacts(snapshot: Snapshot, expected: readonly string[]): void {
  assert.deepEqual(quotaFacts(viewOf(snapshot), NOW, ENGLISH), [...expected, ANSWERED]);
}

describe('quotaFacts', () => {
  const contradiction = { lowestUsedPercent: 0, highestUsedPercent: 47 };
  const cases: [fact: string, snapshot: Snapshot, expected: string[]][] = [
    ['shows the origin', snapshotOf(both), []],
    [
      'names the binding window unless it is the first',
      snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 90 }]),
      ['Tightest limit: Weekly quota.'],
    ],
    ['shows the parallel limit', snapshotOf(both, { parallelLimit: 30 }), ['Parallel limit: 30.']],
    [
      'shows the share of coding',
      snapshotOf([FIVE_HOURS, { ...MONTH, codeUsedPercent: 12 }]),
      ['Coding used 12% of the monthly quota.'],
    ],
    [
      'shows a contradiction, and which value is used',
      snapshotOf([{ ...FIVE_HOURS, usedPercent: 47, contradiction }, WEEK]),
      ['5-hour quota: Kimi reports both 53% and 100% left. The lower value is shown.'],
    ],
    [
      'shows no contradiction for a resetting quota',
      snapshotOf([{ ...FIVE_HOURS, contradiction, resetsAt: NOW }]),
      [],
    ],
  ];
  for (const [fact, snapshot, expected] of cases) it(fact, () => assertFacts(snapshot, expected));
});

describe('quotaFacts of money', () => {
  const cases: [fact: string, snapshot: Snapshot, expected: string[]][] = [
    [
      'shows the Extra Usage left',
      snapshotOf(both, { extraUsage: wallet }),
      ['Extra Usage: $1,234.56 left.'],
    ],
    [
      'shows the used part of the cap',
      snapshotOf(both, { extraUsage: { ...wallet, monthlyCapCents: 5000, monthlyUsedCents: 765 } }),
      ['Extra Usage: $1,234.56 left; $7.65 of your $50.00 monthly cap used.'],
    ],
    [
      'shows the parts of a balance',
      snapshotOf([], { balance: { available: 49.58, voucher: 46.58, cash: 3, currency: 'USD' } }),
      ['Balance: $49.58 (voucher $46.58, cash $3.00).'],
    ],
    [
      'shows a debt',
      snapshotOf([], { balance: { available: -1, cash: -1 } }),
      ['Balance: -1.00 (cash -1.00).'],
    ],
    ['shows a bare balance', snapshotOf([], { balance: { available: 5 } }), ['Balance: 5.00.']],
  ];
  for (const [fact, snapshot, expected] of cases) it(fact, () => assertFacts(snapshot, expected));
});

describe('quotaFacts of time', () => {
  it('shows the age of the numbers', () => {
    const view = viewOf(snapshotOf(both), 12 * MINUTE_MS);
    const facts = quotaFacts(view, NOW + 12 * MINUTE_MS, ENGLISH);
    assert.deepEqual(facts, ['Updated 12 min ago from https://api.kimi.com.']);
  });
  it('is empty without a snapshot', () =>
    assert.deepEqual(quotaFacts(viewQuota({ access: 'key' }, NOW), NOW, ENGLISH), []));
});
