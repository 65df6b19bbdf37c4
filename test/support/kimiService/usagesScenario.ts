import type { Exchange, Reply } from './exchange.ts';
import { type FaultName, sendFault } from './faults.ts';
import { KIMI_CODE_ERRORS, type KimiCodeErrorName } from './kimiCodeErrors.ts';
import { errorReply } from './errorBody.ts';
import { type ShapedUsages, usagesBody, type UsagesShape, usagesSource } from './usagesBody.ts';

/** How `/usages` answers. Live shapes take their numbers from the account at each request. */
export type UsagesScenario =
  | UsagesShape
  | ShapedUsages
  /** This body, 200 unless `status` is set. A string is sent as it is, all else as JSON. */
  | { readonly raw: unknown; readonly status?: number }
  /** One of Kimi's own errors. `retryAfter` is sent as it is, so it may be nonsense. */
  | { readonly error: KimiCodeErrorName; readonly retryAfter?: string }
  /** A bare status, with Kimi's likeliest body for it where one is known. */
  | { readonly status: number; readonly retryAfter?: string }
  /** 302 unless `status` is set. */
  | { readonly redirect: string; readonly status?: number }
  | { readonly fault: FaultName };

/** Three windows with right numbers; the month comes as a ratio only. A composite of C and B. */
export const THREE_WINDOWS: ShapedUsages = {
  shape: 'C',
  windows: ['fiveHour', 'week', 'month'],
  hasLyingZeros: false,
};

const ERROR_OF_STATUS: Record<number, KimiCodeErrorName> = {
  401: 'keyInvalid',
  402: 'membership',
  403: 'fiveHour',
  404: 'methodNotFound',
  410: 'gone',
  429: 'tooManyRequests',
  500: 'server',
  503: 'unavailable',
};

/** Answers an authenticated `/usages` request according to the scenario; sends faults directly. */
export function answerUsages(exchange: Exchange, scenario: UsagesScenario): Reply | undefined {
  if (typeof scenario === 'string') return answerUsages(exchange, { shape: scenario });
  if ('shape' in scenario)
    return { status: 200, body: usagesBody(usagesSource(exchange.state), scenario) };
  if ('raw' in scenario) return { status: scenario.status ?? 200, body: scenario.raw };
  if ('redirect' in scenario) return redirect(scenario.redirect, scenario.status ?? 302);
  if ('fault' in scenario) return sendFault(exchange, scenario.fault);
  if ('error' in scenario) return refusal(scenario.error, scenario.retryAfter);
  const error = ERROR_OF_STATUS[scenario.status];
  const reply = error ? refusal(error, scenario.retryAfter) : { body: '' };
  return { ...reply, status: scenario.status };
}

function redirect(location: string, status: number): Reply {
  return { status, body: '', headers: { location } };
}

function refusal(name: KimiCodeErrorName, retryAfter: string | undefined): Reply {
  const error = KIMI_CODE_ERRORS[name];
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { ...errorReply(error), headers };
}
