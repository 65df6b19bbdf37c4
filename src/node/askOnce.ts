import { isLoopback } from './parseBaseUrl.ts';
import type { Unreachable, UnreachableCause } from '../core/quota/outcome.ts';

/** A larger response is not a quota: known ones have 1 to 2 KB. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * The decoded body as text, or undefined if it is over `MAX_BODY_BYTES` (after decompression,
 * against compression bombs). Rejects when the stream breaks.
 */
export async function readBody(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new TextDecoder().decode(Buffer.concat(chunks));
    byteCount += value.byteLength;
    if (byteCount > MAX_BODY_BYTES) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
}

/** Error codes of Node and undici, and of Chromium for `http.electronFetch`. */
const CAUSES: readonly (readonly [code: RegExp, cause: UnreachableCause])[] = [
  [/ABORT_ERR|TimeoutError|TIMEDOUT|_TIMEOUT|TIMED_OUT/, 'timeout'],
  [/PROXY|TUNNEL|\b407\b/i, 'proxy'],
  [/ENOTFOUND|EAI_AGAIN|NAME_NOT_RESOLVED|ENODATA/, 'dns'],
  [/ECONNREFUSED|CONNECTION_REFUSED|EHOSTUNREACH|ENETUNREACH|ADDRESS_UNREACHABLE/, 'refused'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS|ERR_SSL|EPROTO|SSL_|HOSTNAME_MISMATCH/,
    'tls',
  ],
];

/**
 * Why there is no response from `url`, by the chain of `cause`s of a rejected fetch. Keeps error
 * codes only: messages may repeat a URL or a header.
 */
function describeFailure(error: unknown, url: string): Unreachable {
  const marks = causeChain(error, new URL(url));
  const text = marks.join(' ');
  const cause = CAUSES.find(([code]) => code.test(text))?.[1] ?? 'network';
  const detail = marks.find(mark => /^[A-Z][A-Z0-9_]{2,40}$/.test(mark));
  return { kind: 'unreachable', cause, ...(detail === undefined ? {} : { detail }) };
}

function causeChain(error: unknown, asked: URL): string[] {
  const marks: string[] = [];
  const queue = [error];
  for (let link = queue.shift(); link instanceof Error && marks.length < 30; link = queue.shift()) {
    marks.push(codeOf(link), link.name, ...(link.message.match(/ERR_[A-Z_]+|\b407\b/g) ?? []));
    if (/proxy/i.test(link.message) || isOfAnother(link, asked)) marks.push('proxy');
    queue.push(link.cause, ...(link instanceof AggregateError ? link.errors : []));
  }
  return marks.filter(mark => mark !== '');
}

/** A connection to another host or port than that of the URL was one to a proxy. */
function isOfAnother(error: Error, asked: URL): boolean {
  const port = Number(asked.port) || (asked.protocol === 'https:' ? 443 : 80);
  const isOtherPort = 'port' in error && typeof error.port === 'number' && error.port !== port;
  const isOtherName = 'hostname' in error && error.hostname !== asked.hostname;
  return isOtherPort || isOtherName;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

/** The used subset of `fetch`: the editor's, or undici's on the command line. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Until the headers arrive. Kimi's client gives up after 8 s (docs/kimi.md 2.1). */
const HEADERS_TIMEOUT_MS = 10_000;
/** Until the body is read. */
const TOTAL_TIMEOUT_MS = 15_000;

/** Options of every request. */
export interface AskOptions {
  readonly fetch: Fetch;
  /** This program and its version, never another client's name. */
  readonly userAgent: string;
  /** Default: `HEADERS_TIMEOUT_MS`. */
  readonly headersTimeoutMs?: number;
  /** Default: `TOTAL_TIMEOUT_MS`. */
  readonly totalTimeoutMs?: number;
}

/** One request. */
export interface Question {
  readonly url: string;
  readonly key: string | undefined;
  /** Sent as JSON, by POST. Default: a GET. */
  readonly body?: unknown;
  /** Sent too. Never a key. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends one request and passes the response to `read`. Does not follow redirects, which would carry
 * custom headers to another host. Ends after 15 s at the latest. Never rejects.
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
    if (!isPrivate(new URL(url))) throw new TypeError('ERR_NOT_HTTPS');
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
    // Frees the socket of a response that was not read to its end.
    deadline.abort();
  }
}

/** Defense in depth after `parseBaseUrl`: a key never crosses a network in clear text. */
const isPrivate = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);

function requestOf({ key, body, headers: more }: Question, { userAgent }: AskOptions): RequestInit {
  const headers = {
    ...more,
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

/** A fetch that ignores its signal must not block the poller forever. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
