import type { Refusal, TrueCause, Wording } from './truth.ts';

/** Error of a cause: docs/kimi.md 4.1, 4.2 and 4.5, in the forms that are in use together. */
export interface Refused extends Refusal {
  readonly wording: Wording;
}

type Product = 'kimi-code' | 'open-platform';

const TAIL =
  ' To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota';
const ACCOUNT =
  'Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f <ak-f8m2q7w1rtyu111abcd1> request reached';
const LIMITED = 'rate_limit_reached_error';
const REFUSED = 'access_terminated_error';
const NO_MONEY = 'exceeded_current_quota_error';

const named = (status: number, text: string, type?: string): Refused => ({
  wording: 'named',
  status,
  text,
  ...(type === undefined ? {} : { type }),
});
const family = (status: number, text: string, type?: string): Refused => ({
  ...named(status, text, type),
  wording: 'family',
});

const TOO_MANY: Refused = {
  wording: 'ambiguous',
  status: 429,
  type: LIMITED,
  text: "We're receiving too many requests at the moment. Please wait a moment and try again.",
};
const OVERLOADED = family(
  429,
  'The engine is currently overloaded, please try again later',
  'engine_overloaded_error',
);
const AT_ONCE = family(
  403,
  "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
  REFUSED,
);
const CYCLE = family(
  403,
  `You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.${TAIL}`,
  REFUSED,
);
const ORGANIZATION: Refused = {
  wording: 'ambiguous',
  status: 429,
  type: LIMITED,
  text: 'Organization Rate limit exceeded, please try again after 1 seconds',
};

const CODE: Readonly<Partial<Record<TrueCause, readonly Refused[]>>> = {
  own_concurrency: [AT_ONCE, AT_ONCE, TOO_MANY],
  foreign_concurrency: [AT_ONCE, AT_ONCE, AT_ONCE, TOO_MANY],
  quota_5h: [
    named(
      403,
      `You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.${TAIL}`,
      REFUSED,
    ),
    named(
      429,
      "You've reached your usage limit for this period. Your quota will be refreshed in the next period. Upgrade to get more: https://www.kimi.com/code/console?from=limit-upgrade",
    ),
    CYCLE,
    TOO_MANY,
  ],
  quota_weekly: [
    named(
      403,
      `You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.${TAIL}`,
      REFUSED,
    ),
    CYCLE,
  ],
  quota_monthly: [
    named(403, `You've reached your monthly usage limit for this billing cycle.${TAIL}`, REFUSED),
    named(
      429,
      "You've reached kimi monthly usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more: https://www.kimi.com/code/console?from=quota-upgrade",
      NO_MONEY,
    ),
    CYCLE,
  ],
  rpm: [TOO_MANY],
  overloaded: [OVERLOADED],
  disguised_overload: [OVERLOADED],
  wrong_key: [
    family(401, 'Invalid Authentication', 'invalid_authentication_error'),
    family(
      401,
      'The API Key appears to be invalid or may have expired. Please verify your credentials and try again.',
    ),
  ],
  token_expired: [
    family(
      401,
      'The API Key appears to be invalid or may have expired. Please verify your credentials and try again.',
    ),
  ],
  client_not_accepted: [
    named(
      403,
      'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.',
      REFUSED,
    ),
  ],
  membership: [
    named(
      402,
      "We're unable to verify your membership benefits at this time. Please ensure your membership is active.",
    ),
  ],
  entitlement: [
    named(
      401,
      'Your current subscription does not have access to k3. Upgrade to an Moderato plan or above.',
    ),
    named(401, 'Your current plan supports only kimi-k3 up to 256K context.'),
  ],
  account_closed: [named(403, 'Access terminated.', REFUSED)],
  wrong_endpoint: [
    named(
      404,
      'Not found the model kimi-for-coding or Permission denied',
      'resource_not_found_error',
    ),
  ],
  context_length: [
    named(400, 'Your request exceeded model token limit: 262144', 'invalid_request_error'),
  ],
  server_error: [
    named(500, 'failed to evaluate rate limit script', 'server_error'),
    named(503, 'unavailable: 503', 'server_unavailable'),
  ],
  network: [{ wording: 'named', text: 'terminated' }],
};

const PLATFORM: Readonly<Partial<Record<TrueCause, readonly Refused[]>>> = {
  own_concurrency: [
    family(
      429,
      `${ACCOUNT} organization max concurrency: {limit}, please try again after 1 seconds`,
      LIMITED,
    ),
    ORGANIZATION,
  ],
  foreign_concurrency: [
    family(
      429,
      `${ACCOUNT} max organization concurrency: {limit}, please try again after 1 seconds`,
      LIMITED,
    ),
  ],
  rpm: [
    named(
      429,
      `${ACCOUNT} organization max RPM: {limit}, please try again after 1 seconds`,
      LIMITED,
    ),
    named(
      429,
      `${ACCOUNT} organization max RPM: {limit}, please try again after 1 seconds`,
      LIMITED,
    ),
    ORGANIZATION,
  ],
  tpm: [
    named(
      429,
      `${ACCOUNT} organization TPM rate limit, current: {current}, limit: {limit}`,
      LIMITED,
    ),
  ],
  tpd: [
    named(
      429,
      `${ACCOUNT} organization TPD rate limit, current: {current}, limit: {limit}`,
      LIMITED,
    ),
  ],
  balance: [
    family(
      429,
      'Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f <ak-f8m2q7w1rtyu111abcd1> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
      NO_MONEY,
    ),
    family(
      429,
      'You exceeded your current quota, please check your plan and billing details',
      NO_MONEY,
    ),
  ],
  gateway_balance: [
    family(
      429,
      '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}',
    ),
  ],
  overloaded: [OVERLOADED],
  wrong_key: [
    family(401, 'Invalid Authentication', 'invalid_authentication_error'),
    family(401, 'Incorrect API key provided', 'incorrect_api_key_error'),
  ],
  context_length: [named(400, 'Input token length too long', 'invalid_request_error')],
  server_error: [named(500, 'server error', 'server_error')],
};

/** All errors of a product for a cause. */
export function waysToTell(product: Product, cause: TrueCause): readonly Refused[] {
  return (product === 'kimi-code' ? CODE : PLATFORM)[cause] ?? [];
}

/** The Anthropic route has types of its own (docs/kimi.md 4.2). */
export function onAnthropicRoute({ type: _type, ...reported }: Refused): Refused {
  const type = { 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error' }[
    reported.status ?? 0
  ];
  return type === undefined ? reported : { ...reported, type };
}
