import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { hostOf, regionOfApi } from '../../../src/core/base/kimiHosts.ts';
import {
  isKimiModel,
  isKimiModelName,
  isOwnName,
  productOfModel,
  type ProviderKind,
  providerOfHost,
  providerOfId,
} from '../../../src/core/base/providers.ts';
import { classify } from '../../../src/core/errors/classify.ts';

const HOSTS: [host: string, expected: ProviderKind][] = [
  ['api.kimi.com', 'kimi-code'],
  ['api.kimi.ai', 'kimi-code'],
  ['www.kimi.com', 'kimi-code'],
  ['kimi.com', 'kimi-code'],
  ['api.kimi.com.', 'kimi-code'],
  ['api.kimi.com:8443', 'kimi-code'],
  ['API.MOONSHOT.CN', 'open-platform'],
  ['api.moonshot.ai', 'open-platform'],
  ['gateway.moonshot.cn', 'open-platform'],
  ['platform.moonshot.ai', 'open-platform'],
  ['platform.kimi.com', 'open-platform'],
  ['kimi.com.evil.example', 'other'],
  ['notkimi.com', 'other'],
  ['api.kimi.com:80.evil.example', 'other'],
  ['openrouter.ai', 'other'],
  ['72.62.156.215', 'other'],
  ['127.0.0.1.evil.example', 'other'],
  ['localhost', 'unknown'],
  ['localhost:4000', 'unknown'],
  ['127.0.0.1', 'unknown'],
  ['192.168.1.20', 'unknown'],
  ['169.254.1.1', 'unknown'],
  ['[::1]:3000', 'unknown'],
  ['[fd00::1]', 'unknown'],
  ['foo.internal', 'unknown'],
  ['host.docker.internal', 'unknown'],
  ['box.localhost', 'unknown'],
  ['box.local', 'unknown'],
  ['myhost', 'unknown'],
];

describe('providerOfHost', () => {
  for (const [host, expected] of HOSTS)
    it(`${host} is ${expected}`, () => assert.equal(providerOfHost(host), expected));
});

describe('providerOfId', () => {
  const cases: [expected: ProviderKind, ...ids: string[]][] = [
    [
      'kimi-code',
      ...['kimi', 'kimi-cli', 'kimi-coding', 'kimi-for-coding', 'kimi-code/kimi-for-coding'],
      ...['managed:kimi-code', 'kimi-code-plan-cn', 'kimi-code-plan-global', 'kimi (own key)'],
      ...['kimi_code', 'Kimi'],
    ],
    [
      'open-platform',
      ...['moonshot', 'Moonshot AI', 'moonshotai-cn', 'moonshot-ai', 'managed:moonshot-ai'],
    ],
    ['protocol', 'openai', 'openai-compatible', 'openai_native', 'anthropic', 'firstParty'],
    [
      'other',
      ...['openrouter', 'openrouter/kimi-k2', 'opencode-go', 'api.deepseek.com', 'minimax'],
      ...['perplexity', 'cohere', 'qwen', 'zhipu', 'copilot', 'vercel', 'kilo', 'google-vertex'],
      ...['bedrock', 'vertexai', 'together-ai', 'nvidia_nim'],
    ],
    ['unknown', 'my-own-name', '', 'litellm', 'constructor', '__proto__', 'my.own'],
  ];
  for (const [expected, ...ids] of cases)
    for (const id of ids)
      it(`"${id}" is ${expected}`, () => assert.equal(providerOfId(id), expected));
});

describe('isOwnName', () => {
  const cases: [expected: boolean, ...ids: string[]][] = [
    [true, 'mine', 'mine/kimi-k2', 'kimi'],
    [false, 'openrouter', 'openai', 'custom', 'litellm', 'proxy', 'default', 'kimi-for-coding'],
    [false, 'minimax', 'qwen', 'zhipu', 'copilot', 'vercel', 'kimi-cli'],
  ];
  for (const [expected, ...ids] of cases)
    for (const id of ids) it(`"${id}": ${expected}`, () => assert.equal(isOwnName(id), expected));
});

describe('hosts in logs and in texts are attributed the same way', () => {
  for (const [host, kind] of HOSTS)
    it(host, () => {
      const { provider } = attribute({ agent: 'opencode', evidence: { host } });
      const { category } = classify('429 Too Many Requests', { baseUrl: `https://${host}/v1` });
      assert.equal(provider, kind);
      assert.equal(category === 'other_provider', kind === 'other');
    });
});

describe('regionOfApi', () => {
  const cases: [host: string, region: string | undefined][] = [
    ['api.kimi.com', 'kimi.com'],
    ['API.kimi.ai:443', 'kimi.ai'],
    ['api.moonshot.cn', 'moonshot.cn'],
    ['www.kimi.com', undefined],
    ['', undefined],
  ];
  for (const [host, region] of cases)
    it(`"${host}": ${region}`, () => assert.equal(regionOfApi(host)?.region, region));
});

describe('hostOf', () => {
  const cases: [url: string, host: string | undefined][] = [
    ['https://api.kimi.com/coding/v1', 'api.kimi.com'],
    ['wss://api.kimi.com:8443?x', 'api.kimi.com:8443'],
    ['http://me:secret@[::1]:3000/v1', '[::1]:3000'],
    ['https://api.kimi.com@evil.example/', 'evil.example'],
    ['api.kimi.com', undefined],
  ];
  for (const [url, host] of cases) it(url, () => assert.equal(hostOf(url), host));
});

describe('models', () => {
  for (const model of [
    'kimi-k2',
    'moonshotai/kimi-k2.6',
    'k2p7',
    'opencode/k2p7',
    'k3',
    'k3-agent',
  ])
    it(`"${model}" is a Kimi model`, () => assert.equal(isKimiModel(model), true));
  for (const model of ['gpt-5', 'claude-sonnet-4', 'deepseek-v4-pro', 'k30', ''])
    it(`"${model}" is not a Kimi model`, () => assert.equal(isKimiModel(model), false));
  it('a model name with other text is not a Kimi model', () => {
    assert.equal(isKimiModelName('kimi-k2'), true);
    assert.equal(isKimiModelName('kimi-k2 of secret-project'), false);
  });
  it('a model name hints at a product only if that product alone serves it', () => {
    const models = ['kimi-for-coding', 'opencode/k2p7', 'moonshot-v1-8k', 'kimi-k3', 'x'];
    assert.deepEqual(models.map(productOfModel), [
      ...['kimi-code', 'kimi-code', 'open-platform', 'open-platform', undefined],
    ]);
  });
});
