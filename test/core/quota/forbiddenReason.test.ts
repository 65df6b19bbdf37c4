import assert from 'node:assert/strict';
import { readForbidden } from '../../../src/core/quota/forbiddenReason.ts';
import type { ForbiddenReason } from '../../../src/core/quota/outcome.ts';
import {
  KIMI_CODE_ERRORS,
  type KimiCodeErrorName,
} from '../../support/kimiService/kimiCodeErrors.ts';

/** Every known text of a 402 or 403, and the sisters of the 429s that came as 403 too. */
const EXPECTED: Partial<Record<KimiCodeErrorName, ForbiddenReason>> = {
  concurrency: 'concurrency',
  billingCycle: 'quota',
  billingCycleBare: 'quota',
  period: 'quota',
  monthlyPool: 'quota',
  fiveHour: 'quota',
  weekly: 'quota',
  monthly: 'quota',
  creditBalance: 'quota',
  membership: 'membership',
  clientNotAccepted: 'clientNotAccepted',
  accountClosed: 'accountClosed',
};

function assertReason(body: string, expected: ForbiddenReason): void {
  assert.deepEqual(readForbidden(body), { kind: 'forbidden', reason: expected });
}

describe('readForbidden', () => {
  it('has an expectation for every known 402 and 403', () => {
    for (const [name, { status }] of Object.entries(KIMI_CODE_ERRORS))
      if ([402, 403].includes(status)) assert.ok(name in EXPECTED, name);
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    const { type, message } = KIMI_CODE_ERRORS[name as KimiCodeErrorName];
    it(`reads ${name} as ${expected}`, () => {
      assertReason(JSON.stringify({ error: { type, message } }), expected);
      assertReason(message.toUpperCase(), expected);
    });
  }

  const unknown: [fact: string, body: string][] = [
    ['an empty body', ''],
    ['a web page', '<html><title>403 Forbidden</title></html>'],
    ['only the type, which several causes share', '{"error":{"type":"access_terminated_error"}}'],
    ['a bad key', JSON.stringify(KIMI_CODE_ERRORS.keyInvalid)],
    ['words beyond the first 4 KB', `${' '.repeat(4096)}usage limit`],
  ];
  const detail = { type: 'common.error.v1.ErrorDetail' };
  const reason = 'REASON_FEATURE_NO_PERMISSION';
  const message = 'You do not have permission to use this feature. Please subscribe to access.';
  const value = Buffer.from(`\n\x1c${reason}\x12\x4b${message}`).toString('base64');
  const withoutPlan: [fact: string, body: string][] = [
    [
      'words',
      '{"error":{"type":"access_terminated_error","message":"Your current subscription does not have access to Kimi Code right now. Upgrade your plan to keep coding with Kimi Code: https://www.kimi.com/code/#pricing"}}',
    ],
    [
      'the reason of a Connect-RPC body',
      JSON.stringify({
        code: 'permission_denied',
        details: [{ ...detail, debug: { reason, localizedMessage: { locale: 'en-US', message } } }],
      }),
    ],
    [
      'a Connect-RPC body that has it only as base64',
      JSON.stringify({ code: 'permission_denied', details: [{ ...detail, value }] }),
    ],
  ];
  for (const [fact, body] of withoutPlan)
    it(`finds that there is no plan by ${fact}`, () =>
      assert.deepEqual(readForbidden(body), { kind: 'noPlan' }));

  for (const [fact, body] of unknown)
    it(`guesses nothing from ${fact}`, () => assertReason(body, 'unknown'));
});
