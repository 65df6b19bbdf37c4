import assert from 'node:assert/strict';
import { baseUrlOf, productOfKey } from '../../src/core/accounts/endpoint.ts';

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
