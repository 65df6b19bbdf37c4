import assert from 'node:assert/strict';
import { meaningOf } from '../../../src/core/agents/eventReport.ts';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import type { Category } from '../../../src/core/errors/category.ts';

type Said = Pick<RequestFailed, 'text' | 'status' | 'errorType'>;

const failure = ({ text, ...said }: Partial<Said>): RequestFailed => ({
  kind: 'requestFailed',
  at: 0,
  agent: 'opencode',
  session: 's',
  evidence: { providerId: 'kimi-for-coding' },
  contentKey: 'k',
  text: text ?? '',
  ...said,
});

const K3 =
  'Your current plan supports only k3 up to 256K context. 1M context is available on higher-tier Kimi Code plans. Upgrade: https://www.kimi.com/code?from=server_k3_error#pricing';

/** What an agent keeps of a failure, often without a status and a type. */
describe('meaningOf', () => {
  const cases: [fact: string, said: Partial<Said>, category: Category, confidence: string][] = [
    ['a sentence that nobody knows', { text: 'The moon is in the wrong phase.' }, 'unknown', 'low'],
    ['the same with a type', { text: 'No.', errorType: 'permission_error' }, 'permission', 'low'],
    ['the same with a status', { text: 'No.', status: 429 }, 'rate_limited_ambiguous', 'low'],
    ['the same with a status of nothing', { text: 'No.', status: 418 }, 'unknown', 'low'],
    ['a socket that broke', { text: 'connect ECONNREFUSED 10.0.0.1:443' }, 'network', 'high'],
    ['a request that was not sent', { text: 'error sending request' }, 'network', 'medium'],
    ['a timeout of the client', { text: 'Request timed out.' }, 'network', 'medium'],
    ['the K3 sentence', { text: K3 }, 'entitlement', 'high'],
    ['a limit of the docs', { text: 'Organization-level TPD limit reached' }, 'tpd', 'high'],
    [
      'a request of the wrong shape',
      { text: 'invalid temperature: only 1 is allowed for this model' },
      'bad_request',
      'high',
    ],
  ];
  for (const [fact, said, category, confidence] of cases)
    it(`of ${fact} is ${category}`, () => {
      const meaning = meaningOf(failure(said), 'kimi-code');
      assert.deepEqual([meaning?.category, meaning?.confidence], [category, confidence]);
    });

  it('tells what the plan lacks', () => {
    assert.equal(meaningOf(failure({ text: K3 }), 'kimi-code')?.fields.lacks, 'context');
  });

  it('is nothing where a program only paces itself, or kept nothing', () => {
    const text = 'tower concurrency budget exhausted (4/4 agents running).';
    assert.equal(meaningOf(failure({ text }), 'kimi-code'), null);
    assert.equal(meaningOf(failure({}), 'kimi-code'), null);
  });
});
