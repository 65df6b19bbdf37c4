import assert from 'node:assert/strict';
import {
  baseUrlOf,
  productOfKey,
  type Product,
  sourceOf,
} from '../../src/core/accounts/endpoint.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';

describe('baseUrlOf', () => {
  for (const [region, expected] of [
    ['kimi.com', 'https://api.kimi.com/coding/v1'],
    ['kimi.ai', 'https://api.kimi.ai/coding/v1'],
    ['moonshot.ai', 'https://api.moonshot.ai/v1'],
    ['moonshot.cn', 'https://api.moonshot.cn/v1'],
  ] as const)
    it(`is ${expected} for ${region}`, () => assert.equal(baseUrlOf(region), expected));
});

describe('productOfKey', () => {
  for (const [key, expected] of [
    ['sk-kimi-x', 'kimiCode'],
    ['sk-kimi', 'openPlatform'],
    ['sk-x', 'openPlatform'],
    ['SK-KIMI-x', undefined],
    ['eyJx', undefined],
    ['', undefined],
  ] as const)
    it(`is ${expected ?? 'unknown'} for "${key}"`, () => assert.equal(productOfKey(key), expected));
});

describe('sourceOf', () => {
  const rows: [baseUrl: string, product: Product, source: string][] = [
    ['https://api.kimi.com/coding/v1', 'kimiCode', 'https://api.kimi.com'],
    ['https://api.kimi.com/coding/', 'kimiCode', 'https://api.kimi.com'],
    ['https://api.moonshot.cn/v1', 'openPlatform', 'https://api.moonshot.cn'],
    ['https://relay.example', 'kimiCode', 'https://relay.example'],
    ['https://relay.example/a', 'kimiCode', 'https://relay.example/a'],
    ['https://relay.example/b/coding/v1', 'kimiCode', 'https://relay.example/b'],
    ['https://relay.example/a/v1', 'openPlatform', 'https://relay.example/a'],
    ['https://relay.example/coding', 'openPlatform', 'https://relay.example/coding'],
  ];
  for (const [baseUrl, product, source] of rows)
    it(`is ${source} for ${baseUrl} of ${product}`, () => {
      const endpoint = parseBaseUrl(baseUrl, product);
      assert.ok(!('problem' in endpoint));
      assert.equal(sourceOf(endpoint), source);
    });
});
