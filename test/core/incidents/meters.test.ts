import assert from 'node:assert/strict';
import { metersOf } from '../../../src/core/incidents/burstShape.ts';
import type { Request } from '../../../src/core/incidents/requestHistory.ts';
import type { MeterReading } from '../../../src/core/incidents/verdict.ts';

const START = Date.UTC(2026, 10, 21, 12);

type Try = readonly [second: number, tookSeconds: number, more?: Partial<Request>];

const request = (
  [second, took, more = {}]: Try,
  outcome: NonNullable<Request['outcome']>,
): Request => ({
  agent: 'kimi-code',
  session: 'a',
  isSideRequest: false,
  provider: 'open-platform',
  startedAt: START + second * 1000,
  endedAt: START + (second + took) * 1000,
  isStartKnown: true,
  attempts: 1,
  outcome,
  ...more,
});

/** Meters that separate accepted from rejected attempts of a burst from `from` to `to`. */
function meters(
  letIn: readonly Try[],
  refused: readonly Try[],
  [from, to] = [60, 120],
): Partial<Record<MeterReading['meter'], readonly [limit: number, share: number]>> {
  const requests = [
    ...letIn.map(one => request(one, 'answered')),
    ...refused.map(one => request(one, 'failed')),
  ];
  const span = { from: START + from * 1000, to: START + to * 1000 };
  return Object.fromEntries(
    metersOf(requests, span).map(({ meter, limit, share }) => [meter, [limit, share]]),
  );
}

const times = (count: number, tryAt: (index: number) => Try): Try[] =>
  Array.from({ length: count }, (_, index) => tryAt(index));

describe('metersOf', () => {
  it('finds a parallel limit: rejected with two others, accepted with fewer', () => {
    const pairs = [60, 75, 90].flatMap((s): Try[] => [
      [s, 10],
      [s + 2, 10],
    ]);
    const { atOnce, requests } = meters(pairs, [
      [63, 0.2],
      [65, 0.2],
      [78, 0.2],
      [93, 0.2],
    ]);
    assert.deepEqual(atOnce, [2, 1]);
    assert.ok((requests?.[1] ?? 1) < 0.85);
  });

  it('finds it if all start at the same time', () => {
    const { atOnce } = meters(
      [
        [60, 5],
        [60.01, 5],
        [60.02, 5],
        [70, 5],
      ],
      times(4, index => [60 + index / 100, 0.3]),
    );
    assert.deepEqual(atOnce, [3, 1]);
  });

  it('finds a limit of requests per minute, however few are in flight', () => {
    const letIn = [60, 62, 64, 121, 123, 125].map((s): Try => [s, 1]);
    const { requests, atOnce } = meters(
      letIn,
      [
        [66, 0.2],
        [70, 0.2],
        [90, 0.2],
        [127, 0.2],
      ],
      [66, 127],
    );
    assert.deepEqual(requests, [3, 1]);
    assert.deepEqual(atOnce, [0, 0]);
  });

  it('finds a limit of tokens per minute, including reserved output', () => {
    const large = { tokens: 50_000, maxTokens: 50_000 };
    const small = { tokens: 900, maxTokens: 100 };
    const { tokens, requests } = meters(
      [
        [0, 1, small],
        [2, 1, small],
        [4, 1, small],
        [100, 1, large],
        [102, 1, large],
      ],
      times(4, index => [110 + index, 0.2, large]),
      [110, 113],
    );
    assert.deepEqual(tokens, [200_000, 1]);
    assert.deepEqual(requests, [2, 0.8]);
  });

  it('finds none if attempts fail regardless of requests in flight', () => {
    const letIn = times(6, index => [60 + 10 * index, 9]);
    const refused = times(6, index => [61 + 10 * index, 0.2, { session: 'b' }]);
    const alone = times(6, index => [69.4 + 10 * index, 0.2, { session: 'b' }]);
    for (const [, share] of Object.values(meters(letIn, [...refused, ...alone])))
      assert.ok(share < 0.85, `${share}`);
  });

  it('counts accepted requests, not rejected ones', () => {
    const refused = times(8, index => [60 + index / 10, 0.2]);
    assert.deepEqual(
      meters(
        times(4, index => [70 + index * 2, 1]),
        refused,
      ).atOnce,
      [0, 0],
    );
  });

  it('ignores few attempts, attempts without a start, and attempts long before', () => {
    const letIn = times(4, index => [60 + index, 5]);
    const refused = times(4, index => [62 + index, 0.2]);
    assert.notDeepEqual(meters(letIn, refused), {});
    assert.deepEqual(meters(letIn.slice(1), refused), {});
    assert.deepEqual(meters(letIn, refused.slice(1)), {});
    const unknown = refused.map(([s, took]): Try => [s, took, { isStartKnown: false }]);
    assert.deepEqual(meters(letIn, unknown), {});
    const many = refused.map(([s, took]): Try => [s, took, { attempts: 6 }]);
    assert.deepEqual(meters(letIn, many), {});
    assert.deepEqual(meters(letIn, refused, [3600, 3660]), {});
  });
});
