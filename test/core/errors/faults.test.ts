import { assertClassified, title, type Case } from '../../support/classified.ts';

/** What was first seen in the autumn of 2026, as agents leave it. */
const AUTUMN: readonly Case[] = [
  [
    'entitlement',
    true,
    `Authentication required: 403 Your current subscription does not have access to Kimi Code right now. Upgrade your plan to keep coding with Kimi Code: https://www.kimi.com/code/#pricing`,
  ],
  [
    'entitlement',
    true,
    `unexpected status 401 Unauthorized: Your current plan supports only k3 up to 256K context. 1M context is available on higher-tier Kimi Code plans. Upgrade: https://www.kimi.com/code?from=server_k3_error#pricing, url: https://api.kimi.ai/coding/v1/responses, cf-ray: a400000000000001-FRA`,
  ],
  [
    'entitlement',
    true,
    `HTTP 403 {"code":"permission_denied","details":[{"type":"common.error.v1.ErrorDetail","debug":{"reason":"REASON_FEATURE_NO_PERMISSION","localizedMessage":{"locale":"en-US","message":"You do not have permission to use this feature. Please subscribe to access."}}}]}`,
  ],
  [
    'auth',
    true,
    `HTTP 401 {"code":"unauthenticated","details":[{"type":"common.error.v1.ErrorDetail","value":"encoded-detail","debug":{"reason":"REASON_INVALID_AUTH_TOKEN"}}]}`,
  ],
  [
    'balance',
    true,
    `{"error":"Your credit balance is insufficient. To continue, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota"}`,
  ],
  ['tpd', true, `429 Organization-level TPD limit reached`],
  [
    'account_closed',
    'unknown',
    `unauthenticated: failed_precondition: 因违反用户协议，该账号已被禁言。`,
  ],
  ['auth', 'unknown', `unauthenticated: not_found: 未找到该账号，请确认是否注册`],
  [
    'bad_request',
    'unknown',
    `openai.BadRequestError: 400 - tool_choice 'specified' is incompatible with thinking enabled`,
  ],
  ['auth', 'unknown', `Error: No credential found for provider kimi-code. Please log in again.`],
  [
    'server_error',
    true,
    `invalid_argument: field kimi.billing.v1.ClawExtension.bot_id: value "x" (id_kind=uuid_v4): value does not match id_kinds: [uuid_v4]`,
  ],
];

/** Keys, plans, requests, servers and lines, as agents leave them. */
const FAULTS: readonly Case[] = [
  [
    'entitlement',
    true,
    `401 Your current subscription does not have access to kimi-for-coding-highspeed`,
  ],
  [
    'entitlement',
    true,
    `LLM provider error: Error code: 401 - {'error': {'message': 'Your model id does not exist, recognized as other:kimi-k9', 'type': 'invalid_request_error'}}`,
  ],
  [
    'membership',
    true,
    `⎿  API Error: 402 {"error":{"type":"invalid_request_error","message":"We're unable to verify your membership benefits at this time. Please ensure your membership is active."},"type":"error"}`,
  ],
  [
    'context_length',
    true,
    `Error: 400 Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)`,
  ],
  [
    'wrong_endpoint',
    true,
    `unexpected status 404 Not Found: {"error":{"message":"Not found the model kimi-k2-turbo or Permission denied","type":"resource_not_found_error"}}, url: https://api.moonshot.ai/v1/responses`,
  ],
  [
    'auth',
    true,
    `unexpected status 401 Unauthorized: Invalid Authentication, url: https://api.moonshot.ai/v1/responses, cf-ray: 1`,
  ],
  [
    'auth',
    'unknown',
    `API Error: 401 {"error":{"type":"authentication_error","message":"Invalid Authentication"},"type":"error"}`,
  ],
  [
    'account_closed',
    true,
    `Error code: 403 - {'error': {'message': 'Access terminated.', 'type': 'access_terminated_error'}}`,
  ],
  ['permission', true, `403 {"error":{"type":"access_terminated_error"}}`],
  [
    'network',
    true,
    `FetchError: request to https://api.moonshot.cn/v1/chat/completions failed, reason: connect ETIMEDOUT 1.2.3.4:443`,
  ],
  [
    'network',
    true,
    `httpx.ConnectTimeout: Request timed out for url 'https://api.kimi.com/coding/v1/chat/completions'`,
  ],
  [
    'server_error',
    true,
    `HTTP Request: POST https://api.moonshot.cn/v1/chat/completions "HTTP/1.1 502 Bad Gateway"`,
  ],
  [
    'auth',
    true,
    `INFO:httpx:HTTP Request: POST https://api.kimi.com/coding/v1/chat/completions "HTTP/1.1 401 Unauthorized"`,
  ],
  [
    'server_error',
    'unknown',
    `<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>`,
  ],
  [
    'client_not_accepted',
    true,
    `OpenAI completion error: 403 Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.`,
  ],
  [
    'permission',
    true,
    `API Error: 403 {"error":{"type":"access_terminated_error","message":"unknown new sentence here"}}`,
  ],
  ['permission', 'unknown', `API Error: 403 Forbidden`],
  ['network', 'unknown', `Error: Connection error.`],
  [
    'network',
    true,
    `Post "https://api.kimi.com/coding/v1/chat/completions": dial tcp 1.2.3.4:443: i/o timeout`,
  ],
  ['network', true, `kimi-for-coding/k3: stream idle timeout, no data for 120 s`],
  ['network', 'unknown', `Error: read ECONNRESET`],
  ['network', 'unknown', `TypeError: fetch failed`],
  [
    'server_error',
    'unknown',
    `API Error: 500 {"error":{"message":"internal: driver: bad connection","type":"server_error"}}`,
  ],
  [
    'server_error',
    'unknown',
    `Error code: 503 - {'error': {'message': 'unavailable: 503 Service Unavailable', 'type': 'server_error'}}`,
  ],
  [
    'context_length',
    true,
    `[provider.api_error] 400 total message size 2399000 exceeds limit 2097152`,
  ],
  ['wrong_endpoint', true, `404 Not found the model kimi-k2-0711 or Permission denied`],
];

describe('classify: faults', () => {
  for (const error of AUTUMN) it(title(error), () => assertClassified(error));
  for (const error of FAULTS) it(title(error), () => assertClassified(error));
});
