import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { readWithin } from '../../../src/core/quota/accountStore.ts';

const ORIGIN = 'https://api.kimi.com';
const START = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;

const fresh = (at: number, usedPercent: number): QuotaOutcome => ({
  kind: 'fresh',
  snapshot: {
    kind: 'snapshot',
    at,
    origin: ORIGIN,
    clockSkewMs: 0,
    windows: [{ id: '5h', usedPercent }],
  },
});

/** A program that is started anew at each of these seconds; gives how often Kimi was asked. */
async function startAt(seconds: readonly number[], answer: (at: number) => QuotaOutcome) {
  const archive = openMemoryArchive();
  let reads = 0;
  let last;
  for (const second of seconds) {
    const now = START + second * SECOND;
    const client = {
      readQuota: async () => {
        reads++;
        return answer(now);
      },
    };
    const key = 'sk-kimi-test';
    last = await readWithin({ archive, origin: ORIGIN, client, key, now, maxAgeMs: 300 * SECOND });
  }
  return { reads, last };
}

describe('readWithin', () => {
  const cases: [
    name: string,
    seconds: number[],
    answer: (at: number) => QuotaOutcome,
    reads: number,
  ][] = [
    ['asks once for many starts within the age', [0, 1, 60, 299], at => fresh(at, 16), 1],
    ['asks anew when the answer is too old', [0, 299, 300, 301], at => fresh(at, 16), 2],
    [
      'takes a failure for an answer',
      [0, 10, 299],
      () => ({ kind: 'unreachable', cause: 'dns' }),
      1,
    ],
    [
      'waits as long as Retry-After says, beyond the age',
      [0, 300, 599, 600],
      () => ({ kind: 'rateLimited', retryAfterMs: 600 * SECOND }),
      2,
    ],
    ['is not stopped by a clock that went back a day', [86_400, 0], at => fresh(at, 16), 2],
  ];
  for (const [name, seconds, answer, expected] of cases) {
    it(name, async () => {
      assert.equal((await startAt(seconds, answer)).reads, expected);
    });
  }

  it('keeps the last numbers when a later answer fails', async () => {
    const { last } = await startAt([0, 300], at =>
      at === START ? fresh(at, 16) : { kind: 'unreachable', cause: 'dns' },
    );
    assert.equal(last?.snapshot?.windows[0]?.usedPercent, 16);
    assert.equal(last?.outcome?.kind, 'unreachable');
    assert.equal(last?.failureCount, 1);
  });
});
