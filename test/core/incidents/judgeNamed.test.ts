import {
  ACCOUNT,
  assertJudged,
  inputOf,
  PLATFORM,
  platform,
  usages,
  type JudgedCase,
} from '../../support/verdictInputs.ts';

/** A cause that its words name: it needs nothing else. */
const NAMED: readonly JudgedCase[] = [
  [
    'text of the 5-hour quota',
    inputOf(
      "403 You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.",
      { after: usages({ '5h': 100, week: 60 }) },
    ),
    'quota_5h',
    'certain',
    'at',
  ],
  [
    'text of the weekly quota without a snapshot',
    inputOf("403 You've reached your weekly (7-day) usage limit."),
    'quota_weekly',
    'certain',
    'unknown',
  ],
  [
    'text of the monthly quota',
    inputOf("403 You've reached your monthly usage limit for this billing cycle."),
    'quota_monthly',
    'certain',
    'unknown',
  ],
  [
    'text of a quota from an open platform host: a relay in front of a plan',
    inputOf(
      "403 You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.",
      PLATFORM,
    ),
    'quota_5h',
    'certain',
    'unknown',
  ],
  [
    'an organization at its RPM',
    inputOf(
      platform(
        `${ACCOUNT} request reached organization max RPM: 20, please try again after 1 seconds`,
        'rate_limit_reached_error',
      ),
      PLATFORM,
    ),
    'rpm',
    'certain',
    'at',
  ],
  [
    'an organization at its TPM',
    inputOf(
      platform(
        `${ACCOUNT} request reached organization TPM rate limit, current: 501410, limit: 500000`,
        'rate_limit_reached_error',
      ),
      PLATFORM,
    ),
    'tpm',
    'certain',
    'at',
  ],
  [
    'no membership',
    inputOf("402 We're unable to verify your membership benefits at this time."),
    'membership',
    'certain',
    'useless',
  ],
  [
    'a model outside the plan, reported as a 401',
    inputOf('401 Your current subscription does not have access to k3.'),
    'entitlement',
    'certain',
    'useless',
  ],
  [
    'a client that is not on the list',
    inputOf(
      '403 Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.',
    ),
    'client_not_accepted',
    'certain',
    'useless',
  ],
  [
    'a closed account',
    inputOf(
      '{"error":{"code":403,"message":"Access terminated.","type":"access_terminated_error"}}',
    ),
    'account_closed',
    'certain',
    'useless',
  ],
  [
    'a conversation that is too long',
    inputOf('400 Your request exceeded model token limit: 262144'),
    'context_length',
    'certain',
    'useless',
  ],
  [
    'a model that does not exist',
    inputOf('404 Not found the model kimi-for-coding or Permission denied'),
    'wrong_endpoint',
    'certain',
    'useless',
  ],
  [
    'a server error that mentions limits',
    inputOf('500 internal: failed to evaluate rate limit script: read tcp: i/o timeout'),
    'server_error',
    'certain',
    'at',
  ],
  [
    'a name that is not found',
    inputOf('getaddrinfo EAI_AGAIN api.moonshot.cn'),
    'network',
    'certain',
    'at',
  ],
  [
    'a bad request',
    inputOf('400 {"error":{"type":"invalid_request_error","message":"unsupported image url"}}'),
    'bad_request',
    'certain',
    'useless',
  ],
];

describe('judge: causes named by the text', () => assertJudged(NAMED));
