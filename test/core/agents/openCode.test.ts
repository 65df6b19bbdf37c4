import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { meaningOf, requestReport } from '../../../src/core/agents/eventReport.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';

const readLog = (lines: readonly string[]) =>
  readAs(openCode, '/h/.local/share/opencode/log/opencode.log', [...lines]);

describe('openCode: failures of the log', () => {
  const ACCOUNT = 'Your account org-…<ak-…bcd1>';
  const cases: [text: string, category: string, provider: string][] = [
    [
      "We're receiving too many requests at the moment. Please wait a moment and try again.",
      'rate_limited_ambiguous',
      'kimi-code',
    ],
    [
      `${ACCOUNT} request reached organization max concurrency: 3, please try again after 1 seconds`,
      'concurrency',
      'kimi-code',
    ],
    [
      `${ACCOUNT} request reached organization TPM rate limit, current:132041, limit:128000`,
      'tpm',
      'kimi-code',
    ],
    [
      'Your account org-… / proj-… <ak-…bcd1> request reached organization TPD rate limit, current: 1501880, limit: 1500000',
      'tpd',
      'kimi-code',
    ],
    [
      "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota",
      'quota_5h',
      'kimi-code',
    ],
    [
      "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/code/#pricing",
      'quota_unspecified',
      'kimi-code',
    ],
    [
      'Your account org-… <ak-…bcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
      'balance',
      'kimi-code',
    ],
    ['Overloaded', 'overloaded', 'kimi-code'],
    ['internal: driver: bad connection', 'server_error', 'kimi-code'],
    ['The engine is currently overloaded, please try again later', 'overloaded', 'kimi-code'],
    [
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
      'other_provider',
      'other',
    ],
  ];
  const lines = fixtureLines('opencode/failures.log');
  for (const [index, [text, category, provider]] of cases.entries())
    it(`${category}, ${provider}: ${text.slice(0, 60)}`, () => {
      const [failure, ...others] = failed(readLog([lines[index]!]));
      assert.ok(failure && others.length === 0);
      const attribution = attribute(failure).provider;
      const found = meaningOf(failure, attribution)?.category;
      assert.deepEqual([failure.text, found, attribution], [text, category, provider]);
    });

  it('a title is a side request, and its three attempts are one line', () => {
    const [failure] = failed(readLog([lines.at(-1)!]));
    assert.deepEqual([failure?.isSideRequest, failure?.attemptCount], [true, 3]);
  });

  it('an error inside a stream has a type', () => {
    const [failure] = failed(readLog([lines[9]!]));
    assert.equal(failure?.errorType, 'engine_overloaded_error');
  });

  it('a broken stream leaves no line: the restarted request has the time', () => {
    const lines = fixtureLines('opencode/cut.log');
    const [failure, ...others] = failed(readLog(lines));
    const [first, second] = lines.filter(line => /stream .*small=false/.test(line)).slice(1);
    const timeOf = (line = '') => Date.parse(line.slice('timestamp='.length, 34));
    assert.ok(failure && others.length === 0);
    assert.deepEqual(
      [failure.text, failure.at, failure.notAfter],
      ['', timeOf(first), timeOf(second)],
    );
  });

  it('a killed run that restarts its session is not a broken stream', () => {
    const [stream = ''] = fixtureLines('opencode/cut.log').filter(line => /small=false/.test(line));
    assert.deepEqual(failed(readLog([stream, stream.replace(/run=\w+/, 'run=ffffffff')])), []);
  });

  it('sub-agents have separate sessions, and each failure counts once', () => {
    const failures = failed(readLog(fixtureLines('opencode/parallel.log')));
    assert.equal(failures.length, 4);
    assert.equal(new Set(failures.map(({ subagent }) => subagent)).size, 3);
    assert.ok(failures.every(({ session, subagent }) => session === subagent));
    assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, 4);
  });

  it('counts the same with a new reader for each line', () => {
    const lines = fixtureLines('opencode/parallel.log');
    const file = { relativePath: 'opencode.log', format: 'log' };
    const { signals, memory } = readRestarting(openCode, file, lines);
    assert.deepEqual(signals, readLog(lines));
    assert.ok((memory?.length ?? 0) < 16 * 1024);
  });

  it('requests start and end: four of five sub-agents are open in parallel, as one failed before the last started', () => {
    const open = new Set<string>();
    let most = 0;
    for (const signal of readLog(fixtureLines('opencode/parallel.log'))) {
      const thread = `${signal.session} ${signal.isSideRequest}`;
      if (signal.kind === 'requestStarted') open.add(thread);
      else open.delete(thread);
      most = Math.max(most, open.size);
    }
    // The last request of the main thread has no end in the log.
    assert.deepEqual([most, open.size], [4, 1]);
  });

  it('reports the end of a request once: the row with its tokens does', () => {
    const ended = readLog(fixtureLines('opencode/parallel.log'))
      .filter(({ kind, isSideRequest }) => kind === 'requestEnded' && !isSideRequest)
      .map(signal => requestReport({ signal, file: 'f', byteOffset: 0 }));
    assert.ok(ended.length > 0);
    assert.deepEqual(ended.filter(Boolean), []);
  });

  it('a title request of a user who mentions errors is not a failure', () => {
    const line =
      'timestamp=2026-11-21T21:50:51.360Z level=INFO run=5882c625 message=created id=ses_1 title="message=\\"stream error\\" error.error=\\"429 rate_limit_reached_error\\""';
    assert.deepEqual(readLog([line]), []);
  });

  const none: [fact: string, error: string][] = [
    ['broken off by the user', 'AbortError: The operation was aborted'],
    ['no key', 'AI_LoadAPIKeyError: Kimi API key is missing'],
    ['no such model', 'ProviderModelNotFoundError: ProviderModelNotFoundError'],
  ];
  for (const [fact, error] of none)
    it(`${fact}: nothing failed at a provider`, () => {
      const line = `timestamp=2026-11-21T21:50:24.718Z level=ERROR run=1 message="stream error" providerID=kimi-for-coding modelID=k3 session.id=ses_1 small=false agent=build mode=primary error.error="${error}"`;
      assert.deepEqual(failed(readLog([line])), []);
    });

  it("a Kimi model at OpenCode's own gateway belongs to another provider", () => {
    const line =
      'timestamp=2026-11-21T21:50:24.718Z level=ERROR run=1 message="stream error" providerID=opencode modelID=kimi-k2.5 session.id=ses_1 small=false agent=build mode=primary error.error="AI_APICallError: Error from provider (Console): Your account org-0f3c<ak-f8m2> request reached organization max RPM: 3"';
    const [failure] = failed(readLog([line]));
    assert.equal(failure && attribute(failure).provider, 'other');
  });
});

describe('openCode: lines of 1.14 (from source and public logs)', () => {
  const body =
    '{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}';
  const error = (more: object = {}) =>
    JSON.stringify({
      error: {
        name: 'AI_APICallError',
        url: 'https://api.kimi.com/coding/v1/chat/completions',
        requestBodyValues: {
          messages: [{ role: 'user', content: 'why "statusCode":503 and 429 stream error?' }],
        },
        statusCode: 429,
        responseHeaders: { 'retry-after': '7' },
        responseBody: body,
        isRetryable: true,
        ...more,
      },
    });
  const line = (level: string, fields: string, message: string) =>
    `${level.padEnd(5)} 2026-05-12T20:02:20 +1967ms service=llm providerID=kimi-for-coding modelID=k2p6 session.id=ses_1 small=false agent=build mode=primary ${fields}${message}`;

  it('have status, host, type, error text and wait, and the conversation is not read', () => {
    const [failure] = failed(readLog([line('ERROR', `error=${error()} `, 'stream error')]));
    assert.deepEqual(
      [failure?.at, failure?.status, failure?.errorType, failure?.text, failure?.retryAfterMs],
      [
        Date.parse('2026-05-12T20:02:20Z'),
        429,
        'engine_overloaded_error',
        'The engine is currently overloaded, please try again later',
        7000,
      ],
    );
    assert.deepEqual(failure?.evidence.host, 'api.kimi.com');
    assert.ok(!JSON.stringify(failure).includes('why'));
  });

  it('several attempts inside the SDK count as that many', () => {
    const { error: last } = JSON.parse(error());
    const retry = { error: { name: 'AI_RetryError', errors: [last, last, last], lastError: last } };
    const [failure] = failed(
      readLog([line('ERROR', `error=${JSON.stringify(retry)} `, 'stream error')]),
    );
    assert.deepEqual([failure?.attemptCount, failure?.status], [3, 429]);
  });

  it('a truncated line has the status of the response, not one of the conversation', () => {
    const text = line('ERROR', `error=${error()} `, 'stream error').slice(0, -30);
    const reader = openCode.createReader({ relativePath: 'x.log', format: 'log' });
    const [failure] = failed(reader.read({ text, byteOffset: 0, isWhole: false }));
    assert.deepEqual([failure?.status, failure?.text], [429, '']);
  });

  it('a second stream without a step between means a broken one, within one second too', () => {
    const stream = line('INFO', '', 'stream');
    const step =
      'INFO  2026-05-12T20:02:20 +1ms service=session.prompt step=1 sessionID=ses_1 loop';
    assert.equal(failed(readLog([stream, stream])).length, 1);
    assert.deepEqual(failed(readLog([stream, step, stream])), []);
  });

  it('an error text without JSON is kept', () => {
    const [failure] = failed(readLog([line('ERROR', 'error=Too Many Requests ', 'stream error')]));
    assert.equal(failure?.text, 'Too Many Requests');
  });

  it('its own server is not the provider', () => {
    const own =
      'INFO  2026-05-12T20:05:54 +0ms service=default http.method=POST http.url=/session/ses_0/message http.status=500 Sent HTTP response';
    assert.deepEqual(readLog([own]), []);
  });
});
