import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { evidenceFromText } from '../../../src/core/agents/failureFromText.ts';
import type { AgentId, ProviderEvidence } from '../../../src/core/agents/signal.ts';

interface Given extends ProviderEvidence {
  readonly agent?: AgentId;
  readonly model?: string;
}

function assertAttributed(given: Given, expected: string): void {
  const { agent = 'kimi-code', model, ...evidence } = given;
  const signal = { agent, evidence, ...(model ? { model } : {}) };
  const { provider, reason } = attribute(signal);
  assert.equal(`${provider}: ${reason}`, expected);
}

const NOTHING = 'unknown: no evidence for an account';

describe('attribute', () => {
  const cases: [fact: string, given: Given, expected: string][] = [
    ['a signal without evidence is unknown', {}, NOTHING],
    ["Kimi's host", { host: 'api.kimi.com' }, 'kimi-code: host api.kimi.com'],
    ["Kimi's global host", { host: 'api.kimi.ai' }, 'kimi-code: host api.kimi.ai'],
    ["Moonshot's host", { host: 'api.moonshot.cn' }, 'open-platform: host api.moonshot.cn'],
    [
      "another provider's host beats Kimi's error text",
      { host: 'openrouter.ai', hasKimiWords: true },
      'other: host openrouter.ai',
    ],
    [
      'a host that only looks like Kimi belongs to another provider',
      { host: 'api.kimi.com.evil.example' },
      'other: host api.kimi.com.evil.example',
    ],
    ['a local host is no evidence', { host: '127.0.0.1:8080' }, NOTHING],
    [
      'behind a local host the error text decides',
      { host: 'localhost', hasKimiWords: true, product: 'kimi-code' },
      "kimi-code: Kimi's error text",
    ],
    [
      'the alias of a plan',
      { providerId: 'kimi-code/kimi-for-coding' },
      'kimi-code: provider kimi-code',
    ],
    [
      'the id of a sign-in',
      { providerId: 'managed:moonshot-cn' },
      'open-platform: provider managed:moonshot-cn',
    ],
    [
      'a reseller',
      { providerId: 'openrouter/kimi-k2', hasKimiWords: true },
      'other: provider openrouter',
    ],
    ['an id that is only a protocol', { providerId: 'openai/kimi-for-coding' }, NOTHING],
    [
      'the configured base URL beats the id',
      { providerId: 'kimi-code/k', configuredHost: 'api.groq.com' },
      'other: host api.groq.com by configuration',
    ],
    [
      'a custom id, by its base URL',
      { providerId: 'mine/x', configuredHost: 'api.moonshot.ai' },
      'open-platform: host api.moonshot.ai by configuration',
    ],
    [
      'a known id behind a local address',
      { providerId: 'moonshot/k', configuredHost: 'localhost:3000' },
      'open-platform: provider moonshot through a local address',
    ],
    [
      "another provider's mark beats Kimi's error text",
      { otherProvider: 'OpenRouter', hasKimiWords: true },
      'other: mark of OpenRouter',
    ],
    [
      'error text of one product',
      { hasKimiWords: true, product: 'kimi-code' },
      "kimi-code: Kimi's error text",
    ],
    [
      'error text of both products, by the model',
      { hasKimiWords: true, model: 'kimi-for-coding' },
      "kimi-code: Kimi's error text",
    ],
    [
      'error text of both products, by the active base URL',
      {
        agent: 'claude-code',
        hasKimiWords: true,
        model: 'kimi-k2.5',
        configuredHost: 'api.kimi.com',
      },
      "kimi-code: Kimi's error text",
    ],
    ['only a Kimi model is unknown', { model: 'kimi-for-coding' }, NOTHING],
    [
      'the base URL in force',
      { agent: 'claude-code', model: 'claude-x', configuredHost: 'api.kimi.com' },
      'kimi-code: host api.kimi.com by configuration',
    ],
    [
      'a local base URL is no evidence',
      { agent: 'claude-code', model: 'kimi-k2', configuredHost: '[::1]:3000' },
      NOTHING,
    ],
    [
      'an Anthropic model in Claude Code',
      { agent: 'claude-code', model: 'claude-sonnet-4-5' },
      'other: model claude-sonnet-4-5',
    ],
  ];
  for (const [fact, given, expected] of cases)
    it(`${fact}: ${expected}`, () => assertAttributed(given, expected));
});

describe('evidenceFromText', () => {
  const KIMI = { hasKimiWords: true };
  const CODE = { hasKimiWords: true, product: 'kimi-code' };
  const cases: [text: string, expected: ProviderEvidence, status?: number, type?: string][] = [
    ['Slow down', KIMI, 429, 'rate_limit_reached_error'],
    ['The engine is currently overloaded, please try again later', KIMI, 429],
    ['The engine is currently overloaded, please try again later', {}, 503],
    ['Your account org-… / proj-… <ak-…> request reached', KIMI],
    ['request reached organization max RPM: 3', KIMI],
    ['You’ve reached your concurrent request limit. Please wait for your ongoing requests', CODE],
    ["You've reached your 5-hour usage limit.", {}],
    ['Your IP is not allowed to access this organization', KIMI, 403, 'permission_error'],
    ['Input token length too long', KIMI, 400],
    ['Access terminated.', CODE, 403],
    [
      'litellm.RateLimitError: RateLimitError: MoonshotException - Your account org-1 request reached organization max RPM: 3',
      { hasKimiWords: true, product: 'open-platform' },
    ],
    ['Your account at the bank is suspended', {}, 403],
    ["You've reached your 5-hour\nusage limit. Your quota will reset when the current", CODE],
    ['… upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota', CODE],
    ['You exceeded your current quota, please check your plan and billing details', {}],
    ['Too Many Requests', {}, 429],
    ['Rate limited. Please try again later.', {}, 429],
    ['Invalid Authentication', {}, 401],
    ['Concurrency limit exceeded for account', {}, 429],
    ['This site is receiving too many requests at the moment', {}, 429],
    ['Your phone account is suspended due to insufficient balance', {}],
    ['Overloaded', {}, 529, 'overloaded_error'],
    ['5-hour limit reached ∙ resets 3pm', { otherProvider: 'Anthropic' }, 429],
    ['see https://platform.openai.com/docs', { otherProvider: 'OpenAI' }, 429],
    ['无可用渠道（distributor）', { otherProvider: 'a gateway' }, 503],
    ['x', { otherProvider: 'a gateway' }, 503, 'new_api_error'],
    [
      'Provider returned error: Your account org-… is suspended due to insufficient balance, please recharge your account',
      { otherProvider: 'OpenRouter' },
    ],
  ];
  for (const [text, expected, status, errorType] of cases)
    it(`${JSON.stringify(expected)}: ${text}`, () =>
      assert.deepEqual(evidenceFromText({ text, status, errorType }), expected));
});
