import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { failed, readAs } from '../../support/agentLogs.ts';

const readMain = (...lines: string[]) =>
  readAs(claudeCode, '/h/.claude/projects/-a/s1.jsonl', lines);

type Case = [text: string, status: number | undefined, type: string | undefined, provider: string];

function assertSaid(line: string, [text, status, errorType, provider]: Case): void {
  const [failure, ...others] = failed(readMain(line));
  assert.ok(failure && others.length === 0);
  assert.deepEqual(
    [failure.text, failure.status, failure.errorType, attribute(failure).provider],
    [text, status, errorType, provider],
  );
}

/** From docs/agents.md 7.3.5: secondary sources, not observed. */
describe('claudeCode: records of older versions', () => {
  const at = '"timestamp":"2026-03-04T11:00:09.000Z","sessionId":"s1","version":"2.1.200"';
  const apiError = (error: string) =>
    `{"type":"system","subtype":"api_error",${at},"retryInMs":1000,"retryAttempt":1,"uuid":"u1","error":${error}}`;
  const final = (text: string, fields = '') =>
    `{"type":"assistant",${at},"uuid":"u2","isApiErrorMessage":true${fields},"message":{"model":"<synthetic>","content":[{"type":"text","text":${JSON.stringify(text)}}]}}`;
  const body = '{"error":{"type":"rate_limit_reached_error","message":"Slow down"}}';
  const lines: [fact: string, line: string, expected: Case][] = [
    [
      'a body in an object in an object',
      apiError(`{"status":429,"error":{"error":${body},"type":"error"}}`),
      ['Slow down', 429, 'rate_limit_reached_error', 'open-platform'],
    ],
    [
      'a socket error that names its URL',
      apiError('{"cause":{"code":"ECONNRESET","path":"https://api.kimi.com/coding/v1/messages"}}'),
      ['ECONNRESET', undefined, undefined, 'kimi-code'],
    ],
    [
      "Kimi's headers",
      apiError('{"status":429,"message":"429 Slow","headers":{"msh-request-id":"x"}}'),
      ['Slow', 429, undefined, 'open-platform'],
    ],
    [
      'an Anthropic id',
      apiError('{"status":429,"message":"429 Slow","requestID":"req_011Cabc"}'),
      ['Slow', 429, undefined, 'other'],
    ],
    [
      'a banner with the body in it',
      final(`API Error (429 ${body}) · Retrying in 1 seconds… (attempt 1/10)`),
      ['Slow down', 429, 'rate_limit_reached_error', 'open-platform'],
    ],
    [
      'a body after the status',
      final(
        'Failed to authenticate. API Error: 403 {"error":{"type":"permission_error","message":"No"}}',
      ),
      ['No', 403, 'permission_error', 'unknown'],
    ],
    [
      'an Anthropic limit',
      final(
        "You've hit your session limit · resets 6pm (America/Los_Angeles)",
        ',"apiErrorStatus":429',
      ),
      ["You've hit your session limit · resets 6pm (America/Los_Angeles)", 429, undefined, 'other'],
    ],
    [
      'a null status',
      final('API Error: 402 Pay', ',"apiErrorStatus":null'),
      ['Pay', 402, undefined, 'unknown'],
    ],
  ];
  for (const [fact, line, expected] of lines) it(fact, () => assertSaid(line, expected));
});
