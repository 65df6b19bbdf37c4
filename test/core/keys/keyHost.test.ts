import assert from 'node:assert/strict';
import { productAt, settingsForHost } from '../../../src/core/accounts/foundKey.ts';
import type { Product } from '../../../src/core/accounts/endpoint.ts';

describe('productAt', () => {
  const cases: [baseUrl: string, key: string, product: Product][] = [
    ['https://api.kimi.com/coding/v1', 'sk-any', 'kimiCode'],
    ['https://api.kimi.ai', 'sk-any', 'kimiCode'],
    ['https://api.moonshot.cn/v1', 'sk-kimi-any', 'openPlatform'],
    ['https://relay.example/coding/v1/', 'sk-any', 'kimiCode'],
    ['https://relay.example/coding', 'sk-any', 'kimiCode'],
    ['https://relay.example/v1', 'sk-any', 'openPlatform'],
    ['https://relay.example/v1', 'sk-kimi-any', 'kimiCode'],
    ['https://relay.example/v1', 'any', 'kimiCode'],
    ['https://relay.example/?/coding/v1', 'sk-any', 'kimiCode'],
  ];
  for (const [baseUrl, key, product] of cases)
    it(`${key} at ${baseUrl} belongs to ${product}`, () =>
      assert.equal(productAt(baseUrl, key), product));
});

describe('settingsForHost', () => {
  const cases: [baseUrl: string, product: Product, settings: object][] = [
    ['https://api.kimi.ai/coding/v1', 'kimiCode', { baseUrl: '', region: 'kimi.ai' }],
    ['https://api.kimi.com/coding/', 'kimiCode', { baseUrl: '', region: 'kimi.com' }],
    ['https://relay.example/coding', 'kimiCode', { baseUrl: 'https://relay.example/coding' }],
    ['https://api.moonshot.ai/v1', 'openPlatform', { openPlatformBaseUrl: '' }],
    [
      'https://relay.example/v1',
      'openPlatform',
      { openPlatformBaseUrl: 'https://relay.example/v1' },
    ],
  ];
  for (const [baseUrl, product, settings] of cases)
    it(`leads to ${baseUrl}`, () => assert.deepEqual(settingsForHost(baseUrl, product), settings));
});
