import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Agent } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { cline } from '../../../src/core/agents/cline/cline.ts';
import { kiloCode } from '../../../src/core/agents/kiloCode.ts';
import { rooCode } from '../../../src/core/agents/rooCode.ts';
import { failed } from '../../support/agentLogs.ts';
import { RewrittenLog } from '../../support/rewrittenLogs.ts';

const T0 = 1795297800000;
const task = (agent: Agent) =>
  new RewrittenLog(agent, { relativePath: 'x.y/tasks/t1/ui_messages.json', format: 'task' });
const fixture = (name: string): string =>
  readFileSync(
    new URL(`../../fixtures/logs/${name}/task.ui_messages.json`, import.meta.url),
    'utf8',
  );

describe('uiMessages: a task of Roo Code (from source)', () => {
  it('reports requests with tokens, and failures with status, error text and wait', async () => {
    const signals = await task(rooCode).read(fixture('roo-code'));
    assert.deepEqual(
      signals.map(signal => [
        signal.kind,
        signal.at - T0,
        signal.kind === 'requestEnded' ? [signal.inputTokens, signal.outputTokens] : [],
      ]),
      [
        ['requestStarted', 100, []],
        ['requestEnded', 100, [21009, 25]],
        ['requestStarted', 7000, []],
        ['requestEnded', 7000, [21105, 41]],
        ['requestFailed', 7500, []],
        ['requestFailed', 13000, []],
      ],
    );
    const [first, second] = failed(signals);
    assert.match(first!.text, /^We're receiving too many requests/);
    assert.match(second!.text, /^Your account org-…<ak-…bcd1> request reached/);
    assert.deepEqual([first!.status, first!.retryAfterMs], [429, undefined]);
    assert.deepEqual([second!.status, second!.retryAfterMs], [429, 10_000]);
    assert.deepEqual(
      [first, second].map(it => attribute(it!).provider),
      ['kimi-code', 'open-platform'],
    );
    assert.ok(signals.every(({ agent, session }) => agent === 'roo-code' && session === 't1'));
  });

  it('reports only new failures after a rewrite, and keeps the wait', async () => {
    const log = task(rooCode);
    const before = JSON.parse(fixture('roo-code')) as object[];
    await log.read(JSON.stringify(before));
    const last = {
      ...before.at(-1),
      text: '429\nOpenAI completion error: 429 x\n',
      partial: false,
    };
    assert.deepEqual(await log.read(JSON.stringify([...before.slice(0, -1), last])), []);
    const ask = {
      ts: T0 + 99_000,
      type: 'ask',
      ask: 'api_req_failed',
      text: 'OpenAI completion error: 401 Invalid Authentication',
    };
    const [failure, ...others] = failed(await log.read(JSON.stringify([...before, ask])));
    assert.ok(failure && others.length === 0);
    assert.deepEqual(
      [failure.status, failure.text, failure.isFinal],
      [401, 'Invalid Authentication', true],
    );
  });

  it('an open request ends when its element is updated', async () => {
    const log = task(rooCode);
    const element = (text: object) =>
      JSON.stringify([{ ts: T0, type: 'say', say: 'api_req_started', text: JSON.stringify(text) }]);
    const kinds = async (text: object) => (await log.read(element(text))).map(({ kind }) => kind);
    assert.deepEqual(await kinds({ apiProtocol: 'openai' }), ['requestStarted']);
    assert.deepEqual(await kinds({ apiProtocol: 'openai' }), []);
    assert.deepEqual(await kinds({ tokensIn: 9, tokensOut: 3 }), ['requestEnded']);
    assert.deepEqual(await kinds({ tokensIn: 9, tokensOut: 3 }), []);
  });

  it('a broken stream is one failure together with the retry that follows', async () => {
    const log = task(rooCode);
    const text = JSON.stringify({
      cancelReason: 'streaming_failed',
      streamingFailedMessage: 'terminated',
    });
    const started = { ts: T0, type: 'say', say: 'api_req_started', text };
    const retry = {
      ts: T0 + 500,
      type: 'say',
      say: 'api_req_retry_delayed',
      text: 'terminated\n<retry_timer>5</retry_timer>',
      partial: true,
    };
    const [first] = failed(await log.read(JSON.stringify([started])));
    const [second] = failed(await log.read(JSON.stringify([started, retry])));
    assert.deepEqual([first?.text, second?.text], ['terminated', 'terminated']);
    assert.equal(first?.contentKey, second?.contentKey);
    assert.equal(second?.retryAfterMs, 5000);
  });

  it('a request that the user canceled has not failed', async () => {
    const text = JSON.stringify({ cancelReason: 'user_cancelled', streamingFailedMessage: 'x' });
    const started = { ts: T0, type: 'say', say: 'api_req_started', text };
    const signals = await task(rooCode).read(JSON.stringify([started]));
    assert.deepEqual(
      signals.map(({ kind }) => kind),
      ['requestStarted', 'requestEnded'],
    );
  });
});

describe('uiMessages: a task of Kilo Code 4 (from source)', () => {
  it('reports the failures of a request that was retried and then confirmed', async () => {
    const signals = await task(kiloCode).read(fixture('kilo-code'));
    assert.deepEqual(
      failed(signals).map(({ at, status, retryAfterMs, isFinal }) => [
        at - T0,
        status,
        retryAfterMs,
        isFinal,
      ]),
      [
        [2600, 429, 5000, undefined],
        [8300, 403, undefined, undefined],
        [9000, 429, undefined, true],
      ],
    );
    assert.ok(signals.every(({ agent }) => agent === 'kilo-code'));
    assert.equal(new Set(signals.map(({ contentKey }) => contentKey)).size, signals.length);
  });
});

describe('uiMessages: a task of Cline 3 (from source)', () => {
  it('reports four failures: three that were retried, and the last once', async () => {
    const failures = failed(await task(cline).read(fixture('cline')));
    const all = [...new Map(failures.map(failure => [failure.contentKey, failure])).values()];
    assert.deepEqual(
      all.map(({ retryAfterMs, isFinal }) => [retryAfterMs, isFinal]),
      [
        [2000, undefined],
        [4000, undefined],
        [8000, undefined],
        [undefined, true],
      ],
    );
    for (const { status, errorType, text, model, evidence } of all) {
      assert.deepEqual(
        [status, errorType, model],
        [429, 'rate_limit_reached_error', 'kimi-for-coding'],
      );
      assert.match(text, /^We're receiving too many requests/);
      assert.equal(evidence.providerId, 'openai');
    }
    assert.equal(attribute(all[0]!).provider, 'kimi-code');
  });
});

describe('uiMessages: not a failure', () => {
  const nothing: [fact: string, element: object][] = [
    ['Roo Code’s own rate limit', { say: 'api_req_rate_limit_wait', text: '{"seconds":5}' }],
    [
      'its own rate limit in older versions',
      { say: 'api_req_retry_delayed', text: 'Rate limiting for 5 seconds...', partial: true },
    ],
    ['that a request was retried', { say: 'api_req_retried' }],
    [
      'a response without content',
      {
        say: 'api_req_retry_delayed',
        text: 'Unexpected API Response: The language model did not provide any assistant messages.',
      },
    ],
    [
      'an answer that quotes elements',
      { say: 'text', text: '{"ask":"api_req_failed","text":"429"}' },
    ],
    ['a tool that quotes them', { ask: 'tool', text: 'say":"api_req_retry_delayed' }],
    ['an element without time', { ts: undefined, ask: 'api_req_failed', text: '429 x' }],
  ];
  for (const agent of [rooCode, kiloCode, cline])
    for (const [fact, element] of nothing)
      it(`${agent.name}: ${fact}`, async () =>
        assert.deepEqual(
          await task(agent).read(JSON.stringify([{ ts: T0, type: 'say', ...element }])),
          [],
        ));
});
