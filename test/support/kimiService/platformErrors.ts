import type { KimiError } from './errorBody.ts';

const LIMIT = 'rate_limit_reached_error';
const QUOTA = 'exceeded_current_quota_error';

/** The open platform's errors, from docs/kimi.md 4.1. */
export const PLATFORM_ERRORS = {
  foreignKey: {
    status: 401,
    type: 'invalid_authentication_error',
    message: 'Invalid Authentication',
  },
  keyIncorrect: {
    status: 401,
    type: 'incorrect_api_key_error',
    message: 'Incorrect API key provided',
  },
  modelUnknown: {
    status: 404,
    type: 'resource_not_found_error',
    message: 'Not found the model {model} or Permission denied',
  },
  tokenLimit: {
    status: 400,
    type: 'invalid_request_error',
    message: 'Your request exceeded model token limit : {limit}',
  },
  badRequest: { status: 400, type: 'invalid_request_error', message: 'Invalid request body' },
  inputTooLong: {
    status: 400,
    type: 'invalid_request_error',
    message: 'Input token length too long',
  },
  contentFilter: {
    status: 400,
    type: 'content_filter',
    message: 'The request was rejected because it was considered high risk',
  },
  apiNotOpen: {
    status: 403,
    type: 'permission_denied_error',
    message: 'The API you are accessing is not open',
  },
  addressNotAllowed: {
    status: 403,
    type: 'permission_denied_error',
    message: 'Your IP is not allowed to access this organization',
  },
  // 2025; later texts about money come as 429.
  notActive: {
    status: 403,
    type: QUOTA,
    message:
      'Your account {account} is not active, organization <{organization}> exceeded current quota, please check your plan and billing details',
  },
  suspendedOtherwise: {
    status: 429,
    type: QUOTA,
    message:
      'Your account {organization} <{accessKey}> is suspended, please check your plan and billing details',
  },
  tokenQuota: {
    status: 429,
    type: QUOTA,
    message:
      'You exceeded your current token quota: <{organization}> {credit}, please check your account balance',
  },
  currentQuota: {
    status: 429,
    type: QUOTA,
    message: 'You exceeded your current quota, please check your plan and billing details',
  },
  overloaded: {
    status: 429,
    type: 'engine_overloaded_error',
    message: 'The engine is currently overloaded, please try again later',
  },
  suspended: {
    status: 429,
    type: QUOTA,
    message:
      'Your account {organization} <{accessKey}> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
  },
  concurrency: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached max organization concurrency: {limit}, please try again after {seconds} seconds',
  },
  concurrencyInTheDocs: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached organization max concurrency: {limit}, please try again after {seconds} seconds',
  },
  rpmOf2024: {
    status: 429,
    type: LIMIT,
    message: 'request reached max request: {limit}, please try again after {seconds} seconds',
  },
  organizationRate: {
    status: 429,
    type: LIMIT,
    message: 'Organization Rate limit exceeded, please try again after {seconds} seconds',
  },
  projectTpm: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached project TPM rate limit, current: {current}, limit: {limit}, see https://platform.moonshot.cn/docs/pricing/limits',
  },
  rpm: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached organization max RPM: {limit}, please try again after {seconds} seconds',
  },
  tpm: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached organization TPM rate limit, current: {current}, limit: {limit}',
  },
  tpd: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached organization TPD rate limit, current: {current}, limit: {limit}',
  },
} as const satisfies Record<string, KimiError>;

export type PlatformErrorName = keyof typeof PLATFORM_ERRORS;
