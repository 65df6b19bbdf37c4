import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { codex } from '../../../src/core/agents/codex/codex.ts';
import { meaningOf } from '../../../src/core/agents/eventReport.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';

const THREAD = '01a2001c-5b92-7fd0-9366-227e11bcb876';
const ROLLOUT = `/h/.codex/sessions/2026/11/21/rollout-2026-11-21T21-56-28-${THREAD}.jsonl`;
const readRollout = (...lines: string[]) => readAs(codex, ROLLOUT, lines);

describe('codex: failures', () => {
  const cases: [
    words: RegExp,
    status: number | undefined,
    attempts: number | undefined,
    provider: string,
  ][] = [
    [/^$/, 429, undefined, 'unknown'],
    [/^You've reached your 5-hour usage limit\..*tab=quota$/, 403, 6, 'open-platform'],
    [/^You've reached your weekly \(7-day\) usage limit\..*tab=quota$/, 403, 6, 'open-platform'],
    [/^Kimi For Coding is currently only available .*, etc\.$/, 403, 6, 'open-platform'],
    [/^Invalid Authentication$/, 401, 6, 'open-platform'],
    [/^Not found the model kimi-for-coding or Permission denied$/, 404, 6, 'open-platform'],
    [/^Invalid request: Your request exceeded model token/, 400, undefined, 'open-platform'],
    [/^error sending request$/, undefined, 30, 'unknown'],
  ];
  const lines = fixtureLines('codex/failures.jsonl');
  for (const [index, [words, status, attempts, provider]] of cases.entries())
    it(`${status ?? 'no status'}, ${provider}, ${attempts ?? 1} attempts: ${words.source}`, () => {
      const [failure, ...others] = failed(readRollout(...lines.slice(2 * index, 2 * index + 2)));
      assert.ok(failure && others.length === 0);
      assert.match(failure.text, words);
      assert.deepEqual(
        [failure.status, failure.attemptCount, attribute(failure).provider],
        [status, attempts, provider],
      );
      assert.equal(failure.isFinal, true);
    });

  it('a 429 has no error text, so its limit is unknown', () => {
    const [failure] = failed(readRollout(lines[1]!));
    const meaning = meaningOf(failure!, 'unknown');
    assert.deepEqual([meaning?.category, meaning?.confidence], ['rate_limited_ambiguous', 'low']);
  });
});

const complete = (error: object | null, fields: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-21T21:56:36.231Z',
    ordinal: 16,
    type: 'event_msg',
    payload: { type: 'task_complete', turn_id: 't1', error, duration_ms: 400, ...fields },
  });

describe('codex: a thread', () => {
  it('its requests start with the turn and after its tools', () => {
    const signals = readRollout(...fixtureLines('codex/turn.jsonl'));
    assert.deepEqual(
      signals.map(signal =>
        signal.kind === 'requestEnded' ? [signal.inputTokens, signal.outputTokens] : signal.kind,
      ),
      ['requestStarted', [9922, 25], 'requestStarted', [10150, 26], 'requestStarted', [10326, 27]],
    );
    assert.ok(signals.every(({ session, evidence }) => session === THREAD && evidence));
    assert.deepEqual(
      signals.map(({ model, evidence }) => [model, evidence.providerId]).slice(1),
      Array.from({ length: 5 }, () => ['kimi-k2.5', 'kimi']),
    );
  });

  it('two parallel tools lead to one request after both', () => {
    const item = (type: string, call_id: string, ms: number) =>
      JSON.stringify({
        timestamp: `2026-11-21T21:56:30.${ms}Z`,
        type: 'response_item',
        payload: { type, call_id },
      });
    const usage =
      '{"timestamp":"2026-11-21T21:56:30.300Z","type":"token_usage_record","payload":{"usage":{"output_tokens":5}}}';
    const start =
      '{"timestamp":"2026-11-21T21:56:30.000Z","type":"event_msg","payload":{"type":"task_started","turn_id":"t1"}}';
    const signals = readRollout(
      start,
      item('function_call', 'c1', 100),
      item('custom_tool_call', 'c2', 150),
      item('function_call_output', 'c1', 200),
      usage,
      item('custom_tool_call_output', 'c2', 400),
    );
    assert.deepEqual(
      signals.map(({ kind, at }) => [kind, at % 1000]),
      [
        ['requestStarted', 0],
        ['requestEnded', 300],
        ['requestStarted', 400],
      ],
    );
  });

  const meta = (source: unknown) =>
    JSON.stringify({
      timestamp: '2026-11-21T21:56:28.300Z',
      type: 'session_meta',
      payload: { id: THREAD, cli_version: '0.169.0', model_provider: 'moonshot', source },
    });
  const failure = complete({
    message: 'unexpected status 403 Forbidden: x',
    codex_error_info: 'other',
  });

  it('the first record names the version and the provider (from source)', () => {
    const [found] = failed(readRollout(meta('cli'), failure));
    assert.deepEqual(
      [found?.agentVersion, found?.evidence.providerId, found?.session, found?.subagent],
      ['0.169.0', 'moonshot', THREAD, undefined],
    );
  });

  it('a sub-agent belongs to the session of its parent (from source)', () => {
    const parent = { subagent: { thread_spawn: { parent_thread_id: 'p1', depth: 1 } } };
    const [found] = failed(readRollout(meta(parent), failure));
    assert.deepEqual([found?.session, found?.subagent], ['p1', THREAD]);
  });

  it('a compaction is a side request (from source)', () => {
    assert.equal(
      failed(readRollout(meta({ subagent: 'compact' }), failure))[0]?.isSideRequest,
      true,
    );
  });

  it('an older error record and the end of its turn are one failure', () => {
    const message = 'unexpected status 403 Forbidden: x';
    const event = JSON.stringify({
      timestamp: '2026-11-21T21:56:36.200Z',
      type: 'event_msg',
      payload: { type: 'error', message, codex_error_info: 'other' },
    });
    const start =
      '{"timestamp":"2026-11-21T21:56:30.000Z","type":"event_msg","payload":{"type":"task_started","turn_id":"t1"}}';
    const keys = failed(readRollout(start, event, failure)).map(({ contentKey }) => contentKey);
    assert.deepEqual(keys, [keys[0], keys[0]]);
  });

  it('a restart between lines loses nothing', () => {
    const file = { relativePath: ROLLOUT.slice('/h/.codex/sessions/'.length), format: 'rollout' };
    const lines = fixtureLines('codex/turn.jsonl');
    assert.deepEqual(readRestarting(codex, file, lines).signals, readRollout(...lines));
  });
});

describe('codex: not a failure', () => {
  const lines: [fact: string, line: string][] = [
    ['a successful turn', complete(null)],
    [
      'windows of OpenAI',
      '{"timestamp":"2026-11-21T21:56:30.000Z","type":"event_msg","payload":{"type":"token_count","rate_limits":{"rate_limit_reached_type":"x"}}}',
    ],
    [
      'a message that quotes one',
      JSON.stringify({
        timestamp: '2026-11-21T21:56:30.000Z',
        type: 'response_item',
        payload: {
          type: 'message',
          content: [{ text: complete({ message: 'unexpected status 429 x: y' }) }],
        },
      }),
    ],
    ['truncated JSON', complete({ message: 'unexpected status 403 x: y' }).slice(0, -2)],
    [
      'a record without time',
      '{"type":"event_msg","payload":{"type":"task_complete","error":{"message":"x"}}}',
    ],
  ];
  for (const [fact, line] of lines) it(fact, () => assert.deepEqual(failed(readRollout(line)), []));
});

describe('codex: places', () => {
  const cases: [
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
    roots: string[],
  ][] = [
    [{}, 'linux', '/h', ['/h/.codex/sessions', '/h/.codex/archived_sessions']],
    [
      {},
      'darwin',
      '/Users/me',
      ['/Users/me/.codex/sessions', '/Users/me/.codex/archived_sessions'],
    ],
    [{}, 'win32', 'C:\\h', ['C:\\h\\.codex\\sessions', 'C:\\h\\.codex\\archived_sessions']],
    [{ CODEX_HOME: '/c' }, 'linux', '/h', ['/c/sessions', '/c/archived_sessions']],
  ];
  for (const [env, platform, home, roots] of cases)
    it(`${platform} ${JSON.stringify(env)}`, () =>
      assert.deepEqual(
        codex
          .sources({ home, tmp: '/tmp', platform, env })
          .slice(0, 2)
          .map(({ root }) => root),
        roots,
      ));

  it('every record of a failure contains an anchor', () => {
    const failures = fixtureLines('codex/failures.jsonl').filter(line =>
      line.includes('task_complete'),
    );
    assert.equal(failures.length, 8);
    for (const line of failures)
      assert.ok(
        codex.failureAnchors.some(anchor => line.includes(anchor)),
        line,
      );
  });
});
