import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { meaningOf } from '../../../src/core/agents/eventReport.ts';
import { parseLocalTime } from '../../../src/core/base/time.ts';
import { otherLogs } from '../../../src/core/agents/otherLogs.ts';
import { failed, fixtureLines } from '../../support/agentLogs.ts';

const WRITTEN = Date.UTC(2026, 5, 14, 12);

function read(lines: readonly string[], format = 'lines') {
  const reader = otherLogs.createReader({ relativePath: 'runs/agent.log', format });
  return failed(
    lines.flatMap((text, line) =>
      reader.read({ text, byteOffset: line * 1000, isWhole: true }, WRITTEN),
    ),
  );
}

const ACCOUNT = 'Your account org-… <ak-…bcd1>';
const RPM = `${ACCOUNT} request reached organization max RPM: 3, please try again after 1 seconds`;
const BALANCE = `${ACCOUNT} is suspended due to insufficient balance, please recharge your account or check your plan and billing details`;

describe('otherLogs: errors of other programs', () => {
  const cases: [program: string, line: string, expected: object, provider: string][] = [
    [
      'the SDK for Python',
      `openai.RateLimitError: Error code: 429 - {'error': {'message': '${RPM}', 'type': 'rate_limit_reached_error'}}`,
      { text: RPM, status: 429, errorType: 'rate_limit_reached_error', at: WRITTEN },
      'open-platform',
    ],
    [
      'a script that prints the exception',
      `2026-06-14T10:00:00Z call failed: Error code: 429 - {"error": {"message": "${RPM}", "type": "rate_limit_reached_error"}}`,
      { text: RPM, status: 429, at: Date.UTC(2026, 5, 14, 10) },
      'open-platform',
    ],
    [
      'the SDK for JavaScript',
      `[2026-06-14 10:00:00] RateLimitError: 429 ${RPM}`,
      { text: RPM, status: 429, at: parseLocalTime('2026-06-14 10:00:00') },
      'open-platform',
    ],
    [
      'LiteLLM with its provider',
      `10:00:00 - LiteLLM:ERROR: main.py:12 - litellm.RateLimitError: RateLimitError: MoonshotException - ${BALANCE} LiteLLM Retried: 2 times`,
      { text: BALANCE, status: 429, attemptCount: 3 },
      'open-platform',
    ],
    [
      'LiteLLM with only the protocol',
      `litellm.RateLimitError: RateLimitError: OpenAIException - ${RPM}. Received Model Group=kimi\n`,
      { text: RPM, status: 429 },
      'open-platform',
    ],
    [
      'a gateway in Go',
      `[ERR] 2026/06/14 - 10:00:00 | 2026061410 | relay error: status_code=429, ${RPM}`,
      { text: RPM, status: 429, at: parseLocalTime('2026-06-14 10:00:00') },
      'open-platform',
    ],
    [
      'requests in Python',
      'requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.moonshot.cn/v1/chat/completions',
      { text: 'Too Many Requests', status: 429 },
      'open-platform',
    ],
    [
      'a body in a line',
      `2026-06-14T10:00:00.5+02:00 WARN upstream said 403 {"error":{"message":"You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.","type":"access_terminated_error"}}`,
      {
        status: 403,
        errorType: 'access_terminated_error',
        at: Date.UTC(2026, 5, 14, 8, 0, 0, 500),
      },
      'kimi-code',
    ],
    [
      "only Kimi's error text, without wrapping",
      `2026-06-14 10:00:00 ERROR Kimi: ${RPM}`,
      { at: parseLocalTime('2026-06-14 10:00:00') },
      'open-platform',
    ],
    [
      'a log in JSON',
      `{"level":50,"time":1781430000000,"model":"kimi-k2.5","baseURL":"https://api.moonshot.ai/v1","err":{"type":"RateLimitError","message":"429 ${RPM}","status":429}}`,
      { text: RPM, status: 429, model: 'kimi-k2.5', at: 1781430000000 },
      'open-platform',
    ],
    [
      'LiteLLM’s log in JSON',
      `{"status":"failure","model":"kimi-k3","custom_llm_provider":"moonshot","api_base":"https://api.moonshot.ai/v1","startTime":1781430000.5,"error_str":"litellm.RateLimitError: RateLimitError: MoonshotException - ${BALANCE}"}`,
      { text: BALANCE, status: 429, at: 1781430000500 },
      'open-platform',
    ],
    [
      'n8n',
      `{"errorMessage":"429 ${BALANCE}","n8nDetails":{"time":"6/14/2026"}}`,
      { text: BALANCE, status: 429, at: WRITTEN },
      'open-platform',
    ],
    [
      "n8n with the error text next to n8n's message",
      `{"level":"error","message":"The service is receiving too many requests from you","description":"${RPM}","httpCode":"429","timestamp":1781430000000}`,
      { text: RPM, status: 429, at: 1781430000000 },
      'open-platform',
    ],
    [
      'CLIProxyAPI, with its debug log',
      `[2026-06-14 10:00:00] [a1b2c3d4] [debug] [claude_executor_stream.go:253] request error, error status: 429, error message: {"error":{"message":"${RPM}","type":"rate_limit_reached_error"}}`,
      { text: RPM, status: 429, errorType: 'rate_limit_reached_error' },
      'open-platform',
    ],
    [
      'claude-code-router',
      JSON.stringify({
        level: 50,
        time: 1781430000000,
        err: {
          type: 'Error',
          message: `Error from provider(kimi,k3: 429): {"error":{"message":"${BALANCE}","type":"exceeded_current_quota_error"}}`,
          statusCode: 429,
          code: 'provider_response_error',
        },
        msg: 'Error from provider',
      }),
      { status: 429, errorType: 'exceeded_current_quota_error', at: 1781430000000 },
      'open-platform',
    ],
    [
      "new-api's log of a channel, with the text of its provider",
      `[ERR] 2026/06/14 - 10:00:00 | 20260614 | channel error (channel #3, status code: 429): ${RPM}`,
      { text: RPM, status: 429 },
      'open-platform',
    ],
    [
      "one-api's",
      `[ERROR] 2026/06/14 - 10:00:00 | 20260614 | relay error (channel id 3, user id: 1): ${RPM}`,
      { text: RPM },
      'open-platform',
    ],
    [
      'another provider',
      `openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.', 'type': 'insufficient_quota'}}`,
      { status: 429, errorType: 'insufficient_quota' },
      'other',
    ],
  ];
  for (const [program, line, expected, provider] of cases)
    it(program, () => {
      const [failure, ...others] = read([line]);
      assert.ok(failure && others.length === 0, JSON.stringify(failure));
      assert.deepEqual({ ...failure, ...expected }, failure);
      assert.equal(attribute(failure).provider, provider);
      const anchors = otherLogs.failureAnchors;
      assert.ok(anchors.some(anchor => line.includes(anchor)));
    });

  const MONEY = '用户额度不足, 剩余额度: ＄0.000000 (request id: 2026061410)';
  const gateways: [fact: string, line: string, gateway: string, says: string | undefined][] = [
    [
      "new-api's user without money",
      `[ERR] 2026/06/14 - 10:00:00 | 20260614 | relay error: ${MONEY}`,
      'new-api',
      'balance',
    ],
    [
      "new-api's key without money",
      '[ERR] 2026/06/14 - 10:00:00 | 20260614 | relay error: 该令牌额度已用尽 (request id: 20260614)',
      'new-api',
      'balance',
    ],
    [
      'new-api without a channel',
      '[ERR] 2026/06/14 - 10:00:00 | 20260614 | channel error (channel #3, status code: 503): 分组 default 下对于模型 kimi-k2.5 无可用渠道 (request id: 20260614)',
      'new-api',
      'server_error',
    ],
    [
      "CLIProxyAPI's own pause",
      '[2026-06-14 10:00:00] [--------] [warn ] [x.go:1] {"error":{"code":"model_cooldown","message":"All credentials for model k3 are cooling down"}}',
      'CLIProxyAPI',
      undefined,
    ],
    [
      "sub2api's own limit",
      '2026/06/14 10:00:00 {"error":{"message":"Concurrency limit exceeded for account, please retry later","type":"rate_limit_error"},"type":"error"}',
      'sub2api',
      undefined,
    ],
  ];
  for (const [fact, line, gateway, says] of gateways)
    it(`${fact} is not Kimi's`, () => {
      const [failure, ...others] = read([line]);
      assert.ok(failure && others.length === 0, JSON.stringify(failure));
      const { provider } = attribute(failure);
      assert.ok(provider !== 'kimi-code' && provider !== 'open-platform');
      const meaning = meaningOf(failure, provider);
      assert.equal(meaning?.category, 'other_provider');
      assert.equal(meaning.fields.gateway, gateway);
      if (says !== undefined) assert.equal(meaning.fields.says, says);
      assert.ok(otherLogs.failureAnchors.some(anchor => line.includes(anchor)));
    });

  it('an access line of a gateway has no text and is none', () =>
    assert.deepEqual(
      read([
        '[2026-06-14 10:00:00] [a1] [warn ] [gin_logger.go:95] 429 | 1.204s | 127.0.0.1 | POST "/v1/messages"',
        '2026/06/14 10:00:00 Account 3: upstream error 429, retry 1/10 after 2s',
      ]),
      [],
    ));

  it('keys and account ids are masked', () => {
    const line = `openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Invalid key sk-kimi-${'a'.repeat(48)} of org-${'0f'.repeat(16)}'}}`;
    const [{ support, ...failure } = {}] = read([line]);
    const text = JSON.stringify(failure);
    assert.deepEqual(support, { organization: `org-${'0f'.repeat(16)}` });
    assert.ok(text.includes('Invalid key'));
    assert.ok(!/aaaa|0f0f/.test(text));
  });
});

describe('otherLogs: excerpts', () => {
  const excerpts: [file: string, statuses: (number | undefined)[]][] = [
    ['other/script.log', [429, 429, 429, 403]],
    ['other/litellm.log', [429, 429, undefined]],
  ];
  for (const [file, statuses] of excerpts)
    it(`${file}: each failure once; lines with an anchor are enough`, () => {
      const lines = fixtureLines(file);
      const failures = read(lines);
      assert.deepEqual(
        failures.map(({ status }) => status),
        statuses,
      );
      const some = lines.map(line =>
        otherLogs.failureAnchors.some(anchor => line.includes(anchor)) ? line : '',
      );
      assert.ok(some.includes(''));
      const at = new Set(read(some).map(({ text }) => text));
      assert.deepEqual(at, new Set(failures.map(({ text }) => text)));
      for (const { evidence } of failures) assert.ok(evidence.hasKimiWords);
    });
});

describe('otherLogs: repetitions', () => {
  const line = `openai.RateLimitError: Error code: 429 - {'error': {'message': '${RPM}', 'type': 'rate_limit_reached_error'}}`;
  const chain = 'The above exception was the direct cause of the following exception:';
  const trace = 'Traceback (most recent call last):';
  const raised = `litellm.exceptions.RateLimitError: litellm.RateLimitError: OpenAIException - ${RPM}`;
  const cases: [fact: string, lines: string[], count: number][] = [
    ['a chain of exceptions is one failure', [trace, line, '', chain, '', trace, raised], 1],
    [
      'a line with a time and its traceback are one failure',
      [
        `2026-06-14 10:00:00 ERROR gave up: ${raised}`,
        trace,
        '  File "a.py", line 429, in x',
        line,
        chain,
        raised,
      ],
      1,
    ],
    ['two runs of a script are two failures', [trace, line, trace, line], 2],
    ['each printed attempt is a failure', [line, 'waiting 1 s', line, line], 3],
    [
      'another time is another failure',
      [`2026-06-14 10:00:00 ${raised}`, trace, line, `2026-06-14 10:00:01 ${raised}`],
      2,
    ],
    [
      'equal lines of one second are separate failures',
      [`2026-06-14 10:00:00 ${raised}`, `2026-06-14 10:00:00 ${raised}`],
      2,
    ],
  ];
  for (const [fact, lines, count] of cases)
    it(fact, () => {
      const failures = read(lines);
      assert.equal(failures.length, count);
      assert.equal(new Set(failures.map(({ contentKey }) => contentKey)).size, count);
    });

  it('a traceback line has the time of the line before', () => {
    const [failure] = read(['2026-06-14 10:00:00 ERROR gave up', trace, line]);
    assert.equal(failure?.at, parseLocalTime('2026-06-14 10:00:00'));
  });

  it('an object of a rewritten file keeps its key', () => {
    const object = `{"errorMessage":"429 ${BALANCE}","timestamp":1781430000000}`;
    const keys = [read([object], 'json'), read([object], 'json')].map(([one]) => one?.contentKey);
    assert.ok(keys[0] !== undefined && keys[0] === keys[1]);
  });
});

describe('otherLogs: not a failure', () => {
  const lines = [
    '2026-06-14 10:00:00 INFO POST /v1/chat/completions 200 in 429ms',
    '{"level":"info","message":"429 passed","status":429}',
    '{"role":"user","content":"what does openai.RateLimitError: Error code: 429 mean?"}',
    '{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}',
    '{"usage":{"limit":"100","remaining":"16"},"error":null}',
    'When Kimi answers with rate_limit_reached_error we wait and try again.',
    '    if "rate_limit_reached_error" in str(error): retry()',
    'raise RateLimitError("slow down")',
    '{"error":',
    '{"kind":"event","agent":"kimi-code","status":429,"errorType":"rate_limit_reached_error","text":"x"}',
  ];
  for (const line of lines) it(line.slice(0, 90), () => assert.deepEqual(read([line]), []));

  it('lines of known agents’ logs are read without an exception', () => {
    for (const file of [
      'kimi-code/mention.wire.jsonl',
      'claude-code/print.jsonl',
      'aider/history.md',
    ])
      read(fixtureLines(file));
  });
});
