import type { KimiError } from './errorBody.ts';

const LIMIT = 'rate_limit_reached_error';

/** The open platform's errors, from kimi.md 4.1. */
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
  overloaded: {
    status: 429,
    type: 'engine_overloaded_error',
    message: 'The engine is currently overloaded, please try again later',
  },
  suspended: {
    status: 429,
    type: 'exceeded_current_quota_error',
    message:
      'Your account {organization} <{accessKey}> is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
  },
  concurrency: {
    status: 429,
    type: LIMIT,
    message:
      'Your account {account} request reached max organization concurrency: {limit}, please try again after {seconds} seconds',
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
