import assert from 'node:assert/strict';
import {
  isKimiModel,
  providerOfHost,
  providerOfId,
  type ProviderKind,
} from '../../../src/core/errors/providers.ts';

describe('providerOfHost', () => {
  const cases: [host: string, expected: ProviderKind][] = [
    ['api.kimi.com', 'kimi'],
    ['api.kimi.ai', 'kimi'],
    ['API.MOONSHOT.CN', 'open-platform'],
    ['api.moonshot.ai', 'open-platform'],
    ['kimi.com.evil.example', 'other'],
    ['notkimi.com', 'other'],
    ['openrouter.ai', 'other'],
    ['localhost', 'unknown'],
    ['127.0.0.1', 'unknown'],
    ['192.168.1.20', 'unknown'],
    ['72.62.156.215', 'other'],
  ];
  for (const [host, expected] of cases)
    it(`${host} is ${expected}`, () => assert.equal(providerOfHost(host), expected));
});

describe('providerOfId', () => {
  const cases: [id: string, expected: ProviderKind][] = [
    ['kimi-for-coding', 'kimi'],
    ['kimi-code/kimi-for-coding', 'kimi'],
    ['managed:kimi-code', 'kimi'],
    ['kimi-code-plan-cn', 'kimi'],
    ['kimi (own key)', 'kimi'],
    ['Moonshot AI', 'open-platform'],
    ['moonshotai-cn', 'open-platform'],
    ['managed:moonshot-ai', 'open-platform'],
    ['openai', 'protocol'],
    ['openai-compatible', 'protocol'],
    ['openrouter', 'other'],
    ['opencode-go', 'other'],
    ['api.deepseek.com', 'other'],
    ['my-own-name', 'unknown'],
    ['', 'unknown'],
  ];
  for (const [id, expected] of cases)
    it(`"${id}" is ${expected}`, () => assert.equal(providerOfId(id), expected));
});

describe('isKimiModel', () => {
  for (const model of ['kimi-k2', 'moonshotai/kimi-k2.6', 'k2p7', 'k3', 'moonshot-v1-8k'])
    it(`knows ${model}`, () => assert.equal(isKimiModel(model), true));
  for (const model of ['gpt-5', 'claude-sonnet-4', 'deepseek-v4-pro', ''])
    it(`does not take "${model}" for Kimi's`, () => assert.equal(isKimiModel(model), false));
});
