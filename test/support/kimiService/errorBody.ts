import type { Reply } from './exchange.ts';

/** An error as Kimi writes it. `type` is that of the OpenAI route; `{…}` in `message` is filled in. */
export interface KimiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/**
 * The ways to ask: the body's form and the names of the types differ (docs/kimi.md 4.2). `responses`:
 * OpenAI's newer API, which Codex speaks.
 */
export type Route = 'openai' | 'anthropic' | 'responses';

/** Renamed on the Anthropic route (docs/kimi.md 4.2); the rest are Anthropic's own names for a status. */
const ANTHROPIC_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** The answer that an error is, on a route. `values` fill the places in the message. */
export function errorReply(
  error: KimiError,
  route: Route = 'openai',
  values: Readonly<Record<string, string | number>> = {},
): Reply {
  const message = error.message.replace(/\{(\w+)\}/g, (place, name) => `${values[name] ?? place}`);
  if (route !== 'anthropic')
    return { status: error.status, body: { error: { type: error.type, message } } };
  const type = ANTHROPIC_TYPES[error.status] ?? 'api_error';
  return { status: error.status, body: { error: { type, message }, type: 'error' } };
}
