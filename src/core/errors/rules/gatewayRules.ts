import type { Rule } from '../rule.ts';

/** Gateways' own wording, if the upstream text is missing. */
export const GATEWAY_RULES: readonly Rule[] = [
  // OpenRouter
  {
    id: 'openrouter-upstream',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2025-08',
    words: /temporarily rate-limited upstream/,
    isOthers: true,
    provider: 'OpenRouter',
  },
  // opencode #24462
  {
    id: 'provider-returned-error',
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    since: '2026-04',
    words: /provider returned error/,
    needsSignal: true,
    isOthers: true,
    provider: 'OpenRouter',
  },
  // OpenCode Go and Zen
  {
    id: 'opencode-upstream',
    category: 'server_error',
    confidence: 'medium',
    since: '2026-05',
    words: /error from provider(?: \((?![^()]{1,160}:\d{3}\))|: )/,
    isOthers: true,
    provider: 'OpenCode Zen',
  },
  // NVIDIA NIM
  {
    id: 'nim-too-many',
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    since: '2026-03',
    words: /upstream provider NIM|\{status:429,title:too many requests/,
    isOthers: true,
    provider: 'NVIDIA NIM',
  },
  // new-api, code model_not_found
  {
    id: 'new-api-no-channel',
    category: 'server_error',
    confidence: 'high',
    since: '2025-01',
    words: /无可用渠道/,
    isOthers: true,
    provider: 'new-api',
  },
  // new-api, one-api: the user's or the token's own money at the relay
  {
    id: 'new-api-no-money',
    category: 'balance',
    confidence: 'high',
    since: '2025-01',
    words: /用户额度不足|令牌额度(?:已用尽|不足)|预扣费额度失败|用户剩余额度/,
    isOthers: true,
    provider: 'new-api',
  },
  // new-api, one-api: a token of the relay
  {
    id: 'new-api-token',
    category: 'auth',
    confidence: 'high',
    since: '2025-01',
    words: /无效的令牌|该令牌(?:已过期|状态不可用)/,
    isOthers: true,
    provider: 'new-api',
  },
  // new-api
  {
    id: 'new-api-own',
    category: 'server_error',
    confidence: 'medium',
    since: '2025-01',
    types: ['new_api_error'],
    isOthers: true,
    provider: 'new-api',
  },
  // sub2api, its own limiter
  {
    id: 'pool-concurrency',
    category: 'concurrency',
    confidence: 'high',
    since: '2026-08',
    words: /concurrency limit exceeded for account/,
    isOthers: true,
    provider: 'sub2api',
  },
  // CLIProxyAPI, its own pause
  {
    id: 'credentials-cooling',
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    since: '2026-03',
    words: /all credentials for model .{1,80} are cooling down/,
    isOthers: true,
    provider: 'CLIProxyAPI',
    isLikelyOnly: true,
  },
];
