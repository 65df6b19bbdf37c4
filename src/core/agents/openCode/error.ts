import * as z from 'zod/mini';
import { lenient, omitUndefined } from '../../base/fields.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import { unwrapError, wordsOf, type ErrorText } from '../agentError.ts';
import { FailureStatus, Name, Words } from '../recordFields.ts';
import { joinSupportIds, supportIdsOfHeaders } from '../supportIds.ts';

/** The error of one attempt, or of the last of several. */
export interface OpenCodeError {
  readonly parsed: ErrorText;
  /** Host of the request URL. */
  readonly host?: string;
  readonly retryAfterMs?: number;
  /** Attempts inside the SDK. */
  readonly attemptCount?: number;
}

/** An AI SDK error: its JSON in a line of 1.14, or `error.data` of a row. */
const SdkError = z.object({
  name: Name,
  message: Words,
  url: Words,
  metadata: lenient(z.object({ url: Words })),
  statusCode: FailureStatus,
  responseBody: Words,
  responseHeaders: lenient(z.record(z.string(), z.unknown())),
  lastError: lenient(z.unknown()),
  errors: lenient(z.array(z.unknown())),
});

/**
 * Reads only the fields about the failure: the user's conversation may be next to them. An error
 * inside a stream is the provider's own body.
 */
export function readSdkError(error: unknown): OpenCodeError | undefined {
  const { data } = SdkError.safeParse(error);
  if (!data) return undefined;
  const last = data.lastError === undefined ? undefined : readSdkError(data.lastError);
  if (last)
    return { ...last, ...omitUndefined({ attemptCount: data.errors?.length || undefined }) };
  const body = unwrapError(data.responseBody ?? '');
  const message = unwrapError(data.message ?? '');
  const inStream = data.statusCode === undefined ? wordsOf(error) : undefined;
  const status = data.statusCode ?? message.status;
  return {
    parsed: {
      text: (inStream?.text ?? message.text) || body.text,
      ...omitUndefined({
        status,
        errorType: inStream?.errorType ?? body.errorType ?? message.errorType,
        ids: joinSupportIds(supportIdsOfHeaders(data.responseHeaders ?? {}), body.ids),
      }),
    },
    ...omitUndefined({
      host: hostOf(data.url ?? data.metadata?.url ?? ''),
      retryAfterMs: retryAfterOf(data.responseHeaders ?? {}),
    }),
  };
}

/** In OpenCode's order (`retry.ts`); a date is a time, not a duration. */
function retryAfterOf(headers: Readonly<Record<string, unknown>>): number | undefined {
  const number = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && /^\d{1,9}(?:\.\d+)?$/.test(value) ? +value : undefined;
  };
  const seconds = number('retry-after');
  return number('retry-after-ms') ?? (seconds === undefined ? undefined : seconds * 1000);
}

/** No request was made, or the user canceled it: not a failure. */
const LOCAL =
  /^(?:Provider\w*Error\b|AI_(?:Load\w+|NoSuch\w+|Unsupported\w+|Invalid(?:Argument|Prompt|MessageRole|DataContent))Error\b)/;
const BROKEN_OFF = /^(?:\w*Abort\w*|DOMException)\b|\boperation was aborted\b/i;

/** The kind of an error, by its class name before the message. */
export function kindOfError(text: string): 'answer' | 'local' | 'brokenOff' {
  if (LOCAL.test(text)) return 'local';
  return BROKEN_OFF.test(text.slice(0, 200)) ? 'brokenOff' : 'answer';
}

/** `AI_RetryError: Failed after 3 attempts. Last error: …` */
export function attemptsIn(text: string): number | undefined {
  const count = Number(/\bFailed after (\d{1,2}) attempts\b/.exec(text.slice(0, 200))?.[1]);
  return count > 1 ? count : undefined;
}

/** OpenCode's internal agents, which run without a user's prompt. */
export function isSideAgent(name: string | undefined): boolean {
  return /^(?:title|summary|compaction)$/.test(name ?? '');
}
