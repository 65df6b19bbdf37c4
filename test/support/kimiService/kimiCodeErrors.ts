import type { KimiError } from './errorBody.ts';

const TO_CONTINUE =
  'To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota';
const BILLING_CYCLE =
  "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.";
const AUTH = 'invalid_authentication_error';
const TERMINATED = 'access_terminated_error';
const QUOTA = 'exceeded_current_quota_error';
const BAD_REQUEST = 'invalid_request_error';

/**
 * Kimi Code's errors, from docs/kimi.md 4.2. Types that no capture confirms (11.9) are those of the
 * nearest error with a known one: 401 as on the open platform, 402 and "Access terminated." as the
 * other 403s, the period text as its monthly sister, 400 and 404 as on the open platform.
 */
export const KIMI_CODE_ERRORS = {
  keyInvalid: {
    status: 401,
    type: AUTH,
    message:
      'The API Key appears to be invalid or may have expired. Please verify your credentials and try again.',
  },
  foreignKey: { status: 401, type: AUTH, message: 'Invalid Authentication' },
  noAccessToModel: {
    status: 401,
    type: AUTH,
    message:
      'Your current subscription does not have access to {model}. Upgrade to an {plan} plan or above.',
  },
  noAccessToHighspeed: {
    status: 401,
    type: AUTH,
    message: 'Your current subscription does not have access to kimi-for-coding-highspeed',
  },
  only256k: {
    status: 401,
    type: AUTH,
    message: 'Your current plan supports only kimi-k3 up to 256K context.',
  },
  modelUnknown: {
    status: 401,
    type: AUTH,
    message: 'Your model id does not exist, recognized as other:{model}',
  },
  membership: {
    status: 402,
    type: TERMINATED,
    message:
      "We're unable to verify your membership benefits at this time. Please ensure your membership is active.",
  },
  clientNotAccepted: {
    status: 403,
    type: TERMINATED,
    message:
      'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.',
  },
  accountClosed: { status: 403, type: TERMINATED, message: 'Access terminated.' },
  overloaded: {
    status: 429,
    type: 'engine_overloaded_error',
    message: 'The engine is currently overloaded, please try again later',
  },
  tooManyRequests: {
    status: 429,
    type: 'rate_limit_reached_error',
    message: "We're receiving too many requests at the moment. Please wait a moment and try again.",
  },
  // Wording set 1, February to August 2026.
  billingCycle: { status: 403, type: TERMINATED, message: `${BILLING_CYCLE} ${TO_CONTINUE}` },
  billingCycleBare: { status: 403, type: TERMINATED, message: BILLING_CYCLE },
  period: {
    status: 429,
    type: QUOTA,
    message:
      "You've reached your usage limit for this period. Your quota will be refreshed in the next period. Upgrade to get more: https://www.kimi.com/code/console?from=limit-upgrade",
  },
  monthlyPool: {
    status: 429,
    type: QUOTA,
    message:
      "You've reached kimi monthly usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more: https://www.kimi.com/code/console?from=quota-upgrade",
  },
  // Wording set 2, since the last days of August 2026.
  fiveHour: {
    status: 403,
    type: TERMINATED,
    message: `You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. ${TO_CONTINUE}`,
  },
  weekly: {
    status: 403,
    type: TERMINATED,
    message: `You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends. ${TO_CONTINUE}`,
  },
  monthly: {
    status: 403,
    type: TERMINATED,
    message: `You've reached your monthly usage limit for this billing cycle. ${TO_CONTINUE}`,
  },
  creditBalance: {
    status: 403,
    type: TERMINATED,
    message: 'Your credit balance is insufficient',
  },
  concurrency: {
    status: 403,
    type: TERMINATED,
    message:
      "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
  },
  messageSize: {
    status: 400,
    type: BAD_REQUEST,
    message: 'total message size {size} exceeds limit {limit}',
  },
  tokenLimit: {
    status: 400,
    type: BAD_REQUEST,
    message: 'Your request exceeded model token limit: {limit}',
  },
  reasoningMissing: {
    status: 400,
    type: BAD_REQUEST,
    message: 'thinking is enabled but reasoning_content is missing',
  },
  imageUrl: { status: 400, type: BAD_REQUEST, message: 'unsupported image url' },
  // Our own words: the real ones for a body that is no JSON are not known.
  badRequest: { status: 400, type: BAD_REQUEST, message: 'Invalid request body' },
  modelNotFound: {
    status: 404,
    type: 'resource_not_found_error',
    message: 'Not found the model kimi-for-coding or Permission denied',
  },
  methodNotFound: { status: 404, type: 'resource_not_found_error', message: 'method not found' },
  gone: { status: 410, type: 'resource_not_found_error', message: 'method not found' },
  server: { status: 500, type: 'server_error', message: 'failed to evaluate rate limit script' },
  canceled: { status: 499, type: 'client_closed_request', message: 'context canceled' },
  timeout: { status: 500, type: 'server_error', message: 'i/o timeout' },
  connectionClosed: { status: 500, type: 'server_error', message: 'conn closed' },
  upstreamUnavailable: { status: 500, type: 'server_error', message: 'unavailable: 502' },
  unavailable: { status: 503, type: 'server_unavailable', message: 'unavailable: 503' },
} as const satisfies Record<string, KimiError>;

export type KimiCodeErrorName = keyof typeof KIMI_CODE_ERRORS;
