import assert from 'node:assert/strict';
import { classify } from '../../../src/core/errors/classify.ts';

const BODY =
  '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}';

/** Kimi's own bodies have `error`; `errorMessage` is a proxy's, however an agent has wrapped it. */
describe('classify: the gateway of an errorMessage body', () => {
  for (const [title, text] of [
    ['bare', BODY],
    ['after a status', `429 ${BODY}`],
    ['after words of Claude Code', `API Error: Request rejected (429) · ${BODY}`],
    ['within a body', `429 ${JSON.stringify({ error: { message: BODY } })}`],
  ] as const)
    it(`is found ${title}`, () => {
      const { category, fields } = classify(text);
      assert.deepEqual([category, fields.gateway], ['balance', 'errorMessage proxy']);
    });

  for (const [title, text] of [
    [
      'a line of Kimi Code’s log',
      'WARN  llm request failed  turnStep=0.2 errorName=APIProviderQuotaExhaustedError errorMessage="429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details" statusCode=429',
    ],
    [
      'a record of its wire',
      '{"type":"turn.step.retrying","errorName":"APIProviderQuotaExhaustedError","errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details","statusCode":429}',
    ],
  ] as const)
    it(`is none in ${title}`, () => {
      const { category, fields } = classify(text);
      assert.deepEqual([category, fields.gateway], ['balance', undefined]);
    });
});
