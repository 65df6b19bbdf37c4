import type { Category, ErrorFields } from '../errors/category.ts';
import type { Translate } from '../base/ports.ts';
import type { Cause, Certainty } from '../incidents/verdict.ts';

type Words<Key extends string> = Readonly<Record<Key, (t: Translate) => string>>;

const TITLES: Words<Cause> = {
  own_concurrency: t => t('Too many requests at once'),
  foreign_concurrency: t => t('Too many requests at once, not from here'),
  quota_5h: t => t('The 5-hour window is used up'),
  quota_weekly: t => t('The weekly quota is used up'),
  quota_monthly: t => t('The monthly quota is used up'),
  quota_unspecified: t => t('A window of the plan is used up'),
  rpm: t => t('Too many requests per minute (RPM)'),
  tpm: t => t('Too many tokens per minute (TPM)'),
  tpd: t => t('Too many tokens per day (TPD)'),
  balance: t => t('No money left on the open platform'),
  gateway_balance: t => t('No money left at the gateway'),
  overloaded: t => t('Kimi is overloaded'),
  disguised_overload: t => t('Refused, though called an overload'),
  wrong_key: t => t('The key does not fit this address'),
  token_expired: t => t('The log-in has expired'),
  client_not_accepted: t => t('Kimi does not accept this client'),
  membership: t => t('The membership could not be verified'),
  entitlement: t => t('Not included in the plan'),
  account_closed: t => t('Kimi has closed the account'),
  wrong_endpoint: t => t('Model or address not found'),
  context_length: t => t('The request is too long'),
  bad_request: t => t('The request was not accepted'),
  server_error: t => t('A fault of the server'),
  network: t => t('The connection failed'),
  other_provider: t => t('Not from your Kimi account'),
  unsure: t => t('Cause not clear'),
};

/** In the middle of a sentence, after `Probably` or in a list. */
const NOUNS: Words<Cause> = {
  own_concurrency: t => t('too many requests at once'),
  foreign_concurrency: t => t('too many requests at once, not from here'),
  quota_5h: t => t('the 5-hour window is used up'),
  quota_weekly: t => t('the weekly quota is used up'),
  quota_monthly: t => t('the monthly quota is used up'),
  quota_unspecified: t => t('a window of the plan is used up'),
  rpm: t => t('too many requests per minute'),
  tpm: t => t('too many tokens per minute'),
  tpd: t => t('too many tokens per day'),
  balance: t => t('no money left on the open platform'),
  gateway_balance: t => t("no money left at the gateway in between, on the gateway's own account"),
  overloaded: t => t('an overload at Kimi'),
  disguised_overload: t => t('a refusal that is only called an overload'),
  wrong_key: t => t('a key that does not fit this address'),
  token_expired: t => t('an expired log-in'),
  client_not_accepted: t => t('a client that Kimi does not accept'),
  membership: t => t('a membership that could not be verified'),
  entitlement: t => t('something the plan does not include'),
  account_closed: t => t('a closed account'),
  wrong_endpoint: t => t('a model or address that does not exist'),
  context_length: t => t('a request that is too long'),
  bad_request: t => t('a request that was not accepted'),
  server_error: t => t('a fault of the server'),
  network: t => t('a failed connection'),
  other_provider: t => t('another provider, not your Kimi account'),
  unsure: t => t('a cause that is not clear'),
};

/** With `· retry now` at most 24 characters. */
const SHORT: Words<Cause> = {
  own_concurrency: t => t('concurrency'),
  foreign_concurrency: t => t('concurrency'),
  quota_5h: t => t('5 h spent'),
  quota_weekly: t => t('week spent'),
  quota_monthly: t => t('month spent'),
  quota_unspecified: t => t('quota spent'),
  rpm: t => t('RPM limit'),
  tpm: t => t('TPM limit'),
  tpd: t => t('TPD limit'),
  balance: t => t('no money'),
  gateway_balance: t => t('gateway: no money'),
  overloaded: t => t('overloaded'),
  disguised_overload: t => t('refused'),
  wrong_key: t => t('wrong key'),
  token_expired: t => t('log-in ended'),
  client_not_accepted: t => t('client refused'),
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
      return t('some limit');
    case 'auth':
      return t('key refused');
    case 'permission':
      return t('refused');
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
      return t('a limit was reached, but not which one');
    case 'auth':
      return t('the key or log-in was refused');
    case 'permission':
      return t('access was refused, but not why');
    case 'balance':
      return t('no money left');
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
      return t('A limit was reached, not clear which');
    case 'auth':
      return t('The key or log-in was refused');
    case 'permission':
      return t('Access was refused, not clear why');
    case 'balance':
      return t('No money left, not clear where');
    case 'overloaded':
      return t('Called an overload');
    case 'not_an_error':
      return t('No error of a model provider');
    default:
      return causeTitle('unsure', t);
  }
}
