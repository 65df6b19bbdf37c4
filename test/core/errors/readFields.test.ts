import assert from 'node:assert/strict';
import type { ErrorFields } from '../../../src/core/errors/category.ts';
import { classify } from '../../../src/core/errors/classify.ts';

const ORGANIZATION = 'org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f';
const PROJECT = 'proj-a418892b55d04bbb929766740804aa41';
const KEY = 'ak-f8m2q7w1rtyu111abcd1';

function assertFields(text: string, expected: ErrorFields): void {
  assert.deepEqual(classify(text).fields, expected);
}

describe('readFields', () => {
  const cases: [fact: string, text: string, expected: ErrorFields][] = [
    [
      'reads what was reached, the limit and the scope, and masks the ids',
      `429 Your account ${ORGANIZATION} / ${PROJECT} <${KEY}> request reached organization TPD rate limit, current: 1507272, limit: 1500000`,
      {
        status: 429,
        current: 1507272,
        limit: 1500000,
        scope: 'organization',
        organization: 'org-…5e6f',
        project: 'proj-…aa41',
        key: 'ak-…bcd1',
      },
    ],
    [
      'reads numbers without spaces and a project as scope',
      'request reached project TPM rate limit, current:1410,limit:100, see the console',
      { current: 1410, limit: 100, scope: 'project' },
    ],
    [
      'reads how long to wait, broken over lines',
      'request reached max organization concurrency: 1, please try\n    again after 0 seconds',
      { limit: 1, retryAfterSeconds: 0, scope: 'organization' },
    ],
    [
      'reads the type of a Python dict',
      "Error code: 429 - {'error': {'message': 'request reached organization max RPM: 20, please try again after 1.5 seconds', 'type': 'rate_limit_reached_error'}}",
      {
        status: 429,
        type: 'rate_limit_reached_error',
        limit: 20,
        retryAfterSeconds: 1.5,
        scope: 'organization',
      },
    ],
    [
      'reads a wait with units',
      '429 Individual quota reached. Resets in 2h14m32s.',
      { status: 429, retryAfterSeconds: 8072 },
    ],
    [
      'reads a wait in minutes',
      '429 5-hour window exhausted. Try again in 1 h 12 min.',
      { status: 429, retryAfterSeconds: 4320 },
    ],
    [
      'reads a wait in Chinese',
      '429 请求过于频繁，请 30 秒后重试',
      { status: 429, retryAfterSeconds: 30 },
    ],
    [
      'names the gateway and whose account it is',
      '{"error":{"message":"Provider returned error","code":429}}',
      { status: 429, gateway: 'OpenRouter', provider: 'OpenRouter' },
    ],
    [
      'names a gateway that only passes on',
      "Access forbidden (403): You've reached your concurrent request limit.",
      { status: 403, gateway: 'sub2api' },
    ],
  ];
  for (const [fact, text, expected] of cases) it(fact, () => assertFields(text, expected));

  it('shows no id whole', () => {
    const text = `Your account ${ORGANIZATION}<${KEY}> request reached organization max RPM: 3`;
    const shown = JSON.stringify(classify(text));
    for (const id of [ORGANIZATION, KEY]) assert.ok(!shown.includes(id));
  });
});
