import assert from 'node:assert/strict';

import { assertRefused, complete, type CompletionPath } from '../support/kimiService/askKimi.ts';
import { KIMI_CODE_ERRORS } from '../support/kimiService/kimiCodeErrors.ts';
import { PLATFORM_ERRORS } from '../support/kimiService/platformErrors.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';

describe('kimiService refusals', () => {
  let service: KimiService;

  beforeEach(async () => {
    service = await startKimiService();
  });
  afterEach(() => service.close());

  const long = [{ role: 'user', content: 'x'.repeat(1_100_000) }];
  const longer = [{ role: 'user', content: 'x'.repeat(2_100_000) }];
  const terminated = 'access_terminated_error';
  const overloaded = 'engine is currently overloaded';
  type Setup = (service: KimiService) => unknown;
  const nothing: Setup = () => undefined;
  const cases: [string, CompletionPath, Setup, object, number, string, string][] = [
    [
      'a model nobody knows',
      'openai',
      nothing,
      { model: 'gpt' },
      401,
      'invalid_authentication_error',
      'recognized as other:gpt',
    ],
    [
      'a model of a higher plan',
      'anthropic',
      ({ account }) => (account.level = 'LEVEL_FREE'),
      { model: 'k3' },
      401,
      'authentication_error',
      'access to k3. Upgrade to an Moderato plan',
    ],
    [
      'highspeed on a low plan',
      'openai',
      ({ account }) => (account.level = 'LEVEL_BASIC'),
      { model: 'kimi-for-coding-highspeed' },
      401,
      'invalid_authentication_error',
      'kimi-for-coding-highspeed',
    ],
    [
      'k3 beyond 256K on a middle plan',
      'openai',
      nothing,
      { model: 'k3', messages: long },
      401,
      'invalid_authentication_error',
      'only kimi-k3 up to 256K',
    ],
    [
      'a prompt beyond the context',
      'openai',
      nothing,
      { messages: long },
      400,
      'invalid_request_error',
      'model token limit: 262144',
    ],
    [
      'a body beyond 2 MiB',
      'openai',
      nothing,
      { messages: longer },
      400,
      'invalid_request_error',
      'exceeds limit 2097152',
    ],
    [
      'no messages',
      'anthropic',
      nothing,
      { messages: 1 },
      400,
      'invalid_request_error',
      'Invalid request body',
    ],
    [
      'a lapsed membership',
      'openai',
      ({ account }) => (account.membership = 'lapsed'),
      {},
      402,
      terminated,
      'membership benefits',
    ],
    [
      'a closed account',
      'anthropic',
      ({ account }) => (account.isClosed = true),
      {},
      403,
      'permission_error',
      'Access terminated.',
    ],
    [
      'a client off the list',
      'openai',
      ({ behaviour }) => (behaviour.acceptedClients = ['KimiCLI/']),
      {},
      403,
      terminated,
      'only available for Coding Agents',
    ],
    [
      'the stock Anthropic SDK',
      'anthropic',
      ({ behaviour }) => (behaviour.refusesStockAnthropicSdk = true),
      {},
      429,
      'rate_limit_error',
      overloaded,
    ],
    [
      'overload',
      'openai',
      ({ behaviour }) => (behaviour.overloaded = 'always'),
      {},
      429,
      'engine_overloaded_error',
      overloaded,
    ],
    [
      'effort "max"',
      'openai',
      ({ behaviour }) => (behaviour.overloaded = 'atMaxEffort'),
      { reasoning_effort: 'max' },
      429,
      'engine_overloaded_error',
      overloaded,
    ],
    [
      'a failure on demand',
      'openai',
      ({ behaviour }) => behaviour.failures.push('creditBalance'),
      {},
      403,
      terminated,
      'credit balance is insufficient',
    ],
    [
      'a Kimi Code model on the platform',
      'platform',
      nothing,
      { model: 'kimi-for-coding' },
      404,
      'resource_not_found_error',
      'Not found the model kimi-for-coding or Permission denied',
    ],
    [
      'a platform prompt too long',
      'platform',
      nothing,
      { messages: long },
      400,
      'invalid_request_error',
      'model token limit : 262144',
    ],
    [
      'out of credit',
      'platform',
      ({ account }) => (account.platform.cashBalance = -50),
      {},
      429,
      'exceeded_current_quota_error',
      '<ak-0c0ffee2> is suspended due to insufficient balance',
    ],
    [
      'platform overload',
      'platform',
      ({ behaviour }) => (behaviour.overloaded = 'always'),
      {},
      429,
      'engine_overloaded_error',
      overloaded,
    ],
  ];
  for (const [cause, path, setUp, fields, status, type, words] of cases)
    it(`answers ${cause} with ${status} ${type}`, async () => {
      setUp(service);
      const answer = await complete(service, path, fields, { 'user-agent': 'Anthropic/JS 0.60' });
      assertRefused(answer, status, type, words);
    });

  const onDemand = [
    ['openai', KIMI_CODE_ERRORS, 'failures'],
    ['anthropic', KIMI_CODE_ERRORS, 'failures'],
    ['platform', PLATFORM_ERRORS, 'platformFailures'],
  ] as const;
  for (const [path, errors, list] of onDemand)
    it(`answers on ${path} with each of Kimi's errors on demand, every place filled in`, async () => {
      const names = Object.keys(errors);
      Object.assign(service.behaviour, { [list]: [...names] });
      for (const [name, { status }] of Object.entries(errors)) {
        const answer = await complete(service, path);
        assert.equal(answer.status, status, name);
        assert.doesNotMatch(answer.text, /\{\w+\}/, name);
      }
      assert.equal((await complete(service, path)).status, 200);
    });
});
