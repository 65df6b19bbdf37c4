import assert from 'node:assert/strict';
import fc from 'fast-check';
import { unwrapError, type ErrorText } from '../../../src/core/agents/agentError.ts';

describe('unwrapError', () => {
  const cases: [raw: string, expected: ErrorText][] = [
    ['429 Slow down', { status: 429, text: 'Slow down' }],
    [
      '429 429 {"error":{"type":"t","message":"m"},"type":"error"}',
      { status: 429, text: 'm', errorType: 't' },
    ],
    ['403 403 No', { status: 403, text: 'No' }],
    ['Error: Slow down', { text: 'Slow down' }],
    ['[provider.auth_error] 403 No', { status: 403, text: 'No' }],
    ['provider.rate_limit: 429 No', { status: 429, text: 'No' }],
    ['API Error: Request rejected (429) · No', { status: 429, text: 'No' }],
    ['Failed to authenticate. API Error: 403 No', { status: 403, text: 'No' }],
    ['Please run /login · API Error: 403 No', { status: 403, text: 'No' }],
    [
      'API Error (429 {"error":{"message":"m","type":"t"}}) · Retrying in 1 seconds… (attempt 1/10)',
      { status: 429, text: 'm', errorType: 't' },
    ],
    ['{"code":5,"error":"url.not_found"}', { text: 'url.not_found' }],
    ['{"error":{"error":{"error":{"message":"m"}}}}', { text: 'm' }],
    [
      '429 {"error":{"type":"t","message":"cut \\"here',
      { status: 429, text: 'cut "here', errorType: 't' },
    ],
    ['502 <html><title>502 Bad Gateway</title>', { status: 502, text: 'Bad Gateway' }],
    ['terminated', { text: 'terminated' }],
    ['404 "url.not_found"', { status: 404, text: '"url.not_found"' }],
    ['429', { text: '429' }],
    ['', { text: '' }],
    ['142912 tokens', { text: '142912 tokens' }],
    ['{"no":"words"}', { text: '{"no":"words"}' }],
  ];
  for (const [raw, expected] of cases)
    it(raw === '' ? 'nothing' : raw.slice(0, 90), () =>
      assert.deepEqual(unwrapError(raw), expected),
    );

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map(json => `429 ${json}`),
        ),
        raw => {
          assert.equal(typeof unwrapError(raw).text, 'string');
        },
      ),
      { numRuns: 5000 },
    );
  });
});
