import type { Category } from '../errors/category.ts';
import type { Cause } from './verdict.ts';

/**
 * The kind of trouble: each has its own remedies. `rate`: passes within minutes. `quota`: passes at
 * a reset. `busy`: Kimi's servers. `account`: money, plan or a closed account. `key`: key, sign-in
 * or client. `request`: its size, model or address. `other`: another provider. `vague`: unknown.
 */
export type Trouble =
  'rate' | 'quota' | 'busy' | 'account' | 'key' | 'request' | 'network' | 'other' | 'vague';

const OF_CATEGORY: Readonly<Record<Category, Trouble>> = {
  concurrency: 'rate',
  rpm: 'rate',
  tpm: 'rate',
  rate_limited_ambiguous: 'rate',
  tpd: 'quota',
  quota_5h: 'quota',
  quota_weekly: 'quota',
  quota_monthly: 'quota',
  quota_unspecified: 'quota',
  overloaded: 'busy',
  server_error: 'busy',
  balance: 'account',
  membership: 'account',
  entitlement: 'account',
  account_closed: 'account',
  auth: 'key',
  client_not_accepted: 'key',
  permission: 'vague',
  wrong_endpoint: 'request',
  context_length: 'request',
  bad_request: 'request',
  network: 'network',
  unknown: 'vague',
  other_provider: 'other',
  not_an_error: 'vague',
};

/** The kind of trouble that an error text reports; null: there is no text. */
export const troubleOf = (category: Category | null): Trouble =>
  category === null ? 'vague' : OF_CATEGORY[category];

const OF_CAUSE: Readonly<Record<Cause, Trouble>> = {
  own_concurrency: 'rate',
  foreign_concurrency: 'rate',
  quota_5h: 'quota',
  quota_weekly: 'quota',
  quota_monthly: 'quota',
  quota_unspecified: 'quota',
  rpm: 'rate',
  tpm: 'rate',
  tpd: 'quota',
  balance: 'account',
  gateway_balance: 'account',
  overloaded: 'busy',
  disguised_overload: 'busy',
  wrong_key: 'key',
  token_expired: 'key',
  client_not_accepted: 'key',
  membership: 'account',
  entitlement: 'account',
  account_closed: 'account',
  wrong_endpoint: 'request',
  context_length: 'request',
  bad_request: 'request',
  server_error: 'busy',
  network: 'network',
  other_provider: 'other',
  unsure: 'vague',
};

/** The kind of trouble of a cause; while the cause is unclear, that of the error text. */
export function troubleOfCause(cause: Cause, category: Category | null): Trouble {
  return cause === 'unsure' ? troubleOf(category) : OF_CAUSE[cause];
}
