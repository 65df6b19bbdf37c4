import assert from 'node:assert/strict';
import { judge } from '../../../src/core/incidents/judge.ts';
import type { VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import {
  ALONE,
  AT_ONCE,
  CYCLE,
  inputOf,
  PLATFORM,
  platform,
  ROOM,
  SWARM,
  TOO_MANY,
  usages,
} from '../../support/verdictInputs.ts';

describe('judge', () => {
  it('takes the later of the requested wait and the reset', () => {
    const waitUntil = NOW + 3 * HOUR_MS;
    const after = usages({ '5h': 100, week: 40 });
    assert.equal(judge(inputOf(CYCLE, { after })).retryAt, NOW + 2 * HOUR_MS);
    assert.equal(judge(inputOf(CYCLE, { after, waitUntil })).retryAt, waitUntil);
  });

  it("reads resets by the server's clock", () => {
    const after = usages({ '5h': 100 }, { clockSkewMs: 90_000 });
    assert.equal(judge(inputOf(CYCLE, { after })).retryAt, NOW + 2 * HOUR_MS - 90_000);
  });

  it('the limit is waits for a place while as many run as', () => {
    const busy = { ...SWARM, inFlightNow: 10 };
    const { firstSuccessAfterMs: _, ...waiting } = busy;
    const verdict = judge(inputOf(AT_ONCE, { shape: waiting, threadCount: 4, after: ROOM }));
    assert.equal(verdict.retry, 'at');
    assert.ok((verdict.retryAt ?? 0) > NOW + 15_000);
  });

  it("reports that `/usages` contradicts the error, and doubts the key's account", () => {
    const verdict = judge(inputOf(CYCLE, { after: usages({ '5h': 0, week: 0 }) }));
    assert.deepEqual(
      verdict.evidence.filter(({ kind }) => kind === 'contradiction'),
      [{ kind: 'contradiction', id: '5h', source: 'usages' }],
    );
    assert.equal(verdict.steps[0]?.id, 'checkKey');
  });

  it('reports that fields of `/usages` contradict each other', () => {
    const after = usages({ '5h': 100 });
    const contradiction = { lowestUsedPercent: 0, highestUsedPercent: 100 };
    const windows = after.windows.map(window => ({ ...window, contradiction }));
    const { evidence } = judge(inputOf(CYCLE, { after: { ...after, windows } }));
    assert.ok(evidence.some(({ kind }) => kind === 'usagesDisagree'));
  });

  it('names max_completion_tokens where TPM is reached', () => {
    const shape = { ...ALONE, maxCompletionTokens: 131_072 };
    const text = 'request reached organization TPM rate limit, current: 501410, limit: 500000';
    const verdict = judge(
      inputOf(platform(text, 'rate_limit_reached_error'), { ...PLATFORM, shape }),
    );
    assert.equal(verdict.steps[0]?.id, 'lowerMaxTokens');
    assert.equal(verdict.steps[0]?.count, 131_072);
    assert.ok(verdict.evidence.some(({ kind }) => kind === 'maxTokens'));
  });

  it('a quota that was used up before the error was used up during it, whatever came after', () => {
    const before = usages({ '5h': 100, week: 40 }, { at: NOW - MINUTE_MS });
    const after = usages({ '5h': 0, week: 40 }, { at: NOW + 3 * HOUR_MS });
    assert.equal(judge(inputOf(CYCLE, { before, after })).cause, 'quota_5h');
  });

  it('a reading from before the last reset is ignored', () => {
    const before = usages({ '5h': 100, week: 40 }, { at: NOW - DAY_MS });
    const windows = before.windows.map(window => ({ ...window, resetsAt: NOW - HOUR_MS }));
    assert.equal(
      judge(inputOf(CYCLE, { before: { ...before, windows } })).cause,
      'quota_unspecified',
    );
  });
});

describe('judge: settled and running away', () => {
  it('a named cause is settled immediately, unless `/usages` may have a reset time', () => {
    assert.equal(
      judge(inputOf('404 Not found the model kimi-for-coding or Permission denied')).isSettled,
      true,
    );
    assert.equal(judge(inputOf(CYCLE)).isSettled, false);
    assert.equal(judge(inputOf(CYCLE, { after: usages({ week: 100 }) })).isSettled, false);
  });

  it('a combined verdict is settled with the next reading and the end of the burst', () => {
    const { firstSuccessAfterMs: _, ...going } = SWARM;
    const input = inputOf(TOO_MANY, { shape: going, threadCount: 7 });
    assert.equal(judge(input).isSettled, false);
    assert.equal(judge({ ...input, after: ROOM }).isSettled, false);
    assert.equal(judge({ ...input, after: ROOM, state: 'recovered' }).isSettled, true);
    assert.equal(judge({ ...input, now: NOW + HOUR_MS }).isSettled, true);
  });

  const LOOPS: readonly (readonly [string, Partial<VerdictInput>, string, boolean])[] = [
    [
      'OpenCode 61 times against a context limit',
      { agents: ['opencode'], count: 61 },
      '400 Your request exceeded model token limit: 262144',
      true,
    ],
    [
      'OpenCode six times against an empty balance',
      { agents: ['opencode'], count: 6 },
      CYCLE,
      false,
    ],
    [
      'Qwen Code retrying against a used-up weekly quota',
      { agents: ['qwen-code'], count: 40, after: usages({ week: 100 }) },
      CYCLE,
      true,
    ],
    [
      'the same in 20 threads',
      { agents: ['qwen-code'], count: 40, threadCount: 20, after: usages({ week: 100 }) },
      CYCLE,
      false,
    ],
    [
      'the same, over',
      { agents: ['qwen-code'], count: 40, state: 'over', after: usages({ week: 100 }) },
      CYCLE,
      false,
    ],
    [
      'Kimi Code ten times against a parallel limit',
      { count: 60, shape: SWARM, after: ROOM },
      TOO_MANY,
      false,
    ],
  ];
  for (const [fact, more, text, expected] of LOOPS)
    it(`${fact} is ${expected ? 'a loop' : 'no loop'}`, () => {
      const verdict = judge(inputOf(text, more));
      assert.equal(verdict.isRunaway, expected);
      assert.equal(verdict.steps[0]?.id === 'stopAgent', expected);
    });
});
