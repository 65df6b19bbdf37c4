import type { Unreachable } from '../core/quota/outcome.ts';
import { describeFailure } from './unreachable.ts';

/** The slice of `fetch` that is used: the editor's own, or undici's on the command line. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Until the headers are there. Kimi's own client gives up at 8 s (kimi.md 2.1). */
const HEADERS_TIMEOUT_MS = 10_000;
/** Until the body is read. */
const TOTAL_TIMEOUT_MS = 15_000;

/** How Kimi is asked, whatever it is asked for. */
export interface AskOptions {
  readonly fetch: Fetch;
  /** Names this program and its version: no other client's identity is borrowed. */
  readonly userAgent: string;
  /** Default: `HEADERS_TIMEOUT_MS`. */
  readonly headersTimeoutMs?: number;
  /** Default: `TOTAL_TIMEOUT_MS`. */
  readonly totalTimeoutMs?: number;
}

/** What is asked for, and with which key, if with any. */
export interface Question {
  readonly url: string;
  readonly key: string | undefined;
  /** Sent as JSON, by POST. Default: a GET. */
  readonly body?: unknown;
}

/**
 * Sends one request and lets `read` make something of the answer. Redirects are not followed, since a
 * custom header would travel with them; all of it ends after 15 s. Never rejects.
 */
export async function askOnce<T>(
  question: Question,
  options: AskOptions,
  read: (response: Response) => Promise<T>,
): Promise<T | Unreachable> {
  const { fetch, headersTimeoutMs, totalTimeoutMs } = options;
  const deadline = new AbortController();
  const { signal } = deadline;
  const { url } = question;
  const abort = (): void => deadline.abort(new DOMException('no answer in time', 'TimeoutError'));
  const total = setTimeout(abort, totalTimeoutMs ?? TOTAL_TIMEOUT_MS);
  const headers = setTimeout(abort, headersTimeoutMs ?? HEADERS_TIMEOUT_MS);
  const ask = async (): Promise<T> => {
    const response = await fetch(url, { ...requestOf(question, options), signal });
    clearTimeout(headers);
    return read(response);
  };
  try {
    return await Promise.race([ask(), rejectOnAbort(signal)]);
  } catch (error) {
    return describeFailure(error, url);
  } finally {
    clearTimeout(headers);
    clearTimeout(total);
    // Frees the socket of an answer that was not read to its end.
    deadline.abort();
  }
}

function requestOf({ key, body }: Question, { userAgent }: AskOptions): RequestInit {
  const headers = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    accept: 'application/json',
    'user-agent': userAgent,
  };
  if (body === undefined) return { headers, redirect: 'manual' };
  return {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
  };
}

/** A fetch that does not heed its signal must not hold up the poll for ever. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
