import assert from 'node:assert/strict';
import { outcomeWords } from '../../src/core/quota/outcome.ts';
import { assertSane, rowsOf, useAnsweringKimi } from '../support/hostile/answers.ts';
import { assertKeepsNumber } from '../support/hostile/asking.ts';

describe('QuotaEndpoint: depth', () => {
  const kimi = useAnsweringKimi();
  const bodies: readonly (readonly [fact: string, body: string])[] = [
    ['a million brackets', '['.repeat(1e6) + ']'.repeat(1e6)],
    ['as many brackets as the cap lets in', '['.repeat(131_000) + ']'.repeat(131_000)],
    ['as many objects as the cap lets in', '{"a":'.repeat(43_000) + '1' + '}'.repeat(43_000)],
    ['brackets that are never closed', '['.repeat(260_000)],
    ['a deep field in a good place', `{"usage":{"used":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`],
  ];
  for (const [fact, body] of bodies) {
    it(`E5 survives ${fact}`, async () => {
      const outcome = await kimi.outcome(body);
      assert.equal(outcome.kind, 'malformed');
      assertKeepsNumber(outcome, 'endpointChanged');
      assert.ok(outcomeWords(outcome).length < 2000);
    });
  }
});

describe('QuotaEndpoint: strict numbers', () => {
  const kimi = useAnsweringKimi();
  const odd = [
    '"1e309"',
    '"NaN"',
    '"Infinity"',
    '1e309',
    '""',
    '" "',
    'null',
    'true',
    '[]',
    '{}',
    '"0x64"',
    '"1_000"',
    '"１００"',
    '"-5"',
    '-5',
    '9007199254740993',
    '"9007199254740993"',
    '1000000000001',
  ];
  for (const value of odd) {
    it(`E6 takes the limit ${value} for absent, not for 0`, async () => {
      const body = `{"usage":{"limit":${value},"used":"10","remaining":"90"}}`;
      const [window] = rowsOf(await kimi.snapshot(body));
      assert.equal(window?.remainingPercent, undefined);
      assert.equal(window?.id, 'week');
    });
    it(`E6 takes the use ${value} for absent, not for 0`, async () => {
      const outcome = await kimi.outcome(`{"usage":{"limit":"100","used":${value}}}`);
      if (outcome.kind === 'fresh') {
        assert.equal(outcome.snapshot.windows[0]?.usedPercent, undefined);
      }
    });
  }
  for (const [value, left] of [
    ['"40"', 60],
    ['40', 60],
    ['"0"', 100],
    ['0', 100],
  ] as const) {
    it(`E6 reads the use ${value}`, async () => {
      const snapshot = await kimi.snapshot(`{"usage":{"limit":"100","used":${value}}}`);
      assert.equal(rowsOf(snapshot)[0]?.remainingPercent, left);
    });
  }
});

describe('QuotaEndpoint: contradictions', () => {
  const kimi = useAnsweringKimi();
  /** `undefined`: n/a. */
  const rows: readonly (readonly [usage: object, left: number | undefined])[] = [
    [{ limit: 0, used: 0, remaining: 0 }, undefined],
    [{ limit: 0, used: 5 }, undefined],
    [{ used: 5, remaining: 95 }, undefined],
    [{ used: 5 }, undefined],
    [{ limit: 100, remaining: -20 }, undefined],
    [{ limit: -100, used: 1 }, undefined],
    [{ limit: 100, remaining: 150 }, 100],
    [{ limit: 100, used: 150 }, 0],
    [{ limit: 100, used: 10, remaining: 20 }, 20],
    [{ limit: 1, used: 1e12 }, 0],
  ];
  for (const [usage, left] of rows) {
    it(`E7 reads ${left ?? 'n/a'} from ${JSON.stringify(usage)}`, async () => {
      const snapshot = await kimi.snapshot(JSON.stringify({ usage }));
      assertSane(snapshot);
      assert.equal(rowsOf(snapshot)[0]?.remainingPercent, left);
    });
  }
  it('E7 marks fields that are more than 5 points apart', async () => {
    const usage = { limit: 100, used: 10, remaining: 20 };
    const [window] = (await kimi.snapshot(JSON.stringify({ usage }))).windows;
    assert.deepEqual(window?.contradiction, { lowestUsedPercent: 10, highestUsedPercent: 80 });
  });
});
