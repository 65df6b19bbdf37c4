import assert from 'node:assert/strict';
import { type TaskError, unwrapTaskError } from '../../../src/core/agents/taskMessages.ts';

/** From source: docs/agents.md 7.6, 7.7. */
const CASES: [fact: string, raw: string, expected: TaskError][] = [
  [
    'a status line and the SDK’s own',
    '429\nOpenAI completion error: 429 Slow down\n',
    { status: 429, text: 'Slow down' },
  ],
  ['only a status line', '503\nOverloaded\n', { status: 503, text: 'Overloaded' }],
  [
    'no status line, as with the Moonshot provider',
    'Too many\n<retry_timer>5</retry_timer>',
    { text: 'Too many', waitMs: 5000 },
  ],
  [
    'an older countdown',
    'Slow down\n\nRetry attempt 2\nRetrying in 10 seconds...',
    { text: 'Slow down', waitMs: 10_000 },
  ],
  [
    'an older countdown at its end',
    'Slow down\n\nRetry attempt 2\nRetrying now...',
    { text: 'Slow down' },
  ],
  [
    'a body after the status',
    '429 {"error":{"message":"Slow down","type":"rate_limit_reached_error"}}',
    { status: 429, text: 'Slow down', errorType: 'rate_limit_reached_error' },
  ],
  [
    'Cline’s error with the provider’s own',
    '{"message":"403 x","status":403,"request_id":"r","modelId":"kimi-k2.5","providerId":"moonshot","details":{"message":"Used up","type":"access_terminated_error"}}',
    {
      status: 403,
      text: 'Used up',
      errorType: 'access_terminated_error',
      model: 'kimi-k2.5',
      providerId: 'moonshot',
    },
  ],
  [
    'Cline’s error in two parts',
    '[MOONSHOT] 401 Invalid Authentication\n{"message":"401 Invalid Authentication","status":401,"providerId":"moonshot"}',
    { status: 401, text: 'Invalid Authentication', providerId: 'moonshot' },
  ],
  [
    'only Cline’s first part',
    '[OPENAI-COMPAT] 429 Slow',
    { status: 429, text: 'Slow', providerId: 'openai-compat' },
  ],
  [
    'an error that OpenRouter passes on',
    '"{\\"error\\":{\\"message\\":\\"Slow\\"}}"',
    { text: 'Slow', otherProvider: 'OpenRouter' },
  ],
  [
    'a proxy’s page',
    '502\n<html><title>502 Bad Gateway</title></html>',
    { status: 502, text: 'Bad Gateway' },
  ],
  ['nothing', '', { text: '' }],
];

describe('unwrapTaskError', () => {
  for (const [fact, raw, expected] of CASES)
    it(`reads ${fact}`, () => assert.deepEqual(unwrapTaskError(raw), expected));

  for (const raw of [
    'Rate limiting for 12 seconds...',
    'Unexpected API Response: The language model',
  ])
    it(`reads no failure from: ${raw}`, () => assert.equal(unwrapTaskError(raw), undefined));

  it('reads the longest and worst lines in linear time', () => {
    for (const raw of [
      '[A] '.repeat(20_000),
      `${'Aa '.repeat(20_000)}error: `,
      '\n{'.repeat(30_000),
    ])
      assert.equal(typeof unwrapTaskError(raw)?.text, 'string');
  });
});
