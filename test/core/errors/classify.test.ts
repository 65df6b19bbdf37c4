import { assertClassified, title, type Case } from '../../support/classified.ts';

/** Words that no service has used yet, as far as is known. */
const NEXT_WORDINGS: readonly Case[] = [
  ['rpm', 'unknown', '429 Rate limit hit: 60 requests per minute allowed'],
  [
    'tpm',
    'unknown',
    'API Error: 429 Rate limit hit: 500000 tokens per minute allowed, used 512300',
  ],
  ['rpm', 'unknown', '429 您的账号请求频率过高，每分钟最多 20 次'],
  ['quota_weekly', 'unknown', '429 {"error":{"message":"Weekly allowance is gone"}}'],
  ['quota_weekly', 'unknown', '你的周额度已耗尽'],
  ['quota_monthly', 'unknown', '403 月额度已用尽'],
  ['overloaded', 'unknown', '429 当前使用人数过多，请稍后再试'],
  ['overloaded', 'unknown', '模型负载过高，请稍后再试'],
  ['account_closed', 'unknown', 'Your account has been disabled due to policy violation'],
  ['rate_limited_ambiguous', 'unknown', '403 spending cap exceeded'],
];

/** Limits as agents, terminals and gateways leave them. */
const LIMITS: readonly Case[] = [
  [
    'overloaded',
    true,
    `### What happened\n\n429 The engine is currently overloaded, please try again later\n\n### Steps`,
  ],
  [
    'concurrency',
    true,
    `{ status: 403, category: 'limit', message: "You've reached your concurrent request limit." }`,
  ],
  ['quota_5h', true, `403 You've hit your 5-hour usage limit. Your quota resets in an hour.`],
  [
    'quota_weekly',
    true,
    `403 You've reached your weekly usage limit. Your quota will reset when the current week ends.`,
  ],
  // A window that is named decides, however the sentence goes on.
  [
    'quota_weekly',
    true,
    `403 You've reached your weekly usage limit for this billing cycle. Your quota will be refreshed in the next cycle.`,
  ],
  ['quota_5h', true, `429 You've reached your 5-hour usage limit for this billing cycle.`],
  [
    'quota_monthly',
    true,
    `403 Your monthly usage limit has been reached. To continue now, purchase extra usage.`,
  ],
  [
    'concurrency',
    true,
    `Error: 403 You've hit your concurrent request limit. Please wait for your ongoing requests.`,
  ],
  ['rpm', true, `request reached organization RPM rate limit, current: 21, limit: 20`],
  ['tpd', true, `429 request reached project max TPD: 1500000`],
  [
    'wrong_endpoint',
    'unknown',
    `{"error":{"message":"The path is not there","type":"invalid_request_error"},"status":404}`,
  ],
  [
    'auth',
    true,
    `isError=true model=kimi-k2.5 provider=moonshot error=⚠️ API rate limit reached. Please try again later. rawError=401 Invalid Authentication`,
  ],
  [
    'concurrency',
    true,
    `Failed to authenticate. API Error: 403 {"error":{"type":"permission_error","message":"You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again."},"type":"error"}`,
  ],
  [
    'concurrency',
    true,
    `● Task failed: 403 You’ve reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.`,
  ],
  [
    'quota_5h',
    true,
    `APIError: 403 You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota`,
  ],
  [
    'quota_unspecified',
    true,
    `Please run /login · API Error: 403 {"error":{"type":"permission_error","message":"You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle."},"type":"error"}`,
  ],
  [
    'quota_unspecified',
    true,
    `2026-08-17 10:22:31.123 | ERROR    | kimi_cli.soul:run:88 - Server: You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/code/#pricing`,
  ],
  [
    'balance',
    true,
    `Traceback (most recent call last):\n  File "/app/main.py", line 12, in run\n    raise self._make_status_error_from_response(err.response) from None\nopenai.RateLimitError: Error code: 429 - {'error': {'message': 'Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f <ak-f8m2q7w1rtyu111abcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details', 'type': 'exceeded_current_quota_error'}}`,
  ],
  [
    'overloaded',
    true,
    `[ERROR] Moonshot: Error code: 429 - {'error': {'message': 'The engine is currently overloaded, please try again later', 'type': 'engine_overloaded_error'}}`,
  ],
  [
    'overloaded',
    true,
    `API Error (429 {"type":"error","error":{"type":"rate_limit_error","message":"The engine is currently overloaded, please try again later"}}) · Retrying in 5 seconds… (attempt 3/10)`,
  ],
  [
    'rpm',
    true,
    `Error: 429 Your account org-0f3c1d5e<ak-f8m2> request reached user+model max RPM: 50, please try again after 1 seconds`,
  ],
  [
    'rpm',
    true,
    `调用失败：HTTP 429，{"error":{"message":"Your account org-x<ak-y> request reached organization max RPM: 3, please try again after 1 seconds","type":"rate_limit_reached_error"}}`,
  ],
  [
    'tpm',
    true,
    `Upstream provider KIMI returned HTTP 429.\nCategory: rate_limit_reached_error\nMapped message: Provider rate limit reached.\nUpstream error:\n{"error":{"message":"Your account org-x<ak-y> request reached organization TPM rate limit, current:132041, limit:128000","type":"rate_limit_reached_error"}}`,
  ],
  [
    'balance',
    true,
    `Upstream provider KIMI returned HTTP 429.\nCategory: exceeded_current_quota_error\nMapped message: Provider quota exceeded.`,
  ],
  [
    'tpd',
    true,
    `litellm.RateLimitError: RateLimitError: MoonshotException - Your account org-x<ak-y> request reached organization TPD rate limit, current: 1507272, limit: 1500000`,
  ],
  [
    'rate_limited_ambiguous',
    'unknown',
    `<html><head><title>429 Too Many Requests</title></head><body><center><h1>429 Too Many Requests</h1></center><hr><center>openresty</center></body></html>`,
  ],
  ['rate_limited_ambiguous', 'unknown', `Error: 429 Too Many Requests`],
  ['rate_limited_ambiguous', 'unknown', `429 status code (no body)`],
  [
    'rate_limited_ambiguous',
    true,
    `timestamp=2026-07-09T23:19:01.732Z level=ERROR message="stream error" providerID=kimi-for-coding modelID=k3 error.error="AI_APICallError: Too Many Requests"`,
  ],
  ['rate_limited_ambiguous', true, `{"error":{"message":"","type":"rate_limit_reached_error"}}`],
  [
    'rate_limited_ambiguous',
    true,
    `│ LLM provider error: Error code: 429 - {'error': {'message': "We're      │\n│ receiving too many requests at the moment. Please wait a moment and   │\n│ try again.", 'type': 'rate_limit_reached_error'}}                     │`,
  ],
  [
    'quota_5h',
    true,
    `stream error: {"type":"error","error":{"type":"permission_error","message":"You have used up your 5h coding allowance. Your quota will reset soon. To continue now, purchase extra usage"}}`,
  ],
  [
    'rate_limited_ambiguous',
    true,
    `{"name":"APIError","data":{"message":"Too Many Requests","statusCode":429,"metadata":{"url":"https://api.kimi.com/coding/v1/chat/completions"}}}`,
  ],
  [
    'overloaded',
    'unknown',
    `status_code=503, 当前分组上游负载已饱和，请稍后再试 (request id: 2026041012)`,
  ],
  ['rate_limited_ambiguous', 'unknown', `Rate limited after 3 retries`],
  [
    'quota_weekly',
    true,
    `OpenClaw: ⚠️ 403 You've reached your weekly (7-day) usage limit. Your quota will reset when the curr\nent 7-day window ends.`,
  ],
  [
    'balance',
    true,
    `&quot;message&quot;:&quot;Your account org-abc&lt;ak-abc&gt; is suspended, please check your plan and billing details&quot;,&quot;type&quot;:&quot;exceeded_current_quota_error&quot;`,
  ],
  [
    'concurrency',
    true,
    `\u001b[31m[provider.auth_error] 403 You've reached your concur\u001b[0m\n\u001b[31mrent request limit. Please wait\u001b[0m`,
  ],
  [
    'balance',
    true,
    `{"errorMessage":"403 Your account org-xx is not active, organization org-xx exceeded current quota, please check your plan and billing details"}`,
  ],
  [
    'rate_limited_ambiguous',
    true,
    `Error 429: Organization Rate limit exceeded, please try again after 1 seconds`,
  ],
  ['rate_limited_ambiguous', true, `Kimi API error: 429 Too Many Requests`],
  [
    'rate_limited_ambiguous',
    true,
    `LLM provider error: Error code: 429 - {'error': {'message': "We’re receiving too many requests at the moment. Please wait a moment and try again.", 'type': 'rate_limit_reached_error'}}\nUse /retry to try again. I will wait.`,
  ],
  [
    'rate_limited_ambiguous',
    true,
    `> LLM provider error: Error code: 429 - {'error': {'message': "We're receiving too many requests at the moment. Please wait a moment and try again.", 'type': 'rate_limit_reached_error'}}`,
  ],
  [
    'rate_limited_ambiguous',
    true,
    `**Error:** \`429 We're receiving too many requests at the moment. Please wait a moment and try again.\``,
  ],
  ['overloaded', true, `ERROR: The engine is currently overloaded, please try again later (429)`],
  ['overloaded', 'unknown', `The engine is currently overloaded, please try again later`],
  [
    'overloaded',
    true,
    `Kimi K3: API Error: 429 The engine is currently overloaded, please try again later`,
  ],
  [
    'overloaded',
    true,
    `{"type":"error","error":{"type":"engine_overloaded_error","message":"The engine is currently overloaded, please try again later"}}`,
  ],
  [
    'overloaded',
    true,
    `{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}`,
  ],
  [
    'overloaded',
    true,
    `[moonshot] request failed: engine_overloaded_error: The engine is currently overloaded, please try again later`,
  ],
  [
    'rpm',
    true,
    `Your account org-x <ak-y> request reached organization max RPM: 200, please try again after 1 seconds`,
  ],
  [
    'tpm',
    true,
    `openai.RateLimitError: Error code: 429 - {'error': {'message': 'Your account org-x<ak-y> request reached organization TPM rate limit, current:132041, limit:128000', 'type': 'rate_limit_reached_error'}}`,
  ],
  [
    'tpd',
    true,
    `⚠️ 429 Your account org-xxx / proj-xxx <ak-xxx> request reached organization TPD rate limit, current: 1501880, limit: 1500000`,
  ],
  [
    'tpd',
    true,
    `HTTP 429: Your account … request reached organization TPD rate limit, current: 1505241, limit: 1500000`,
  ],
  [
    'quota_5h',
    true,
    `403 You've reached your usage limit for this period. Your quota will be refreshed in the next period. Upgrade to get more: https://www.kimi.com/code/console?from=limit-upgrade`,
  ],
  [
    'balance',
    true,
    `Error code: 429 - {'error': {'message': 'You exceeded your current token quota: <org-x> 0, please check your account balance', 'type': 'exceeded_current_quota_error'}}`,
  ],
  ['balance', true, `{"error":{"code":"exceeded_current_quota_error","message":"recharge"}}`],
  [
    'balance',
    'unknown',
    `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`,
  ],
];

describe('classify: limits', () => {
  for (const error of [...LIMITS, ...NEXT_WORDINGS])
    it(title(error), () => assertClassified(error));
});
