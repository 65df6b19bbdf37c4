import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { copilotCli } from '../../../src/core/agents/copilotCli.ts';
import { isAnswer, type Signal } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';
import { failuresOf } from '../../support/realLogs.ts';

const readLog = (...lines: string[]) =>
  readAs(copilotCli, '/h/.copilot/logs/process-1796067643263-116.log', lines);
const readEvents = (...lines: string[]) =>
  readAs(copilotCli, '/h/.copilot/session-state/s-1/events.jsonl', lines);
const log = fixtureLines('copilot/process.log');
const events = fixtureLines('copilot/events.jsonl');
const seen = (signals: readonly Signal[]) =>
  failuresOf(signals).map(failure => [
    failure.status,
    failure.text.slice(0, 12),
    failure.isFinal,
    attribute(failure).provider,
  ]);
const attempt = (status: number | undefined, time = '2026-11-30T19:41:43.032Z') =>
  `${time} [WARNING] [rust:model_events::producer] Model provider request failed ${JSON.stringify({ stage: 'inference', api_endpoint: '/chat/completions', http_status: status, failure_kind: 'http_error' })}`;
const event = (type: string, data: object, timestamp = '2026-11-30T19:41:43.058Z') =>
  JSON.stringify({ type, data, id: `${type}-${timestamp}`, timestamp });

describe('Copilot CLI: a response without tokens', () => {
  it('is one: the server reports them in another place of the stream', () => {
    const usage = { model: 'kimi-for-coding', isByok: true };
    const signals = readEvents(
      event('assistant.turn_start', { turnId: '0' }),
      event('session.usage_record', { usage }),
      event('assistant.turn_end', { turnId: '0' }),
    );
    assert.deepEqual(
      signals.map(signal => [signal.kind, isAnswer(signal)]),
      [
        ['requestStarted', false],
        ['requestEnded', true],
      ],
    );
  });
});

describe('Copilot CLI: failures', () => {
  const silent = [429, '', undefined, 'unknown'];
  const last = [429, 'Your account', true, 'kimi-code'];

  for (const order of ['log first', 'events first'] as const)
    it(`six attempts, of which the last has words: ${order}`, () => {
      const parts = [readLog(...log), readEvents(...events)];
      const signals = (order === 'log first' ? parts : parts.reverse()).flat();
      const found = seen(signals);
      assert.deepEqual(
        found.filter(it => it[1] === ''),
        Array(5).fill(silent),
      );
      assert.deepEqual(
        found.filter(it => it[1] !== ''),
        [last],
      );
    });

  it('without the log the last attempt counts', () =>
    assert.deepEqual(seen(readEvents(...events)), [last]));

  it('attempts of one millisecond are two, also after a restart', () => {
    const file = { relativePath: 'process-1-2.log', format: 'process' };
    const { signals } = readRestarting(copilotCli, file, [attempt(429), attempt(429)]);
    assert.equal(failuresOf(signals).length, 2);
  });

  it('a refused sign-in names the host, and not the text of the response', () => {
    const message =
      'Authentication failed with provider at https://api.kimi.com/coding/v1 (HTTP 403).\n  Check your COPILOT_PROVIDER_API_KEY';
    const refused = readEvents(event('session.error', { errorType: 'authentication', message }));
    const expected = [[403, '', true, 'kimi-code']];
    assert.deepEqual(seen(refused), expected);
    assert.deepEqual(seen([...readLog(attempt(403)), ...refused]), expected);
  });

  it('a cut connection has no status', () =>
    assert.deepEqual(seen(readLog(attempt(undefined))), [[undefined, '', undefined, 'unknown']]));

  it('without a provider of one’s own it is GitHub’s service', () => {
    const usage = { model: 'gpt-5', inputTokens: 1, outputTokens: 1, isByok: false };
    const signals = readEvents(
      event('session.usage_record', { usage }),
      event('session.error', { message: 'x Last error: 429 slow', statusCode: 429 }),
    );
    assert.deepEqual(seen([...signals, ...readLog(attempt(429))]), [[429, 'slow', true, 'other']]);
  });

  it('lines with an anchor are enough', () => {
    const some = (lines: string[]) =>
      lines.filter(line => copilotCli.failureAnchors.some(anchor => line.includes(anchor)));
    assert.deepEqual(
      [failed(readLog(...some(log))), failed(readEvents(...some(events)))],
      [failed(readLog(...log)), failed(readEvents(...events))],
    );
  });

  it('other lines, other stages and words that quote are none', () => {
    const other = attempt(429).replace('inference', 'model_list');
    const quote = event('assistant.message', { content: '"session.error" Last error: 429 slow' });
    const local = event('session.error', { errorType: 'query', message: 'Tool failed' });
    assert.deepEqual(readLog(other, `user: ${attempt(429)}`, '{'), []);
    assert.deepEqual(readEvents(quote, local, '{"type":"session.error"'), []);
  });
});

describe('Copilot CLI: requests', () => {
  it('turns begin, answers have tokens, and a turn without an answer is broken off', () =>
    assert.deepEqual(
      readEvents(...events)
        .filter(({ kind }) => kind !== 'requestFailed')
        .map(it => [it.kind, it.model, it.kind === 'requestEnded' ? it.inputTokens : undefined]),
      [
        ['requestStarted', 'kimi-for-coding', undefined],
        ['requestEnded', 'kimi-for-coding', 12140],
        ['requestStarted', 'kimi-for-coding', undefined],
        ['requestEnded', 'kimi-for-coding', undefined],
      ],
    ));
});

describe('Copilot CLI: places', () => {
  const linux: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };
  const cases: [fact: string, here: Surroundings, roots: string[]][] = [
    ['linux', linux, ['/h/.copilot/logs', '/h/.copilot/session-state']],
    ['darwin', { ...linux, platform: 'darwin' }, ['/h/.copilot/logs', '/h/.copilot/session-state']],
    [
      'win32',
      { ...linux, home: 'C:\\U\\d', platform: 'win32' },
      ['C:\\U\\d\\.copilot\\logs', 'C:\\U\\d\\.copilot\\session-state'],
    ],
    ['COPILOT_HOME', { ...linux, env: { COPILOT_HOME: '/c' } }, ['/c/logs', '/c/session-state']],
  ];
  for (const [fact, here, roots] of cases)
    it(fact, () =>
      assert.deepEqual(
        copilotCli.sources(here).map(({ root }) => root),
        roots,
      ),
    );
});
