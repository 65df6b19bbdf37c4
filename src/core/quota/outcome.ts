import type { KeyMistake } from '../accounts/key.ts';
import type { Plan } from './plan.ts';
import type { Malformed, Snapshot } from './snapshot.ts';

/** A line of the log is read by people: a strange answer has thousands of fields. */
const LONGEST_SHAPE = 1000;

function snapshotWords({ windows, balance }: Snapshot): string {
  // How much money somebody has is no matter of a log.
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
      return `limited by the endpoint, Retry-After ${outcome.retryAfterMs ?? 'not told'}`;
    case 'noPlan':
      return 'no Kimi Code plan';
    case 'unauthorized':
      return 'key refused';
  }
}

/**
 * `Retry-After` in milliseconds from `now`: whole seconds or an HTTP date. Garbage, a negative
 * number and a date that has passed are undefined: the caller's own backoff decides then.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim().replace(/^"(.*)"$/, '$1');
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
  const waitMs = Date.parse(text) - now;
  return waitMs > 0 ? waitMs : undefined;
}

/** What came of asking the quota endpoint once. Expected failures are values, never thrown. */
export type QuotaOutcome =
  | { readonly kind: 'fresh'; readonly snapshot: Snapshot }
  /** 401: the key is wrong, expired, or of another host. */
  | { readonly kind: 'unauthorized'; readonly mistake?: KeyMistake }
  /** 402 or 403: the body says why, and it is often not the key (docs/kimi.md 2.7 and 4.2). */
  | { readonly kind: 'forbidden'; readonly reason: ForbiddenReason }
  | NoPlan
  /** 429: the usage endpoint is limiting us. It says nothing about the quota. */
  | { readonly kind: 'rateLimited'; readonly retryAfterMs?: number }
  /** 404 or 410: the endpoint is not there any more, or never was on this host. */
  | { readonly kind: 'gone'; readonly status: number }
  | Malformed
  | Unreachable;

/**
 * The account has no plan with Kimi Code: a free one, one without it, or one that ended. Told by
 * `200 {}`, or by a 403 that says so (docs/kimi.md 2.7).
 */
export interface NoPlan {
  readonly kind: 'noPlan';
}

/** Why an authenticated request was refused. `unknown` is an answer: no guess is made. */
export type ForbiddenReason =
  'quota' | 'concurrency' | 'membership' | 'clientNotAccepted' | 'accountClosed' | 'unknown';

/** No usable answer. `detail` is short, in English and holds no secret: a code, hosts, a status. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly cause: UnreachableCause;
  readonly detail?: string;
  /** A 503 may ask for a pause as a 429 does. */
  readonly retryAfterMs?: number;
}

/**
 * `server`: a 5xx. `redirect`: a 3xx, which is never followed. `webPage`: HTML instead of JSON, as
 * a captive portal sends it. `network`: cut, or not told.
 */
export type UnreachableCause =
  'dns' | 'refused' | 'tls' | 'proxy' | 'timeout' | 'network' | 'server' | 'redirect' | 'webPage';

/** Asks once each time. Never rejects for an expected failure. */
export interface QuotaClient {
  readQuota(key: string): Promise<QuotaOutcome>;
  /** The plan of a Kimi Code account; undefined where there is none, or it was not told. */
  readPlan(key: string): Promise<Plan | undefined>;
}
