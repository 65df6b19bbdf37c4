import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { qwenCode } from '../../../src/core/agents/qwenCode.ts';
import { failed, fixtureLines, readAs } from '../../support/agentLogs.ts';

const CHAT = '/h/.qwen/projects/-home-me-app/chats/3f1c.jsonl';
const readChat = (...lines: string[]) => readAs(qwenCode, CHAT, lines);

describe('qwenCode: failures', () => {
  const cases: [words: RegExp, status: number, attempts: number | undefined, provider: string][] = [
    [/^We're receiving too many requests/, 429, 4, 'kimi-code'],
    [/^The engine is currently overloaded/, 429, 4, 'open-platform'],
    [/^Your account org-…<ak-…bcd1> request reached organization max/, 429, 4, 'open-platform'],
    [/^You've reached your weekly \(7-day\) usage limit/, 403, undefined, 'kimi-code'],
    [/^Kimi For Coding is currently only available/, 403, undefined, 'kimi-code'],
    [/^Invalid Authentication$/, 401, undefined, 'unknown'],
    [/^Not found the model/, 404, undefined, 'open-platform'],
    [/^Invalid request: Your request exceeded model token/, 400, undefined, 'open-platform'],
  ];
  const lines = fixtureLines('qwen-code/errors.jsonl');
  for (const [index, [words, status, attempts, provider]] of cases.entries())
    it(`${status}, ${provider}, ${attempts ?? 1} attempts: ${words.source}`, () => {
      const [failure, ...others] = failed(readChat(lines[index]!));
      assert.ok(failure && others.length === 0);
      assert.match(failure.text, words);
      assert.deepEqual(
        [failure.status, failure.attemptCount, attribute(failure).provider],
        [status, attempts, provider],
      );
    });

  const record = (event: object) =>
    JSON.stringify({
      uuid: 'u1',
      sessionId: '3f1c',
      timestamp: '2026-11-21T22:00:38.156Z',
      type: 'system',
      version: '0.24.4',
      subtype: 'ui_telemetry',
      systemPayload: {
        uiEvent: {
          'event.name': 'qwen-code.api_error',
          'event.timestamp': '2026-11-21T22:00:38.156Z',
          error_message: '429 Slow down',
          status_code: 429,
          duration_ms: 3754,
          ...event,
        },
      },
    });
  const variants: [fact: string, event: object, expected: object][] = [
    ['an immediate 429 is one attempt', { duration_ms: 300 }, { attemptCount: undefined }],
    ['a 429 is retried later', {}, { isFinal: undefined }],
    [
      'an error without a retry is the last attempt',
      { status_code: 403, error_message: '403 Access terminated.' },
      { isFinal: true, text: 'Access terminated.' },
    ],
    [
      'a server error is retried too',
      { status_code: 502, error_message: '502 Bad Gateway' },
      { attemptCount: 4, status: 502, text: 'Bad Gateway' },
    ],
    [
      'a broken connection has no status',
      { status_code: undefined, error_message: 'Connection error.' },
      { attemptCount: 4, status: undefined, text: 'Connection error.' },
    ],
    [
      'the body may be JSON',
      { error_message: '429 {"error":{"message":"Slow","type":"rate_limit_reached_error"}}' },
      { text: 'Slow', errorType: 'rate_limit_reached_error' },
    ],
    [
      'a prompt of the session is not a side request',
      { prompt_id: '3f1c########2' },
      { isSideRequest: undefined, subagent: undefined },
    ],
    [
      'a sub-agent is named',
      { prompt_id: '3f1c#explorer-x1#0' },
      { subagent: 'explorer-x1', isSideRequest: undefined },
    ],
    ['another prompt is a side request', { prompt_id: 'session-title' }, { isSideRequest: true }],
  ];
  for (const [fact, event, expected] of variants)
    it(`${fact} (from source)`, () => {
      const [failure] = failed(readChat(record(event)));
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual((failure as object as Record<string, unknown>)[field], value, field);
    });

  it('the agent’s own sign-in is another provider', () => {
    const [failure] = failed(readChat(record({ auth_type: 'qwen-oauth' })));
    assert.equal(attribute(failure!).provider, 'other');
  });

  it('the same record has the same key, another record has another', () => {
    const keys = [lines[0]!, lines[0]!, lines[1]!].map(
      line => failed(readChat(line))[0]?.contentKey,
    );
    assert.equal(keys[0], keys[1]);
    assert.notEqual(keys[0], keys[2]);
  });
});

describe('qwenCode: a chat', () => {
  it('reports responses with tokens and failures, and nothing that is quoted', () => {
    const signals = readChat(...fixtureLines('qwen-code/gave-up.jsonl'));
    assert.deepEqual(
      signals.map(signal => [
        signal.kind,
        signal.session,
        signal.model,
        signal.kind === 'requestEnded' ? [signal.inputTokens, signal.outputTokens] : [],
      ]),
      [
        ['requestEnded', '4f3a51ed-6447-4d57-b73c-49e2aa84cc1d', 'kimi-k2.5', [19774, 25]],
        ['requestFailed', '4f3a51ed-6447-4d57-b73c-49e2aa84cc1d', 'kimi-k2.5', []],
      ],
    );
  });

  const nothing: [fact: string, line: string][] = [
    ['a prompt that quotes a record', '{"type":"user","message":"\\"qwen-code.api_error\\""}'],
    [
      'a telemetry record without its event',
      '{"type":"system","subtype":"ui_telemetry","x":"qwen-code.api_error"}',
    ],
    [
      'truncated JSON',
      '{"type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_error"',
    ],
    ['nothing', ''],
  ];
  for (const [fact, line] of nothing)
    it(`${fact} is ignored`, () => assert.deepEqual(readChat(line), []));
});

describe('qwenCode: places', () => {
  const root = (
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
  ) => qwenCode.sources({ home, tmp: '/tmp', platform, env })[0]?.root;
  const cases: [
    env: Record<string, string>,
    platform: 'linux' | 'darwin' | 'win32',
    home: string,
    root: string,
  ][] = [
    [{}, 'linux', '/h', '/h/.qwen/projects'],
    [{}, 'darwin', '/Users/me', '/Users/me/.qwen/projects'],
    [{}, 'win32', 'C:\\Users\\me', 'C:\\Users\\me\\.qwen\\projects'],
    [{ QWEN_HOME: '/q' }, 'linux', '/h', '/q/projects'],
    [{ QWEN_HOME: '/q', QWEN_RUNTIME_DIR: '/r/' }, 'linux', '/h', '/r/projects'],
    [{ QWEN_DATA_DIR: '~/d' }, 'linux', '/h', '/h/d/projects'],
    [{ QWEN_HOME: 'D:\\q' }, 'win32', 'C:\\h', 'D:\\q\\projects'],
  ];
  for (const [env, platform, home, expected] of cases)
    it(`${platform} ${JSON.stringify(env)}: ${expected}`, () =>
      assert.equal(root(env, platform, home), expected));

  it('every record of a failure contains an anchor', () => {
    for (const line of fixtureLines('qwen-code/errors.jsonl'))
      assert.ok(
        qwenCode.failureAnchors.some(anchor => line.includes(anchor)),
        line,
      );
  });
});
