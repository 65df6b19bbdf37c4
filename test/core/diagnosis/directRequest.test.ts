import assert from 'node:assert/strict';
import { readDirectAnswer } from '../../../src/core/diagnosis/directRequest.ts';
import { AI, ORG_A, raw } from '../../support/directAnswers.ts';
import { NOW } from '../../support/quotaViews.ts';

describe('the direct request: what is read of an answer', () => {
  it('keeps request id, organization, Retry-After and rate-limit headers, and nothing else', () => {
    const answer = readDirectAnswer({
      status: 429,
      body: JSON.stringify({ error: { type: 'rate_limit_reached_error', message: 'x' } }),
      headers: {
        'msh-request-id': '0123456789abcdef0123',
        'msh-org-id': ORG_A,
        'retry-after': '1152',
        'x-ratelimit-remaining-requests': '7',
        'set-cookie': 'session=secret',
        'msh-uid': 'someone',
      },
      origin: AI,
      now: NOW,
    });
    const { classification, ...rest } = answer.kind === 'refused' ? answer : assert.fail();
    assert.equal(classification.fields.type, 'rate_limit_reached_error');
    assert.deepEqual(rest, {
      kind: 'refused',
      status: 429,
      form: 'kimi',
      text: '{"error":{"type":"rate_limit_reached_error","message":"x"}}',
      support: { requests: ['0123456789abcdef0123'], organization: ORG_A },
      retryAfterSeconds: 1152,
      rateLimits: [{ name: 'x-ratelimit-remaining-requests', value: 7 }],
    });
  });

  it('redacts a key that the answer repeats', () => {
    const key = `sk-kimi-${'A1b2'.repeat(12)}`;
    const answer = raw(401, { error: { message: `Incorrect API key ${key}` } });
    assert.ok(answer.kind === 'refused' && !JSON.stringify(answer).includes(key.slice(-20)));
  });
});
