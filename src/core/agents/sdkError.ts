import { unwrapError, type ErrorText } from './errorText.ts';

/** What an SDK or LiteLLM writes of an error: classes and libraries before the provider's words. */
export interface SdkError extends ErrorText {
  /** LiteLLM's name of the provider, in small letters: `moonshot`; `openai` is only the protocol. */
  readonly providerId?: string;
  /** How often LiteLLM says that it tried, where it says so. */
  readonly attemptCount?: number;
}

/** `openai.RateLimitError: `, `litellm.exceptions.APIError: `, `APIStatusError: `. */
const CLASS = /^(?:[a-z_]\w{0,40}\.){0,5}([A-Z]\w{0,60}(?:Error|Exception)|Timeout): /;
/** `MoonshotException - `, behind LiteLLM's own class. */
const PROVIDER = /^([A-Z]\w{1,40}?)Exception - /;
const RETRIED = / LiteLLM Retried: (\d{1,3}) times?/;
/** What LiteLLM's router puts behind. */
const ROUTER_END =
  /(?:\.? ?Received Model Group=|\s*Available Model Group Fallbacks=| LiteLLM Retried: ).*$/s;
const DEEPEST = 6;

/** The classes that stand for one status, in the SDKs of OpenAI and Anthropic and in LiteLLM. */
const STATUSES: Readonly<Record<string, number>> = {
  BadRequestError: 400,
  ContextWindowExceededError: 400,
  AuthenticationError: 401,
  PermissionDeniedError: 403,
  NotFoundError: 404,
  UnprocessableEntityError: 422,
  RateLimitError: 429,
  InternalServerError: 500,
  ServiceUnavailableError: 503,
};

/** Takes classes and LiteLLM's wrapping off an error, and then what agents put around. */
export function unwrapSdkError(raw: string): SdkError {
  const retried = RETRIED.exec(raw)?.[1];
  let text = raw.replace(ROUTER_END, '').trim();
  let status: number | undefined;
  let providerId: string | undefined;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const provider = PROVIDER.exec(text);
    const wrapping = provider ?? CLASS.exec(text);
    if (!wrapping) break;
    if (provider) providerId ??= provider[1]!.toLowerCase();
    else status ??= STATUSES[wrapping[1]!];
    text = text.slice(wrapping[0].length);
  }
  const said = unwrapError(text);
  return {
    ...(status ? { status } : {}),
    ...said,
    ...(providerId ? { providerId } : {}),
    ...(retried ? { attemptCount: Number(retried) + 1 } : {}),
  };
}
