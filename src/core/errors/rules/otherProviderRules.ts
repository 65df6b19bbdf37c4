import type { Rule } from '../rule.ts';

/** Limits of other providers in their own wording: real limits, but not of a Kimi account. */
export const OTHER_PROVIDER_RULES: readonly Rule[] = [
  // OpenAI and Groq error references
  {
    id: 'rate-limit-reached-for-model',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2024-01',
    words: /rate limit reached for .{1,100}(?:limit|organization|per)/,
    isOthers: true,
    provider: 'OpenAI or Groq',
  },
  // OpenAI and Gemini error references
  {
    id: 'openai-quota',
    category: 'balance',
    confidence: 'high',
    since: '2024-01',
    words: /exceeded your current quota.{0,60}(?:for more information|go to https:)/,
    isOthers: true,
    provider: 'OpenAI or Google',
  },
  // OpenAI error reference
  {
    id: 'insufficient-quota-type',
    category: 'balance',
    confidence: 'high',
    since: '2024-01',
    types: ['insufficient_quota'],
    isOthers: true,
    provider: 'OpenAI',
  },
  // Gemini API errors
  {
    id: 'resource-exhausted',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2024-01',
    words: /RESOURCE_EXHAUSTED/,
    needsSignal: true,
    isOthers: true,
    provider: 'Google',
  },
  // OpenAI error reference
  {
    id: 'openai-key',
    category: 'auth',
    confidence: 'high',
    since: '2024-01',
    words: /incorrect API key provided.{0,80}platform\.openai\.com/,
    isOthers: true,
    provider: 'OpenAI',
  },
  // Codex with a ChatGPT plan
  {
    id: 'chatgpt-usage-limit',
    category: 'quota_unspecified',
    confidence: 'high',
    since: '2025-09',
    words: /hit your usage limit\.|usage_limit_reached/,
    isOthers: true,
    provider: 'OpenAI',
  },
  // Claude Code with a Claude plan
  {
    id: 'claude-limit',
    category: 'quota_unspecified',
    confidence: 'high',
    since: '2025-08',
    words:
      /hit your (?:session|weekly|monthly|usage|5-hour|opus|sonnet) limit|5-hour limit reached|claude(?: AI)?(?: usage)? limit reached|session limit reached/,
    isOthers: true,
    provider: 'Anthropic',
  },
  // Anthropic error reference
  {
    id: 'anthropic-rate-limit',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2024-06',
    words:
      /would exceed (?:your account|your organization|the rate limit)|exceed.{0,30}(?:input|output) tokens per minute|credit balance is too low to access the anthropic/,
    isOthers: true,
    provider: 'Anthropic',
  },
  // Claude Code signed in to Anthropic
  {
    id: 'anthropic-oauth',
    category: 'auth',
    confidence: 'high',
    since: '2025-08',
    words:
      /OAuth (?:access )?token has expired|OAuth token revoked|OAuth authentication is currently not/,
    isOthers: true,
    provider: 'Anthropic',
  },
  // Anthropic error reference; Kimi has not been seen to send it
  {
    id: 'overloaded-529-type',
    category: 'overloaded',
    confidence: 'high',
    since: '2024-06',
    types: ['overloaded_error'],
    isOthers: true,
    provider: 'Anthropic',
  },
  // 529 is Anthropic's status; Kimi has not been seen to send it
  {
    id: 'overloaded-529',
    category: 'overloaded',
    confidence: 'medium',
    since: '2024-06',
    statuses: [529],
    isOthers: true,
    provider: 'Anthropic',
    isLikelyOnly: true,
  },
  // Claude Code issues
  {
    id: 'claude-code-rate-limited',
    category: 'rate_limited_ambiguous',
    confidence: 'low',
    since: '2026-02',
    words: /request rejected \(429\).{1,3}rate limited/,
    isOthers: true,
    provider: 'Anthropic',
    isLikelyOnly: true,
  },
  // Codex issues
  {
    id: 'codex-retry-limit',
    category: 'rate_limited_ambiguous',
    confidence: 'low',
    since: '2025-10',
    words:
      /exceeded retry limit, last status: 429 too many requests, request id: [\da-f]{16}-[a-z]{3}/,
    isOthers: true,
    provider: 'OpenAI',
    isLikelyOnly: true,
  },
  // Volcengine coding plan
  {
    id: 'volcengine-quota',
    category: 'quota_unspecified',
    confidence: 'high',
    since: '2026-01',
    words: /exceeded the (?:5-hour|weekly|monthly) usage quota/,
    isOthers: true,
    provider: 'Volcengine',
  },
  // Kiro; no Kimi plan has a daily window
  {
    id: 'daily-usage-limit',
    category: 'quota_unspecified',
    confidence: 'medium',
    since: '2025-10',
    words: /reached your daily usage limit/,
    isOthers: true,
    provider: 'Kiro',
  },
  // Kiro issues
  {
    id: 'kiro-wait',
    category: 'rate_limited_ambiguous',
    confidence: 'low',
    since: '2026-04',
    words: /too many requests, please wait before trying again/,
    isOthers: true,
    provider: 'Kiro',
    isLikelyOnly: true,
  },
  // ZenMux
  {
    id: 'free-model-limit',
    category: 'quota_unspecified',
    confidence: 'high',
    since: '2026-03',
    words: /usage limit for the current (?:free )?model/,
    isOthers: true,
    provider: 'ZenMux',
  },
  // Z.AI error codes
  {
    id: 'zai-codes',
    category: 'balance',
    confidence: 'high',
    since: '2025-10',
    words: /\[1(?:113|30\d)\]|no resource package|usage limit reached for 5 hour/,
    needsSignal: true,
    isOthers: true,
    provider: 'Z.AI',
  },
  // SiliconFlow, CherryIN
  {
    id: 'siliconflow-limit',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2025-01',
    words: /rejected due to rate limiting|details: [rt]pm limit reached/,
    isOthers: true,
    provider: 'SiliconFlow',
  },
  // ElevenLabs
  {
    id: 'elevenlabs-concurrency',
    category: 'concurrency',
    confidence: 'high',
    since: '2024-06',
    words: /associated with a maximum of \d{1,4} concurrent requests/,
    isOthers: true,
    provider: 'ElevenLabs',
  },
  // Alibaba Cloud Model Studio
  {
    id: 'alibaba-quota',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2025-01',
    words: /allocated quota exceeded|Throttling\.(?:RateQuota|AllocationQuota)/,
    isOthers: true,
    provider: 'Alibaba Cloud',
  },
  // Amazon Bedrock, Azure OpenAI
  {
    id: 'cloud-throttling',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2024-01',
    words: /ThrottlingException|rate limit of your current .{1,40}pricing tier/,
    needsSignal: true,
    isOthers: true,
    provider: 'AWS or Azure',
  },
  // Huawei Cloud API gateway
  {
    id: 'huawei-throttling',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2025-01',
    words: /throttling threshold has been reached: policy|APIG\.0308/,
    isOthers: true,
    provider: 'Huawei Cloud',
  },
  // a Claude Code fork with its own gateway
  {
    id: 'official-limit',
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    since: '2026-03',
    words: /has reached the official limit/,
    isOthers: true,
    provider: 'a gateway',
  },
  // GitHub, Docker Hub, in output of tools
  {
    id: 'package-or-code-host',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2024-01',
    words:
      /API rate limit exceeded for (?:user ID|installation|\d)|your (?:unauthenticated )?pull rate limit/,
    isOthers: true,
    provider: 'a package or code host',
  },
  // NestJS exceptions in output of tools
  {
    id: 'application-under-test',
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    since: '2024-01',
    words: /ThrottlerException|\{statuscode:[45]\d\d,message:/,
    isOthers: true,
    provider: 'an application',
  },
];
