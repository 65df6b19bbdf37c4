import type { Category } from '../errors/category.ts';
import type { Cause } from './verdict.ts';

/** The causes that a text allows, with the points that each starts from. */
export type Candidates = Readonly<Partial<Record<Cause, number>>>;

const ANY_QUOTA = {
  quota_5h: 0,
  quota_weekly: 0,
  quota_monthly: 0,
  quota_unspecified: -1,
} as const;

/** What a text that names no limit may be, before anything else is looked at (kimi.md 5.3). */
const ANY_LIMIT = {
  ...ANY_QUOTA,
  // Kimi's own title of this text is "Too Many Concurrent Requests" (kimi.md 4.2).
  own_concurrency: 1,
  foreign_concurrency: 0,
  rpm: 0,
  tpm: -1,
  tpd: -2,
  overloaded: -1,
} as const;

/**
 * What the words allow. One cause: the words say it. Several: the words are alike for all of them,
 * and marks decide (kimi.md 5.3, peers.md 6).
 */
export const CANDIDATES: Readonly<Record<Category, Candidates>> = {
  // The limit is certain; whose requests fill it is not in the words (kimi.md 4.2).
  concurrency: { own_concurrency: 2, foreign_concurrency: 1 },
  rpm: { rpm: 9 },
  tpm: { tpm: 9 },
  tpd: { tpd: 9 },
  quota_5h: { quota_5h: 9 },
  quota_weekly: { quota_weekly: 9 },
  quota_monthly: { quota_monthly: 9 },
  // Documented for the week, seen for the 5-hour window too (kimi-code #2121).
  quota_unspecified: { quota_unspecified: 4, quota_5h: 0, quota_weekly: 0, quota_monthly: 0 },
  balance: { balance: 6, gateway_balance: 0 },
  // Kimi says it of plan limits, refused clients and maximum effort, too (kimi.md 4.3).
  overloaded: { ...ANY_QUOTA, overloaded: 5, disguised_overload: 0 },
  rate_limited_ambiguous: ANY_LIMIT,
  auth: { wrong_key: 5, token_expired: 0, ...ANY_QUOTA },
  // A bare 403 is a shut door: quota, concurrency, client and key all come so (kimi.md 4.2).
  permission: {
    ...ANY_QUOTA,
    own_concurrency: 0,
    foreign_concurrency: 0,
    entitlement: 1,
    wrong_key: 0,
    client_not_accepted: 0,
  },
  client_not_accepted: { client_not_accepted: 9 },
  account_closed: { account_closed: 9 },
  membership: { membership: 9 },
  entitlement: { entitlement: 9 },
  wrong_endpoint: { wrong_endpoint: 9 },
  context_length: { context_length: 9 },
  bad_request: { bad_request: 9 },
  server_error: { server_error: 9 },
  network: { network: 9 },
  other_provider: { other_provider: 9, gateway_balance: 0 },
  not_an_error: {},
};

/** An agent that keeps no words: only what is seen beside them decides (agents.md 5, no. 3). */
export const WITHOUT_WORDS: Candidates = ANY_LIMIT;
