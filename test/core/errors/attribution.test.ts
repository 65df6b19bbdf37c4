import { assertClassified, title, type Case } from '../../support/classified.ts';

/** Limits and faults of others, some with Kimi's models or Kimi's own words inside. */
const OTHERS: readonly Case[] = [
  ['other_provider', false, `529 {"error":{"type":"overloaded_error","message":"Overloaded"}}`],
  [
    'overloaded',
    'unknown',
    `529 {"error":{"type":"overloaded_error","message":"Overloaded"}}`,
    { model: 'kimi-for-coding' },
  ],
  ['overloaded', 'unknown', `API Error: 529 Overloaded`, { model: 'kimi-k2.5' }],
  ['balance', 'unknown', `Error: Quota exceeded. Check your plan and billing details.`],
  [
    'other_provider',
    false,
    `{"error":{"message":"Error from provider: Provider returned error","code":429,"metadata":{"raw":"{\\"error\\":{\\"message\\":\\"Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f <ak-f8m2q7w1rtyu111abcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details\\",\\"type\\":\\"exceeded_current_quota_error\\"}}","provider_name":"Moonshot AI","is_byok":false}}}`,
  ],
  [
    'other_provider',
    false,
    `⚠️ Agent failed before reply: LLM error: {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 30,000 input tokens per minute"},"request_id":"req_011CSompHfim5z5GkMVCzq8P"}`,
  ],
  ['other_provider', false, `Claude AI usage limit reached|1752345600`],
  [
    'quota_weekly',
    true,
    `{"type":"error","error":{"type":"api_error","message":"Error from provider(kimi,k3: 403): {\\"error\\":{\\"message\\":\\"You've reached your weekly (7-day) usage limit.\\",\\"type\\":\\"access_terminated_error\\"}}"}}`,
  ],
  ['other_provider', false, `403 用户额度不足, 剩余额度: ＄0.000000 (request id: 2026113012)`],
  ['other_provider', false, `401 该令牌额度已用尽 TokenStatusExhausted[sk-abc***xyz]`],
  ['other_provider', false, `5-hour limit reached ∙ resets 3pm`],
  [
    'other_provider',
    false,
    `groq.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for model \`moonshotai/kimi-k2-instruct\` in organization \`org_01\` service tier \`on_demand\` on tokens per minute (TPM): Limit 10000, Used 9000', 'type': 'tokens', 'code': 'rate_limit_exceeded'}}`,
  ],
  [
    'other_provider',
    false,
    `ERROR providerID=openrouter modelID=moonshotai/kimi-k2.6 error.error="AI_APICallError: Rate limit exceeded: free-models-per-day"`,
  ],
  [
    'other_provider',
    false,
    `{"name":"APIError","data":{"message":"Too Many Requests","statusCode":429,"metadata":{"url":"https://integrate.api.nvidia.com/v1/chat/completions"}}}`,
  ],
  [
    'other_provider',
    false,
    `litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs`,
  ],
  [
    'other_provider',
    false,
    `RateLimitError: GroqException - {"error":{"message":"Rate limit reached for model \`x\` in organization org_1 on tokens per day (TPD): Limit 100000"}}`,
  ],
  [
    'other_provider',
    false,
    `{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}`,
  ],
  [
    'other_provider',
    false,
    `Error: 429 {"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"moonshotai/kimi-k2:free is temporarily rate-limited upstream","provider_name":"Chutes"}},"user_id":"user_1"}`,
  ],
  [
    'other_provider',
    false,
    `Access to model denied: opencode-go quota exceeded providerID=opencode-go error.error="AI_APICallError: Too Many Requests"`,
  ],
  [
    'other_provider',
    false,
    `HTTP 429 from https://integrate.api.nvidia.com/v1/chat/completions: Too Many Requests`,
  ],
  [
    'other_provider',
    false,
    `ERROR 429 https://ark.cn-beijing.volces.com/api/coding/v3 AccountQuotaExceeded: You have exceeded the 5-hour usage quota. It will reset at 2026-08-01 12:00:00`,
  ],
];

/** What the record or the configuration says besides the text. */
const WITH_META: readonly Case[] = [
  ['permission', true, `403 Forbidden`, { provider: 'kimi-for-coding' }],
  ['auth', true, `401 Unauthorized`, { baseUrl: 'https://api.kimi.com/coding/' }],
  ['other_provider', false, `401 Unauthorized`, { baseUrl: 'https://api.deepseek.com/v1' }],
  [
    'other_provider',
    false,
    `429 Too Many Requests`,
    { provider: 'openrouter', model: 'moonshotai/kimi-k2' },
  ],
  [
    'rate_limited_ambiguous',
    'unknown',
    `429 Too Many Requests`,
    { baseUrl: 'http://127.0.0.1:8080/v1', model: 'kimi-k2' },
  ],
  [
    'rate_limited_ambiguous',
    true,
    `429 Too Many Requests`,
    { baseUrl: 'http://127.0.0.1:8080/v1', provider: 'moonshot' },
  ],
  [
    'rate_limited_ambiguous',
    true,
    `429 We're receiving too many requests at the moment. Please wait a moment and try again.`,
    { baseUrl: 'http://localhost:4000' },
  ],
  [
    'other_provider',
    false,
    `429 We're receiving too many requests at the moment. Please wait a moment and try again.`,
    { provider: 'opencode-go' },
  ],
  ['network', true, `Error: Connection error.`, { provider: 'moonshot' }],
  [
    'wrong_endpoint',
    true,
    `{"code":5,"error":"url.not_found","message":"没找到对象","method":"POST","scode":"0x5","status":false,"ua":""}`,
    { baseUrl: 'https://api.moonshot.cn' },
  ],
];

describe('classify: others', () => {
  for (const error of OTHERS) it(title(error), () => assertClassified(error));
});

describe('classify: with what else is known the text', () => {
  for (const error of WITH_META) it(title(error), () => assertClassified(error));
});
