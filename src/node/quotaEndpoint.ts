import type { Endpoint } from '../core/endpoint.ts';
import { forbiddenReason } from '../core/quota/forbiddenReason.ts';
import type { QuotaClient, QuotaOutcome, Unreachable } from '../core/quota/outcome.ts';
import { readBalance } from '../core/quota/readBalance.ts';
import { readUsages } from '../core/quota/readUsages.ts';
import { parseRetryAfter } from '../core/quota/retryAfter.ts';
import { readBody } from './readBody.ts';
import { describeFailure } from './unreachable.ts';

/** The slice of `fetch` that is used: the editor's own, or undici's on the command line. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Until the headers are there. Kimi's own client gives up at 8 s (kimi.md 2.1). */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Until the body is read. */
export const TOTAL_TIMEOUT_MS = 15_000;

/** What a `QuotaEndpoint` is made of. */
export interface QuotaEndpointOptions {
  readonly endpoint: Endpoint;
  readonly fetch: Fetch;
  /** Names this program and its version: no other client's identity is borrowed. */
  readonly userAgent: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Default: `HEADERS_TIMEOUT_MS`. */
  readonly headersTimeoutMs?: number;
  /** Default: `TOTAL_TIMEOUT_MS`. */
  readonly totalTimeoutMs?: number;
}

/**
 * Asks for the plan's windows or the balance once (kimi.md 2.1 and 3). Redirects are not followed,
 * since a custom header would travel with them; at most 256 KB are read; it ends after 15 s. Owns
 * no state: rhythm, backoff and single flight are the poller's.
 */
export class QuotaEndpoint implements QuotaClient {
  readonly #options: QuotaEndpointOptions;

  constructor(options: QuotaEndpointOptions) {
    this.#options = options;
  }

  async readQuota(key: string): Promise<QuotaOutcome> {
    const { endpoint, headersTimeoutMs, totalTimeoutMs } = this.#options;
    const deadline = new AbortController();
    const abort = (): void => deadline.abort(new DOMException('no answer in time', 'TimeoutError'));
    const total = setTimeout(abort, totalTimeoutMs ?? TOTAL_TIMEOUT_MS);
    const headers = setTimeout(abort, headersTimeoutMs ?? HEADERS_TIMEOUT_MS);
    try {
      return await Promise.race([
        this.#ask(key, deadline.signal, () => clearTimeout(headers)),
        rejectOnAbort(deadline.signal),
      ]);
    } catch (error) {
      return describeFailure(error, endpoint.quotaUrl);
    } finally {
      clearTimeout(headers);
      clearTimeout(total);
      // Frees the socket of an answer that was not read to its end.
      deadline.abort();
    }
  }

  async #ask(key: string, signal: AbortSignal, onHeaders: () => void): Promise<QuotaOutcome> {
    const { endpoint, fetch } = this.#options;
    const init = { headers: this.#headers(key), redirect: 'manual', signal } as const;
    const response = await fetch(endpoint.quotaUrl, init);
    onHeaders();
    return this.#read(response);
  }

  #headers(key: string): Record<string, string> {
    return {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
    };
  }

  async #read(response: Response): Promise<QuotaOutcome> {
    const { status } = response;
    const now = this.#options.now();
    if (status >= 300 && status < 400) return this.#redirected(response);
    if (status === 401) return { kind: 'unauthorized' };
    if (status === 407) return { kind: 'unreachable', cause: 'proxy', detail: 'HTTP 407' };
    if (status === 404 || status === 410) return { kind: 'gone', status };
    if (status === 429) return { kind: 'rateLimited', ...retryAfter(response, now) };
    // "Network authentication required" (RFC 6585): a captive portal that says so.
    if (status === 511) return { kind: 'unreachable', cause: 'webPage', detail: '511' };
    if (status >= 500) {
      const detail = String(status);
      return { kind: 'unreachable', cause: 'server', detail, ...retryAfter(response, now) };
    }
    const body = await readBody(response);
    if (status === 402 || status === 403) {
      return { kind: 'forbidden', reason: forbiddenReason(body ?? '') };
    }
    if (body === undefined) return { kind: 'malformed', issues: ['the answer is over 256 KB'] };
    if (status !== 200) return { kind: 'malformed', issues: [`the status is ${status}`] };
    return this.#parse(body, response, now);
  }

  #parse(body: string, response: Response, now: number): QuotaOutcome {
    const parsed = parseJson(body);
    if (parsed === undefined) {
      return isWebPage(body, response)
        ? { kind: 'unreachable', cause: 'webPage' }
        : { kind: 'malformed', issues: ['the answer is not JSON'] };
    }
    const { origin, product } = this.#options.endpoint;
    const read = product === 'kimiCode' ? readUsages : readBalance;
    const snapshot = read(parsed.value, {
      at: now,
      origin,
      clockSkewMs: clockSkewMs(response.headers.get('date'), now),
    });
    return snapshot.kind === 'snapshot' ? { kind: 'fresh', snapshot } : snapshot;
  }

  #redirected(response: Response): Unreachable {
    const { origin, quotaUrl } = this.#options.endpoint;
    const target = URL.parse(response.headers.get('location') ?? '', quotaUrl);
    const to = target?.host ? target.origin.slice(0, LONGEST_ORIGIN) : 'nowhere';
    return { kind: 'unreachable', cause: 'redirect', detail: `${origin} to ${to}` };
  }
}

/** No host name is longer than 253 characters, but a header may be. */
const LONGEST_ORIGIN = 270;

/** A fetch that does not heed its signal must not hold up the poll for ever. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function retryAfter({ headers }: Response, now: number): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function isWebPage(body: string, { headers }: Response): boolean {
  const isHtml = /^text\/html\b/i.test(headers.get('content-type') ?? '');
  return (isHtml && body !== '') || /^\s*<|<html/i.test(body.slice(0, 512));
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The header counts whole seconds: a smaller difference is rounding and travel, not a wrong clock. */
const SMALLEST_SKEW_MS = 2000;
/** With a clock that is wrong by more no certificate would be valid: the header is wrong. */
const LARGEST_SKEW_MS = 90 * 24 * 3_600_000;

function clockSkewMs(date: string | null, now: number): number {
  const skew = date === null ? NaN : Date.parse(date) - now;
  const isClock = Math.abs(skew) > SMALLEST_SKEW_MS && Math.abs(skew) <= LARGEST_SKEW_MS;
  return isClock ? skew : 0;
}
