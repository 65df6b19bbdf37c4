import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import { hostOf } from './attribution.ts';
import { unwrapError, type ErrorText } from './errorText.ts';
import { FailureStatus, Words } from './recordField.ts';
import { joinSupportIds, supportIdsOfHeaders } from './supportIds.ts';

/** A request that failed so often in the same way, one after the other. */
export interface ClineFailure extends ErrorText {
  readonly host?: string;
  readonly attemptCount: number;
}

const ApiError = z.object({
  message: Words,
  url: Words,
  statusCode: FailureStatus,
  responseBody: Words,
  responseHeaders: lenient(z.record(z.string(), z.unknown())),
});
type ApiError = z.infer<typeof ApiError>;

/** `err` of a `[ai-sdk] stream error`: of one attempt, or of all that were made. */
export const StreamError = z.extend(ApiError, {
  errors: lenient(z.array(ApiError)),
  lastError: lenient(ApiError),
});

/** What the SDK puts before the provider's words. */
const RETRIED =
  /^Failed after (\d{1,3}) attempts?(?: with non-retryable error)?[.:] ?(?:Last error: )?/;
const CLASS = /^'?(?:AI_)?\w{1,40}Error: /;

/** The failures of one record; those that say the same are one. */
export function readStreamError(error: z.infer<typeof StreamError>): ClineFailure[] {
  const { errors = [], lastError } = error;
  const all = errors.length > 0 ? errors : [lastError ?? error];
  const failures: ClineFailure[] = [];
  for (const [index, one] of all.entries()) {
    // Only the last has a message: those of the others are in their bodies.
    const failure = readAttempt(one, index === all.length - 1 ? (error.message ?? '') : '');
    const last = failures.at(-1);
    if (last && isSame(last, failure)) failures[failures.length - 1] = again(last, failure);
    else failures.push(failure);
  }
  const told = attemptsOf(error.message ?? '');
  if (errors.length > 0 || told === undefined) return failures;
  return failures.map(failure => ({ ...failure, attemptCount: told }));
}

function again(last: ClineFailure, next: ClineFailure): ClineFailure {
  const ids = joinSupportIds(next.ids, last.ids);
  return { ...last, attemptCount: last.attemptCount + 1, ...(ids ? { ids } : {}) };
}

const isSame = (a: ClineFailure, b: ClineFailure): boolean =>
  a.status === b.status && a.text === b.text && a.errorType === b.errorType;

function readAttempt(error: ApiError, message: string): ClineFailure {
  const body = unwrapError(error.responseBody ?? '');
  const words = unwrapError(wordsOf(error.message ?? message));
  const said = body.text === '' ? words : body;
  const status = error.statusCode ?? said.status;
  const host = hostOf(error.url ?? '');
  const ids = joinSupportIds(supportIdsOfHeaders(error.responseHeaders ?? {}), said.ids);
  return {
    ...said,
    attemptCount: 1,
    ...(ids ? { ids } : {}),
    ...(status ? { status } : {}),
    ...(host ? { host } : {}),
  };
}

const attemptsOf = (message: string): number | undefined => {
  const count = Number(RETRIED.exec(message)?.[1]);
  return count > 1 ? count : undefined;
};

const wordsOf = (message: string): string => message.replace(RETRIED, '').replace(CLASS, '');

/** Names before the request, which may be longer than what is read of a line. */
const TEXT = String.raw`"((?:[^"\\]|\\.){1,2000})"`;
const CUT_MESSAGE = new RegExp(String.raw`"err":\{(?:"type":"\w{1,60}",)?"message":${TEXT}`);
const CUT_URL = new RegExp(String.raw`"url":${TEXT}`);
const CUT_STATUS = /"statusCode":([45]\d\d)\b/;

/** The failure at the beginning of a line that is too long to be read whole. */
export function readCutStreamError(text: string): ClineFailure[] {
  const message = unescape(CUT_MESSAGE.exec(text)?.[1]);
  if (message === undefined) return [];
  const url = CUT_URL.exec(text)?.[1];
  const statusCode = Number(CUT_STATUS.exec(text)?.[1]);
  return readStreamError({
    message,
    url,
    statusCode: FailureStatus.parse(statusCode),
    responseBody: undefined,
    responseHeaders: undefined,
    errors: undefined,
    lastError: undefined,
  });
}

function unescape(text: string | undefined): string | undefined {
  return text?.replace(/\\(["\\/])/g, '$1').replace(/\\[nrt]/g, ' ');
}
