import type { KeyMistake } from '../accounts/key.ts';
import type { Plan } from './plan.ts';
import type { Malformed, Snapshot } from './snapshot.ts';

/** Log lines are for people: an unknown response may have thousands of fields. */
const LONGEST_SHAPE = 1000;

function snapshotWords({ windows, balance }: Snapshot): string {
  // Amounts don't belong in a log.
  if (balance) return `the balance is ${balance.available > 0 ? 'sufficient' : 'insufficient'}`;
  return windows
    .map(({ id, usedPercent }) => `${id} ${usedPercent?.toFixed(1) ?? '?'}% used`)
    .join(', ');
}

/** An outcome for the log: kinds, codes, hosts and statuses only. */
export function outcomeWords(outcome: QuotaOutcome): string {
  switch (outcome.kind) {
    case 'fresh':
      return snapshotWords(outcome.snapshot);
    case 'malformed': {
      const shape = outcome.shape?.slice(0, LONGEST_SHAPE) ?? 'unknown';
      return `malformed: ${outcome.issues.join('; ')}; shape ${shape}`;
    }
    case 'unreachable':
      return `unreachable: ${outcome.cause}${outcome.detail ? ` (${outcome.detail})` : ''}`;
    case 'forbidden':
      return `forbidden: ${outcome.reason}`;
    case 'gone':
      return `gone: HTTP ${outcome.status}`;
    case 'rateLimited':
      return `limited by the endpoint, Retry-After ${outcome.retryAfterMs ?? 'missing'}`;
    case 'noPlan':
      return 'no Kimi Code plan';
    case 'unauthorized':
      return 'key refused';
  }
}

/**
 * `Retry-After` in milliseconds from `now`: whole seconds or an HTTP date. Garbage, a negative
 * number and a past date are undefined: then the caller's backoff decides.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim().replace(/^"(.*)"$/, '$1');
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
  const waitMs = Date.parse(text) - now;
  return waitMs > 0 ? waitMs : undefined;
}

/** The outcome of one quota check. Expected failures are values, never thrown. */
export type QuotaOutcome =
  | { readonly kind: 'fresh'; readonly snapshot: Snapshot }
  /** 401: the key is wrong, expired, or for another host. */
  | { readonly kind: 'unauthorized'; readonly mistake?: KeyMistake }
  /** 402 or 403: the body has the reason, often not the key (docs/kimi.md 2.7 and 4.2). */
  | { readonly kind: 'forbidden'; readonly reason: ForbiddenReason }
  | NoPlan
  /** 429: the usage endpoint rate limits checks. The quota isn't affected. */
  | { readonly kind: 'rateLimited'; readonly retryAfterMs?: number }
  /** 404 or 410: the endpoint was removed, or never existed on this host. */
  | { readonly kind: 'gone'; readonly status: number }
  | Malformed
  | Unreachable;

/**
 * The account has no Kimi Code plan: a free plan, a plan without it, or an ended one. Reported as
 * `200 {}` or by the text of a 403 (docs/kimi.md 2.7).
 */
export interface NoPlan {
  readonly kind: 'noPlan';
}

/** Why an authenticated request was rejected. `unknown`: the text gives no reason. */
export type ForbiddenReason =
  'quota' | 'concurrency' | 'membership' | 'clientNotAccepted' | 'accountClosed' | 'unknown';

/** No usable response. `detail` is short, in English and without secrets: a code, hosts, a status. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly cause: UnreachableCause;
  readonly detail?: string;
  /** A 503 may have Retry-After, as a 429 does. */
  readonly retryAfterMs?: number;
}

/**
 * `server`: a 5xx. `redirect`: a 3xx, which is never followed. `webPage`: HTML instead of JSON, as
 * a captive portal sends it. `network`: cut, or unknown.
 */
export type UnreachableCause =
  'dns' | 'refused' | 'tls' | 'proxy' | 'timeout' | 'network' | 'server' | 'redirect' | 'webPage';

/** Sends one request per call. Never rejects for an expected failure. */
export interface QuotaClient {
  readQuota(key: string): Promise<QuotaOutcome>;
  /** The plan of a Kimi Code account, or the limits of another; undefined if the response has none. */
  readPlan(key: string): Promise<Plan | undefined>;
}
