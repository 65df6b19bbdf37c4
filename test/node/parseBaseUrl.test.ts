import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EndpointProblem, Product } from '../../src/core/accounts/endpoint.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { arbitraryText } from '../support/arbitraryText.ts';

function assertAsked(baseUrl: string, quotaUrl: string, product: Product = 'kimiCode'): void {
  const endpoint = parseBaseUrl(baseUrl, product);
  assert.ok(!('problem' in endpoint), JSON.stringify(endpoint));
  assert.equal(endpoint.quotaUrl, quotaUrl);
  assert.equal(endpoint.origin, new URL(quotaUrl).origin);
  assert.equal(endpoint.product, product);
}

function assertRefused(baseUrl: string, problem: EndpointProblem['problem']): void {
  for (const product of ['kimiCode', 'openPlatform'] as const)
    assert.deepEqual(parseBaseUrl(baseUrl, product), { problem });
}

const KIMI = 'https://api.kimi.com';

describe('parseBaseUrl: the path', () => {
  const code: [baseUrl: string, quotaUrl: string][] = [
    [KIMI, '/coding/v1/usages'],
    [`${KIMI}/`, '/coding/v1/usages'],
    [`${KIMI}/coding`, '/coding/v1/usages'],
    [`${KIMI}/coding/`, '/coding/v1/usages'],
    [`${KIMI}/coding/v1`, '/coding/v1/usages'],
    [`${KIMI}/coding/v1///`, '/coding/v1/usages'],
    [`${KIMI}/relay`, '/relay/coding/v1/usages'],
    [`${KIMI}/relay/coding`, '/relay/coding/v1/usages'],
    [`${KIMI}/v1`, '/v1/coding/v1/usages'],
    [`${KIMI}/a/../coding/./v1`, '/coding/v1/usages'],
    [`  ${KIMI}/coding/v1\n`, '/coding/v1/usages'],
  ];
  for (const [baseUrl, path] of code)
    it(`asks ${path} for ${JSON.stringify(baseUrl)}`, () => assertAsked(baseUrl, KIMI + path));

  const platform: [path: string, asked: string][] = [
    ['', '/v1/users/me/balance'],
    ['/v1', '/v1/users/me/balance'],
    ['/v1/', '/v1/users/me/balance'],
    ['/relay', '/relay/v1/users/me/balance'],
  ];
  for (const [path, asked] of platform)
    it(`asks ${asked} for the platform at ${path || 'the root'}`, () => {
      const origin = 'https://api.moonshot.ai';
      assertAsked(origin + path, origin + asked, 'openPlatform');
    });
});

describe('parseBaseUrl: the origin', () => {
  const cases: [baseUrl: string, origin: string][] = [
    ['https://API.KIMI.COM/coding/v1', KIMI],
    ['HTTPS://api.kimi.com:443', KIMI],
    ['https://api.kimi.com:8443', 'https://api.kimi.com:8443'],
    ['https://api.kimi.com:0443', KIMI],
    ['https://relay.example:65535', 'https://relay.example:65535'],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['https://例え.jp', 'https://xn--r8jz45g.jp'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://LOCALHOST', 'http://localhost'],
    ['http://127.0.0.1:58627', 'http://127.0.0.1:58627'],
    ['http://127.1', 'http://127.0.0.1'],
    ['http://127.255.255.254', 'http://127.255.255.254'],
    ['http://0x7f000001', 'http://127.0.0.1'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
  ];
  for (const [baseUrl, origin] of cases)
    it(`is ${origin} for ${baseUrl}`, () => assertAsked(baseUrl, `${origin}/coding/v1/usages`));
});

describe('parseBaseUrl: refused', () => {
  const cases: [problem: EndpointProblem['problem'], ...baseUrls: string[]][] = [
    [
      'notHttps',
      'http://api.kimi.com',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'http://localhost.',
      'http://[::2]',
      'http://0.0.0.0',
      'http://192.168.0.1',
      'http://evil.example#localhost',
    ],
    [
      'notAUrl',
      '',
      ' ',
      'api.kimi.com',
      'api.kimi.com:443/coding',
      'localhost:3000',
      '//api.kimi.com',
      'https://',
      'https://api.kimi.com:99999',
      'https://api kimi.com',
      'https://[::1',
      'ftp://api.kimi.com',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'ws://localhost',
    ],
    [
      'hasCredentials',
      'https://user@api.kimi.com',
      'https://user:password@api.kimi.com',
      'https://:password@api.kimi.com',
      'https://api.kimi.com:443@evil.example',
      'http://user@localhost',
    ],
    ['hasQuery', 'https://api.kimi.com?a=1', 'https://api.kimi.com/coding#x', 'http://[::1]/?k'],
  ];
  for (const [problem, ...baseUrls] of cases)
    for (const baseUrl of baseUrls)
      it(`${problem}: ${JSON.stringify(baseUrl)}`, () => assertRefused(baseUrl, problem));
});

describe('parseBaseUrl: whose host', () => {
  const cases: [baseUrl: string, isMoonshot: boolean][] = [
    ['https://api.kimi.com', true],
    ['https://api.kimi.ai/coding', true],
    ['https://api.moonshot.ai/v1', true],
    ['https://api.moonshot.cn/v1', true],
    ['https://kimi.com', true],
    ['https://evilkimi.com', false],
    ['https://api.kimi.com.evil.example', false],
    ['https://api.kimi.company', false],
    ['https://relay.example/api.kimi.com', false],
    ['http://localhost', false],
  ];
  for (const [baseUrl, isMoonshot] of cases)
    it(`${baseUrl} is ${isMoonshot ? '' : 'not '}Moonshot's`, () => {
      const endpoint = parseBaseUrl(baseUrl, 'kimiCode');
      assert.equal('problem' in endpoint || endpoint.isMoonshot, isMoonshot);
    });
});

describe('parseBaseUrl of any text', () => {
  it('never throws, and allows clear text for this machine only', () => {
    const escaped = arbitraryText().map(text => encodeURIComponent(Buffer.from(text).toString()));
    const url = fc
      .tuple(fc.constantFrom('http', 'https', 'ftp'), fc.webAuthority(), escaped, escaped)
      .map(([scheme, host, path, query]) => `${scheme}://${host}/${path}?${query}`);
    const property = fc.property(fc.oneof(arbitraryText(), url), text => {
      const endpoint = parseBaseUrl(text, 'kimiCode');
      if ('problem' in endpoint) return;
      assert.match(endpoint.quotaUrl, /^(?:https:|http:\/\/(?:localhost|127\.|\[::1\]))/);
      assert.ok(endpoint.quotaUrl.startsWith(`${endpoint.origin}/`));
    });
    fc.assert(property, { numRuns: 300 });
  });
});
