import type { Translate } from '../core/base/ports.ts';
import type { Category, ErrorFields } from '../core/errors/category.ts';

/** What each category means, in one short sentence. */
export const categoryWords: Readonly<Record<Category, (t: Translate) => string>> = {
  concurrency: t => t('Too many parallel requests.'),
  rpm: t => t('Too many requests in one minute (RPM).'),
  tpm: t => t('Too many tokens in one minute (TPM).'),
  tpd: t => t('Too many tokens in one day (TPD).'),
  quota_5h: t => t('The 5-hour quota is used up.'),
  quota_weekly: t => t('The weekly quota is used up.'),
  quota_monthly: t => t('The monthly quota is used up.'),
  quota_unspecified: t => t('A quota is used up; the error text does not name it.'),
  balance: t => t('The account is out of credit, or suspended for that.'),
  overloaded: t => t('The provider reports that it is overloaded.'),
  rate_limited_ambiguous: t => t('A limit was reached; the error text does not name it.'),
  auth: t => t('The key or sign-in was rejected.'),
  permission: t => t('The account or client is not allowed to do this.'),
  client_not_accepted: t => t('Kimi does not accept this client.'),
  account_closed: t => t('Kimi closed or disabled the account.'),
  membership: t => t('The membership ended, or could not be verified.'),
  entitlement: t => t('The plan does not include this.'),
  wrong_endpoint: t => t('The model or endpoint does not exist.'),
  context_length: t => t('The request is too long for the model.'),
  bad_request: t => t('The request is invalid.'),
  server_error: t => t('The server had an error.'),
  network: t => t('The connection failed.'),
  unknown: t => t('The request failed; the error text gives no reason.'),
  other_provider: t => t('A limit or error of another provider, not of a Kimi account.'),
  not_an_error: t => t('The text contains no model provider error.'),
};

/** What a plan may lack, as one short sentence each. */
export const lackWords: Readonly<
  Record<NonNullable<ErrorFields['lacks']>, (t: Translate) => string>
> = {
  plan: t => t('This account has no Kimi Code plan.'),
  model: t => t('The plan does not include this model.'),
  context: t => t('The plan does not include this context length.'),
};
