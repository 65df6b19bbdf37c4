import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import { redact } from '../../base/redact.ts';
import { unwrapError, wordsOf, type ErrorText } from '../agentError.ts';
import { evidenceFromText, type ErrorFields } from '../failureFromText.ts';
import { Duration, FailureStatus, Name, Tokens, Words } from '../recordFields.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import type { Failure, ProviderEvidence } from '../signal.ts';
import {
  joinSupportIds,
  type SupportIds,
  supportIds,
  supportIdsIn,
  supportIdsOfHeaders,
} from '../supportIds.ts';

/** Request ids of Anthropic's own service (docs/agents.md 2.4). */
const ANTHROPIC_REQUEST = /^req_011|"request_id":"req_011/;

/** `error` of an `api_error` record; versions to 2.1.234 have other fields than 2.1.330. */
const ApiError = z.object({
  status: FailureStatus,
  message: Words,
  formatted: Words,
  /** The body, in older versions: an object in an object. */
  error: lenient(z.unknown()),
  requestID: lenient(z.string()),
  headers: lenient(z.record(z.string(), z.unknown())),
  connection: lenient(z.object({ code: Words })),
  /** In older versions; the path of a socket error is the request URL. */
  cause: lenient(z.object({ code: Words, path: Words })),
  rateLimits: lenient(z.unknown()),
});

/** The fields of all relevant records; each is absent in records of other types. */
export const ClaudeRecord = z.object({
  type: z.string(),
  subtype: Name,
  timestamp: Time,
  sessionId: Name,
  agentId: Name,
  version: Name,
  cwd: Words,
  uuid: Name,
  // `api-request`
  id: Name,
  base: Name,
  tail: lenient(z.array(z.unknown())),
  requestDigest: Name,
  querySource: Name,
  params: lenient(z.object({ model: Name, max_tokens: Tokens })),
  // `assistant`
  requestRef: Name,
  message: lenient(
    z.object({
      id: Name,
      model: lenient(z.string().check(z.maxLength(100))),
      content: lenient(z.unknown()),
      usage: lenient(
        z.object({
          input_tokens: Tokens,
          cache_creation_input_tokens: Tokens,
          cache_read_input_tokens: Tokens,
          output_tokens: Tokens,
        }),
      ),
    }),
  ),
  isApiErrorMessage: lenient(z.boolean()),
  apiErrorStatus: FailureStatus,
  apiErrorType: Name,
  errorDetails: Words,
  requestId: lenient(z.string()),
  quotaLimits: lenient(z.unknown()),
  // `api_error`; in final records it is a string.
  error: lenient(z.unknown()),
  retryInMs: Duration,
});
export type ClaudeRecord = z.infer<typeof ClaudeRecord>;

/** A failure, and the evidence for its account. */
export interface ReadFailure {
  readonly failure: Failure;
  readonly evidence: ProviderEvidence;
}

/** Reads a `system` record with `subtype:"api_error"`. */
export function readApiError(record: ClaudeRecord): ReadFailure {
  const error = ApiError.safeParse(record.error).data;
  const parsed = wordsOfApiError(error);
  const host = hostOf(error?.cause?.path ?? '');
  const isAnthropic =
    ANTHROPIC_REQUEST.test(error?.requestID ?? '') ||
    ANTHROPIC_REQUEST.test((error?.message ?? '').slice(0, 4096)) ||
    (error?.rateLimits ?? null) !== null;
  const isKimi = Object.keys(error?.headers ?? {}).some(name => /^(?:x-)?msh-/i.test(name));
  const ids = joinSupportIds(
    supportIds({ requests: [error?.requestID] }),
    supportIdsOfHeaders(error?.headers ?? {}),
    parsed.ids,
  );
  const read = toFailure({ ...parsed, status: error?.status ?? parsed.status, ids }, isAnthropic);
  const wait = record.retryInMs === undefined ? undefined : Math.round(record.retryInMs);
  return {
    failure: { ...read.failure, ...omitUndefined({ retryAfterMs: wait }) },
    evidence: {
      ...read.evidence,
      ...omitUndefined({ host, hasKimiWords: isKimi ? true : undefined }),
    },
  };
}

function wordsOfApiError(error: z.infer<typeof ApiError> | undefined): ErrorText {
  const body = wordsOf(error?.error);
  if (body) return body;
  // `message` is the body or a page; `formatted` is the agent's version of it.
  const message = unwrapError(error?.message ?? '');
  const hasBody = /^(?:[45]\d\d )*\{/.test(error?.message ?? '');
  if (hasBody || !error?.formatted) {
    const code = error?.connection?.code ?? error?.cause?.code;
    return message.text ? message : { ...message, text: code ?? '' };
  }
  return unwrapError(error.formatted);
}

/** The suffix that Claude Code adds to a broken connection. */
const ADVICE = /\. Check the gateway set in ANTHROPIC_BASE_URL.*$/s;

/** Reads an `assistant` record with `isApiErrorMessage`: the agent stopped retrying. */
export function readFinal(record: ClaudeRecord): ReadFailure {
  // Where Claude Code shows its own sentence, the details contain the error text.
  const details = unwrapError(record.errorDetails ?? '');
  const shown = unwrapError(firstText(record.message?.content).replace(ADVICE, ''));
  const hasDetails = details.text !== '' && details.errorType !== undefined;
  const parsed = hasDetails ? details : shown;
  const isAnthropic =
    ANTHROPIC_REQUEST.test(record.requestId ?? '') || (record.quotaLimits ?? null) !== null;
  const read = toFailure(
    {
      text: parsed.text,
      status: record.apiErrorStatus ?? parsed.status ?? shown.status,
      errorType: record.apiErrorType ?? parsed.errorType,
      ids: joinSupportIds(supportIds({ requests: [record.requestId] }), parsed.ids),
    },
    isAnthropic,
  );
  return { ...read, failure: { ...read.failure, isFinal: true } };
}

const Content = z.array(z.object({ text: lenient(z.string()) }));

function firstText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Content.safeParse(content).data ?? [];
  return parts.find(({ text }) => text !== undefined)?.text ?? '';
}

/**
 * Kimi Code's Anthropic route renames the types, the open platform's does not (docs/agents.md 2.4).
 * That is more specific than the error text, which both products may share.
 */
const CODE_TYPES = ['rate_limit_error', 'permission_error', 'authentication_error'];
const PLATFORM_TYPES = ['rate_limit_reached_error', 'exceeded_current_quota_error'];

/** Redacts a failure, and reads its evidence as that of a request on an Anthropic route. */
export function toFailure(
  parsed: ErrorFields & { readonly ids?: SupportIds | undefined },
  isAnthropic: boolean,
): ReadFailure {
  const text = redact(parsed.text);
  const words = evidenceFromText({ ...parsed, text });
  const type = parsed.errorType ?? '';
  const product = CODE_TYPES.includes(type)
    ? 'kimi-code'
    : PLATFORM_TYPES.includes(type)
      ? 'open-platform'
      : undefined;
  return {
    failure: {
      text,
      ...omitUndefined({
        status: parsed.status,
        errorType: parsed.errorType,
        support: joinSupportIds(parsed.ids, supportIdsIn(parsed.text)),
      }),
    },
    evidence: {
      ...words,
      ...(words.hasKimiWords && product ? { product } : {}),
      ...(isAnthropic ? { otherProvider: 'Anthropic' } : {}),
    },
  };
}
