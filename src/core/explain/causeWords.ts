import type { Category, ErrorFields } from '../errors/category.ts';
import type { Translate } from '../base/ports.ts';
import type { Cause, Certainty } from '../incidents/verdict.ts';

type Words<Key extends string> = Readonly<Record<Key, (t: Translate) => string>>;

const TITLES: Words<Cause> = {
  own_concurrency: t => t('Too many parallel requests'),
  foreign_concurrency: t => t('Too many parallel requests from another device'),
  quota_5h: t => t('5-hour quota used up'),
  quota_weekly: t => t('Weekly quota used up'),
  quota_monthly: t => t('Monthly quota used up'),
  quota_unspecified: t => t('Quota used up'),
  rpm: t => t('Too many requests per minute (RPM)'),
  tpm: t => t('Too many tokens per minute (TPM)'),
  tpd: t => t('Too many tokens per day (TPD)'),
  balance: t => t('Out of credit on the open platform'),
  gateway_balance: t => t('Out of credit at the gateway'),
  overloaded: t => t('Kimi is overloaded'),
  disguised_overload: t => t('Rejected, but reported as overloaded'),
  wrong_key: t => t('Wrong API key for this endpoint'),
  token_expired: t => t('Sign-in expired'),
  client_not_accepted: t => t('Client not accepted by Kimi'),
  membership: t => t('Membership could not be verified'),
  entitlement: t => t('Not included in your plan'),
  account_closed: t => t('Account closed by Kimi'),
  wrong_endpoint: t => t('Model or endpoint not found'),
  context_length: t => t('Request too long'),
  bad_request: t => t('Bad request'),
  server_error: t => t('Kimi server error'),
  network: t => t('Connection failed'),
  other_provider: t => t('Not from your Kimi account'),
  unsure: t => t('Cause unclear'),
};

/** In the middle of a sentence, after `Probably` or in a list. */
const NOUNS: Words<Cause> = {
  own_concurrency: t => t('too many parallel requests'),
  foreign_concurrency: t => t('too many parallel requests from another device'),
  quota_5h: t => t('the 5-hour quota is used up'),
  quota_weekly: t => t('the weekly quota is used up'),
  quota_monthly: t => t('the monthly quota is used up'),
  quota_unspecified: t => t('a used-up quota'),
  rpm: t => t('too many requests per minute'),
  tpm: t => t('too many tokens per minute'),
  tpd: t => t('too many tokens per day'),
  balance: t => t('no credit left on the open platform'),
  gateway_balance: t => t("no credit left at the gateway, on the gateway's own account"),
  overloaded: t => t('an overload at Kimi'),
  disguised_overload: t => t('a rejection that is reported as overloaded'),
  wrong_key: t => t('a wrong API key for this endpoint'),
  token_expired: t => t('an expired sign-in'),
  client_not_accepted: t => t("a client that Kimi doesn't accept"),
  membership: t => t('a membership that could not be verified'),
  entitlement: t => t("something that your plan doesn't include"),
  account_closed: t => t('a closed account'),
  wrong_endpoint: t => t('a model or endpoint that was not found'),
  context_length: t => t('a request that is too long'),
  bad_request: t => t('a bad request'),
  server_error: t => t('a server error'),
  network: t => t('a failed connection'),
  other_provider: t => t('another provider, not your Kimi account'),
  unsure: t => t('an unclear cause'),
};

/** With `· retry now` at most 24 characters. */
const SHORT: Words<Cause> = {
  own_concurrency: t => t('parallel limit'),
  foreign_concurrency: t => t('parallel limit'),
  quota_5h: t => t('5h used up'),
  quota_weekly: t => t('week used up'),
  quota_monthly: t => t('month used up'),
  quota_unspecified: t => t('quota used up'),
  rpm: t => t('RPM limit'),
  tpm: t => t('TPM limit'),
  tpd: t => t('TPD limit'),
  balance: t => t('out of credit'),
  gateway_balance: t => t('gateway: out of credit'),
  overloaded: t => t('overloaded'),
  disguised_overload: t => t('rejected'),
  wrong_key: t => t('wrong key'),
  token_expired: t => t('sign-in expired'),
  client_not_accepted: t => t('client not accepted'),
  membership: t => t('membership'),
  entitlement: t => t('not in the plan'),
  account_closed: t => t('account closed'),
  wrong_endpoint: t => t('not found'),
  context_length: t => t('too long'),
  bad_request: t => t('bad request'),
  server_error: t => t('server'),
  network: t => t('network'),
  other_provider: t => t('not Kimi'),
  unsure: t => t('not clear'),
};

/** Whether the account has no plan with Kimi Code at all: no other model helps then. */
export const isWithoutPlan = (cause: Cause, { lacks }: ErrorFields): boolean =>
  cause === 'entitlement' && lacks === 'plan';

/** The title of that. */
export const withoutPlanTitle = (t: Translate): string => t('No Kimi Code plan on this account');

/** A few words, such as `Too many requests at once`. */
export function causeTitle(cause: Cause, t: Translate): string {
  return TITLES[cause](t);
}

/** The same for the middle of a sentence. */
export function causeNoun(cause: Cause, t: Translate): string {
  return NOUNS[cause](t);
}

/** One or two words for the status bar. */
export function shortCause(cause: Cause, t: Translate): string {
  return SHORT[cause](t);
}

/** The same where the words alone leave the cause open. */
export function openShort(category: Category | null, t: Translate): string {
  switch (category) {
    case 'concurrency':
    case 'overloaded':
    case 'balance':
      return shortCause(category === 'concurrency' ? 'own_concurrency' : category, t);
    case 'rate_limited_ambiguous':
      return t('a limit');
    case 'auth':
      return t('key rejected');
    case 'permission':
      return t('rejected');
    default:
      return shortCause('unsure', t);
  }
}

/** `certain`, `likely` or `unsure`. */
export function certaintyWord(certainty: Certainty, t: Translate): string {
  switch (certainty) {
    case 'certain':
      return t('certain');
    case 'likely':
      return t('likely');
    default:
      return t('unsure');
  }
}

/** What the words say, for the middle of a sentence. */
export function categoryNoun(category: Category, t: Translate): string {
  switch (category) {
    case 'concurrency':
      return causeNoun('own_concurrency', t);
    case 'rate_limited_ambiguous':
      return t('a rate limit (which one is unclear)');
    case 'auth':
      return t('the key or sign-in was rejected');
    case 'permission':
      return t('access denied (reason unclear)');
    case 'balance':
      return t('no credit left');
    case 'not_an_error':
      return t('no error');
    case 'unknown':
      return causeNoun('unsure', t);
    default:
      return causeNoun(category, t);
  }
}

/** The title where the words alone leave the cause open. */
export function openTitle(category: Category | null, t: Translate): string {
  switch (category) {
    case 'concurrency':
      return causeTitle('own_concurrency', t);
    case 'rate_limited_ambiguous':
      return t('Rate limited (which limit is unclear)');
    case 'auth':
      return t('Key or sign-in rejected');
    case 'permission':
      return t('Access denied (reason unclear)');
    case 'balance':
      return t('Out of credit (account unclear)');
    case 'overloaded':
      return t('Reported as overloaded');
    case 'not_an_error':
      return t('No model provider error');
    default:
      return causeTitle('unsure', t);
  }
}
