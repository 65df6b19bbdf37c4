import type { Category } from '../errors/category.ts';
import type { Cause } from './verdict.ts';

/** The causes that a text allows, with the points that each starts from. */
export type Candidates = Readonly<Partial<Record<Cause, number>>>;

/** Points of a cause that the words leave no doubt about. */
export const NAMED = 9;

/** Every window that the plans are known to have. */
export const ANY_WINDOW: Candidates = { quota_5h: 0, quota_weekly: 0, quota_monthly: 0 };

/** What a text that names no limit may be, before anything else is looked at (kimi.md 5.3). */
const ANY_LIMIT: Candidates = {
  ...ANY_WINDOW,
  quota_unspecified: 0.5,
  // Kimi's own title of this text is "Too Many Concurrent Requests" (kimi.md 4.2).
  own_concurrency: 1,
  foreign_concurrency: 0,
  rpm: 0,
  tpm: -1,
  tpd: -2,
  balance: -2,
  overloaded: -1,
};

/** A bare 403 is a shut door: quota, concurrency, client and key all come so (kimi.md 4.2). */
const ANY_REFUSAL: Candidates = {
  ...ANY_WINDOW,
  // The commonest of all that a 403 is (agents.md 5, no. 1).
  quota_unspecified: 0.5,
  own_concurrency: 0.5,
  foreign_concurrency: 0,
  entitlement: 0,
  wrong_key: 0,
  client_not_accepted: 0,
};

/**
 * An agent that keeps no words: only what is seen beside them decides, and from silence alone no
 * cause is guessed (agents.md 5, no. 3).
 */
export const WITHOUT_WORDS: Candidates = {
  ...ANY_WINDOW,
  own_concurrency: -1,
  foreign_concurrency: -2,
  rpm: -2,
  tpm: -2,
  balance: -2,
  overloaded: 0,
  server_error: 0,
  network: 0,
};

/**
 * What the words allow. One cause: the words say it. Several: the words are alike for all of them,
 * and marks decide (kimi.md 5.3, peers.md 6).
 */
export const CANDIDATES: Readonly<Record<Category, Candidates>> = {
  // The limit is certain; whose requests fill it is not in the words (kimi.md 4.2).
  concurrency: { own_concurrency: 3, foreign_concurrency: 2 },
  rpm: { rpm: NAMED },
  tpm: { tpm: NAMED },
  tpd: { tpd: NAMED },
  quota_5h: { quota_5h: NAMED },
  quota_weekly: { quota_weekly: NAMED },
  quota_monthly: { quota_monthly: NAMED },
  // Documented for the week, seen for the 5-hour window too (kimi-code #2121).
  quota_unspecified: { ...ANY_WINDOW, quota_unspecified: 5 },
  balance: { balance: 6, gateway_balance: 0 },
  // Kimi says it of plan limits, refused clients and maximum effort, too (kimi.md 4.3).
  overloaded: { ...ANY_WINDOW, overloaded: 5, disguised_overload: 0 },
  rate_limited_ambiguous: ANY_LIMIT,
  auth: { ...ANY_WINDOW, wrong_key: 5, token_expired: 0 },
  permission: ANY_REFUSAL,
  client_not_accepted: { client_not_accepted: NAMED },
  account_closed: { account_closed: NAMED },
  membership: { membership: NAMED },
  entitlement: { entitlement: NAMED },
  wrong_endpoint: { wrong_endpoint: NAMED },
  context_length: { context_length: NAMED },
  bad_request: { bad_request: NAMED },
  server_error: { server_error: NAMED },
  network: { network: NAMED },
  other_provider: { other_provider: NAMED, gateway_balance: 0 },
  not_an_error: {},
  // What an unknown sentence means is as open as silence.
  unknown: WITHOUT_WORDS,
};

/** Limits that can be seen at work, whoever's they are. */
export const ANY_PACE: Candidates = { own_concurrency: -1, rpm: -2, tpm: -2 };
