import { type Endpoint, sourceOf } from '../core/accounts/endpoint.ts';
import { keyMistake } from '../core/accounts/key.ts';
import { parseAccountLimits } from '../core/quota/accountLimits.ts';
import type { Forbidden } from '../core/quota/forbiddenReason.ts';
import {
  type NoPlan,
  parseRetryAfter,
  type QuotaClient,
  type QuotaOutcome,
  type Unreachable,
} from '../core/quota/outcome.ts';
import {
  type AccountLimits,
  parseContextTokens,
  parsePlan,
  type Plan,
} from '../core/quota/plan.ts';
import { readBalance } from '../core/quota/readBalance.ts';
import type { Malformed } from '../core/quota/snapshot.ts';
import { readUsages } from '../core/quota/usages.ts';
import { DAY_MS, SECOND_MS } from '../core/base/time.ts';
import { askOnce, type AskOptions, readBody } from './askOnce.ts';

/** Outcome of a request without the wanted data. */
export type Refusal = Exclude<QuotaOutcome, { readonly kind: 'fresh' }>;

/** The request that a response belongs to. */
export interface Asked {
  readonly endpoint: Endpoint;
  /** Absent: the request had no key. */
  readonly key?: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Reads a response: first its status, then up to 256 KB of JSON for `parse`. Rejects when the
 * stream breaks.
 */
export async function readAnswer<T>(
  response: Response,
  { endpoint, key, now }: Asked,
  parse: (value: unknown) => T | Malformed,
): Promise<T | Refusal> {
  const { status } = response;
  if (status >= 300 && status < 400) return redirected(response, endpoint);
  if (status === 401) return unauthorized(key, endpoint);
  if (status === 407) return { kind: 'unreachable', cause: 'proxy', detail: 'HTTP 407' };
  if (status === 404 || status === 410) return { kind: 'gone', status };
  if (status === 429) return { kind: 'rateLimited', ...retryAfter(response, now) };
  // "Network authentication required" (RFC 6585): a captive portal.
  if (status === 511) return { kind: 'unreachable', cause: 'webPage', detail: '511' };
  if (status >= 500) {
    const detail = String(status);
    return { kind: 'unreachable', cause: 'server', detail, ...retryAfter(response, now) };
  }
  const body = await readBody(response);
  if (status === 402 || status === 403) {
    return parseRefusal(body ?? '');
  }
  if (body === undefined) return { kind: 'malformed', issues: ['the answer is over 256 KB'] };
  if (status !== 200) return { kind: 'malformed', issues: [`the status is ${status}`] };
  const parsed = parseJson(body);
  if (parsed) return parse(parsed.value);
  return isWebPage(body, response)
    ? { kind: 'unreachable', cause: 'webPage' }
    : { kind: 'malformed', issues: ['the answer is not JSON'] };
}

function unauthorized(key: string | undefined, endpoint: Endpoint): Refusal {
  const mistake = key === undefined ? undefined : keyMistake(key, endpoint);
  return { kind: 'unauthorized', ...(mistake ? { mistake } : {}) };
}

function redirected(response: Response, { origin, quotaUrl }: Endpoint): Unreachable {
  const target = URL.parse(response.headers.get('location') ?? '', quotaUrl);
  const to = PLAIN_ORIGIN.exec(target?.origin ?? '')?.[0] ?? 'nowhere';
  return { kind: 'unreachable', cause: 'redirect', detail: `${origin} to ${to}` };
}

/** The host in a header may contain `$(icon)`, or be longer than any real host. */
const PLAIN_ORIGIN = /^https?:\/\/[\w.:[\]-]{1,260}$/;

function retryAfter({ headers }: Response, now: number): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function isWebPage(body: string, { headers }: Response): boolean {
  const isHtml = /^text\/html\b/i.test(headers.get('content-type') ?? '');
  return (isHtml && body !== '') || /^\s*<|<html/i.test(body.slice(0, 512));
}

/** Undefined: not JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** `Date` has whole seconds: a smaller difference is rounding and latency. */
const SMALLEST_SKEW_MS = 2000;
/** No certificate would be valid with a larger skew, so the header is wrong. */
const LARGEST_SKEW_MS = 90 * DAY_MS;

/**
 * Age of the response in milliseconds, from the `Age` header of a cache (RFC 9111, 5.1), which has
 * whole seconds. 0 if it is missing, invalid or implausibly large.
 */
function ageMs({ headers }: Response): number {
  const text = headers.get('age')?.trim() ?? '';
  const age = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : 0;
  return age <= LARGEST_SKEW_MS ? age : 0;
}

/**
 * The host's clock minus this machine's at the response, in milliseconds; undefined without a valid
 * `Date` header.
 */
export function clockSkewMs(response: Response, now: number): number | undefined {
  const date = Date.parse(response.headers.get('date') ?? '');
  const skew = date - (now - ageMs(response));
  if (!(Math.abs(skew) <= LARGEST_SKEW_MS)) return undefined;
  return Math.abs(skew) > SMALLEST_SKEW_MS ? skew : 0;
}

/** The parser of refusals is a separate chunk, as responses hardly ever need it. */
async function parseRefusal(body: string): Promise<Forbidden | NoPlan> {
  const { readForbidden } = await import('../core/quota/forbiddenReason.ts');
  return readForbidden(body);
}

export type { Fetch } from './askOnce.ts';

/** Options of `QuotaEndpoint`. */
export interface QuotaEndpointOptions extends AskOptions {
  readonly endpoint: Endpoint;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Requests the quotas of the plan or the balance (docs/kimi.md 2.1 and 3), and the name of the plan
 * or the account's limits. Reads at most 256 KB of a response. Stateless: the poller owns schedule, backoff and single
 * flight.
 */
export class QuotaEndpoint implements QuotaClient {
  readonly #options: QuotaEndpointOptions;

  constructor(options: QuotaEndpointOptions) {
    this.#options = options;
  }

  /** Without a key, the rejection shows that the host is reachable. */
  readQuota(key?: string): Promise<QuotaOutcome> {
    const { endpoint } = this.#options;
    const question = { url: endpoint.quotaUrl, key };
    return askOnce(question, this.#options, response => this.#read(response, key));
  }

  async readPlan(key: string): Promise<Plan | undefined> {
    const { product, quotaUrl } = this.#options.endpoint;
    const ask = <T>(path: string, read: (response: Response) => Promise<T>) =>
      askOnce({ url: quotaUrl.replace(/\/(?:usages|balance)$/, path), key }, this.#options, read);
    if (product === 'openPlatform') {
      const named = await ask('', readLimitsBody);
      return 'kind' in named || !named.limits ? undefined : { limits: named.limits };
    }
    const answer = await ask('/me', readPlanBody);
    if ('kind' in answer || !answer.plan) return undefined;
    const models = await ask('/models', readModelsBody);
    const contextTokens = 'kind' in models ? undefined : models.contextTokens;
    return { ...answer.plan, ...(contextTokens ? { contextTokens } : {}) };
  }

  async #read(response: Response, key: string | undefined): Promise<QuotaOutcome> {
    const { endpoint } = this.#options;
    const now = this.#options.now();
    const { product } = endpoint;
    const origin = sourceOf(endpoint);
    const read = product === 'kimiCode' ? readUsages : readBalance;
    const skewMs = clockSkewMs(response, now) ?? 0;
    const outcome = await readAnswer(response, { endpoint, key, now }, value =>
      read(value, { at: now - ageMs(response), origin, clockSkewMs: skewMs }),
    );
    return outcome.kind === 'snapshot' ? { kind: 'fresh', snapshot: outcome } : outcome;
  }
}

async function readModelsBody(response: Response): Promise<Pick<Plan, 'contextTokens'>> {
  if (response.status !== 200) return {};
  return { contextTokens: parseContextTokens(parseJson((await readBody(response)) ?? '')?.value) };
}

/** Returns only the limits: the response also has ids of the user, the organization and the key. */
async function readLimitsBody(
  response: Response,
): Promise<{ readonly limits: AccountLimits | undefined }> {
  if (response.status !== 200) return { limits: undefined };
  return { limits: parseAccountLimits(parseJson((await readBody(response)) ?? '')?.value) };
}

/** Returns only the plan: the response also has the user's name and address. */
async function readPlanBody(response: Response): Promise<{ readonly plan: Plan | undefined }> {
  if (response.status !== 200) return { plan: undefined };
  return { plan: parsePlan(parseJson((await readBody(response)) ?? '')?.value) };
}
