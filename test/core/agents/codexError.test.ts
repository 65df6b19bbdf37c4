import assert from 'node:assert/strict';
import { codex } from '../../../src/core/agents/codex/codex.ts';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import { failed, readAs } from '../../support/agentLogs.ts';

const ROLLOUT = '/h/.codex/sessions/2026/11/21/rollout-2026-11-21T21-56-28-t1.jsonl';
const readRollout = (...lines: string[]) => readAs(codex, ROLLOUT, lines);

const complete = (error: object, fields: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-21T21:56:36.231Z',
    ordinal: 16,
    type: 'event_msg',
    payload: { type: 'task_complete', turn_id: 't1', error, duration_ms: 400, ...fields },
  });

describe('codex: messages that were not recorded (from source)', () => {
  const failuresOf = (message: string, codex_error_info: unknown = 'other') =>
    failed(readRollout(complete({ message, codex_error_info })));
  const cases: [message: string, info: unknown, expected: Partial<RequestFailed>][] = [
    [
      "We're currently experiencing high demand, which may cause temporary errors.",
      'internal_server_error',
      { text: '', status: 500 },
    ],
    [
      'Selected model is at capacity. Please try a different model.',
      'server_overloaded',
      { text: '', status: 503 },
    ],
    [
      "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
      'context_window_exceeded',
      { text: '', errorType: 'context_length_exceeded' },
    ],
    [
      'unexpected status 529 <unknown status code>: Overloaded, url: http://127.0.0.1:4000/v1/responses, request id: a1',
      'other',
      { text: 'Overloaded', status: 529, evidence: { host: '127.0.0.1:4000' } },
    ],
    [
      'unexpected status 502 Bad Gateway: <html><title>502 Bad Gateway</title></html>, url: https://api.moonshot.ai/v1/responses, cf-ray: 1-FRA, request id: a1',
      'other',
      { text: 'Bad Gateway', status: 502, evidence: { host: 'api.moonshot.ai' } },
    ],
    [
      'unexpected status 403 Forbidden: Unknown error, url: https://api.moonshot.ai/v1/responses',
      'other',
      { text: '', status: 403 },
    ],
    [
      'unexpected status 402 Payment Required: a, b, c: d',
      'other',
      { text: 'a, b, c: d', status: 402 },
    ],
    [
      'stream disconnected before completion: The engine is currently overloaded, please try again later',
      { response_stream_disconnected: { http_status_code: null } },
      { text: 'The engine is currently overloaded, please try again later' },
    ],
    [
      "You've hit your usage limit. Try again at 3:05 PM.",
      'usage_limit_exceeded',
      { status: 429, evidence: { otherProvider: 'OpenAI' } },
    ],
  ];
  for (const [message, info, expected] of cases)
    it(message.slice(0, 90), () => {
      const [failure, ...others] = failuresOf(message, info);
      assert.ok(failure && others.length === 0);
      const found = Object.keys(expected).map(key => [key, failure[key as keyof RequestFailed]]);
      assert.deepEqual(Object.fromEntries(found), expected);
    });

  const none: [message: string, info: unknown][] = [
    ['Missing environment variable: `MOONSHOT_API_KEY`.', 'other'],
    ['sandbox error: Landlock was not able to fully enforce all sandbox rules', 'sandbox_error'],
    ['Your access token could not be refreshed.', 'unauthorized'],
    ['agent thread limit reached', 'bad_request'],
  ];
  for (const [message, info] of none)
    it(`no request failed: ${message}`, () => assert.deepEqual(failuresOf(message, info), []));

  const timed: [fact: string, message: string, durationMs: number, attempts: number | undefined][] =
    [
      [
        'an immediate rejection is one attempt',
        'unexpected status 403 Forbidden: x',
        900,
        undefined,
      ],
      ['a server error after seven seconds is six attempts', 'unexpected status 500 E: x', 7000, 6],
      [
        'a server error after half a minute is thirty attempts',
        'unexpected status 500 E: x',
        30_000,
        30,
      ],
      [
        'a broken stream is not retried before',
        'stream disconnected before completion: eof',
        60_000,
        6,
      ],
      [
        'a 429 is one attempt, however long it took',
        'exceeded retry limit, last status: 429 Too Many Requests',
        60_000,
        undefined,
      ],
    ];
  for (const [fact, message, durationMs, attempts] of timed)
    it(fact, () => {
      const before =
        '{"timestamp":"2026-11-21T21:50:00.000Z","type":"event_msg","payload":{"type":"token_count"}}';
      const line = complete({ message, codex_error_info: 'other' }, { duration_ms: durationMs });
      assert.equal(failed(readRollout(before, line))[0]?.attemptCount, attempts);
    });
});
