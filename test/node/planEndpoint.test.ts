import assert from 'node:assert/strict';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { QuotaEndpoint } from '../../src/node/quotaEndpoint.ts';
import { type HostileServer, reply, startHostileServer } from '../support/hostile/hostileServer.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

/** The client of a base URL, as the settings give it. */
function clientAt(baseUrl: string, product: 'kimiCode' | 'openPlatform' = 'kimiCode') {
  const endpoint = parseBaseUrl(baseUrl, product);
  assert.ok('origin' in endpoint);
  const userAgent = 'kimi-quota/0.0.0 (test)';
  const options = { headersTimeoutMs: 300, totalTimeoutMs: 500, now: Date.now };
  return new QuotaEndpoint({ endpoint, fetch, userAgent, ...options });
}

describe('QuotaEndpoint: the plan', () => {
  let kimi: KimiService;
  beforeEach(async () => {
    kimi = await startKimiService({ account: { planName: 'Vivace', goodsVersion: 2 } });
  });
  afterEach(() => kimi.close());

  it('is asked for together with /usages, and nothing about the person comes with it', async () => {
    const plan = await clientAt(kimi.baseUrl).readPlan(kimi.key);
    assert.deepEqual(plan, {
      levelName: 'Vivace',
      status: 'USER_STATUS_NORMAL',
      region: 'REGION_OVERSEA',
      goodsVersion: 2,
      contextTokens: {
        k3: 1_048_576,
        'k3-256k': 262_144,
        'kimi-for-coding': 262_144,
        'kimi-for-coding-highspeed': 262_144,
      },
    });
    assert.deepEqual(
      kimi.requests.map(({ method, path, headers }) => [method, path, headers['user-agent']]),
      ['/coding/v1/me', '/coding/v1/models'].map(path => ['GET', path, 'kimi-quota/0.0.0 (test)']),
    );
  });

  it('is none for a key that is refused', async () =>
    assert.equal(await clientAt(kimi.baseUrl).readPlan('sk-kimi-wrong'), undefined));

  it('is the limits of an open platform account, without its ids', async () => {
    assert.deepEqual(await clientAt(`${kimi.url}/v1`, 'openPlatform').readPlan(kimi.platformKey), {
      limits: { concurrency: 50, rpm: 200, tpm: 2_000_000, tier: 1 },
    });
    assert.deepEqual(
      kimi.requests.map(({ method, path }) => [method, path]),
      [['GET', '/v1/users/me']],
    );
  });

  it('is none for an open platform key that is refused', async () =>
    assert.equal(await clientAt(`${kimi.url}/v1`, 'openPlatform').readPlan('sk-x'), undefined));
});

describe('QuotaEndpoint: the plan, from a host without one', () => {
  let server: HostileServer;
  beforeEach(async () => {
    server = await startHostileServer(reply(''));
  });
  afterEach(() => server.close());

  const answers: [fact: string, handler: HostileServer['handler']][] = [
    ['an empty answer', reply('')],
    ['a web page', reply('<html>log in</html>')],
    ['a list', reply('[]')],
    ['300 KB', reply(`"${'x'.repeat(300_000)}"`)],
    ['no answer in time', () => {}],
    ['a cut', (_, response) => response.destroy()],
    ['a redirect', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['a 404', (_, response) => response.writeHead(404).end('{"user_level_name":"Pro"}')],
    ['a 500', (_, response) => response.writeHead(500).end('{"user_level_name":"Pro"}')],
  ];
  for (const [fact, handler] of answers)
    it(`is none after ${fact}`, async () => {
      server.handler = handler;
      assert.equal(await clientAt(`${server.origin}/coding/v1`).readPlan('sk-kimi-x'), undefined);
    });

  const organization = (fields: string) =>
    reply(`{"data":{"organization":{${fields}},"user_group_id":"canary"}}`);
  const platform: [fact: string, handler: HostileServer['handler'], limits?: object][] = [
    ...answers,
    ['an answer without an organization', reply('{"data":{}}')],
    [
      'limits of 0 and of words',
      organization('"max_concurrency":0,"max_request_per_minute":"many"'),
    ],
    [
      'a limit as a text',
      organization('"max_concurrency":"3","id":"org-canary"'),
      { concurrency: 3 },
    ],
  ];
  for (const [fact, handler, limits] of platform)
    it(`is ${limits ? 'the limit' : 'none'} of an open platform account after ${fact}`, async () => {
      server.handler = handler;
      const plan = await clientAt(`${server.origin}/v1`, 'openPlatform').readPlan('sk-x');
      assert.deepEqual(plan, limits && { limits });
    });
});
