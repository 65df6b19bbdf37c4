import assert from 'node:assert/strict';
import { outcomeWords, type QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { FAILURES, FIVE_HOURS, snapshotOf } from '../../support/quotaViews.ts';

const fresh = (snapshot: Snapshot): QuotaOutcome => ({ kind: 'fresh', snapshot });
const shape = `{${'a:string,'.repeat(1000)}}`;

describe('outcomeWords', () => {
  const cases: [fact: string, outcome: QuotaOutcome, expected: string][] = [
    [
      'names each window',
      fresh(snapshotOf([FIVE_HOURS, { id: 'week' }])),
      '5h 16.0% used, week ?% used',
    ],
    [
      'logs a balance without its amount',
      fresh(snapshotOf([], { balance: { available: 49.58, currency: 'USD' } })),
      'the balance is sufficient',
    ],
    [
      'logs that the account is out of credit',
      fresh(snapshotOf([], { balance: { available: -1 } })),
      'the balance is insufficient',
    ],
  ];
  for (const [fact, outcome, expected] of cases)
    it(fact, () => assert.equal(outcomeWords(outcome), expected));

  for (const [, outcome] of FAILURES)
    it(`has a line for ${JSON.stringify(outcome)}`, () =>
      assert.match(outcomeWords(outcome), /^[a-z].{6,}$/));

  it('cuts a long shape', () => {
    const words = outcomeWords({ kind: 'malformed', issues: ['odd'], shape });
    assert.ok(words.length < 1100);
  });
});
