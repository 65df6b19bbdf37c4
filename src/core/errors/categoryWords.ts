import type { Category, ErrorFields } from './category.ts';

/** What each category means, in one short English sentence for the command line. */
export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  concurrency: 'Too many parallel requests.',
  rpm: 'Too many requests in one minute (RPM).',
  tpm: 'Too many tokens in one minute (TPM).',
  tpd: 'Too many tokens in one day (TPD).',
  quota_5h: 'The 5-hour quota is used up.',
  quota_weekly: 'The weekly quota is used up.',
  quota_monthly: 'The monthly quota is used up.',
  quota_unspecified: 'A quota is used up; the error text does not name it.',
  balance: 'The account is out of credit, or suspended for that.',
  overloaded: 'The provider reports that it is overloaded.',
  rate_limited_ambiguous: 'A limit was reached; the error text does not name it.',
  auth: 'The key or sign-in was rejected.',
  permission: 'The account or client is not allowed to do this.',
  client_not_accepted: 'Kimi does not accept this client.',
  account_closed: 'Kimi closed or disabled the account.',
  membership: 'The membership ended, or could not be verified.',
  entitlement: 'The plan does not include this.',
  wrong_endpoint: 'The model or endpoint does not exist.',
  context_length: 'The request is too long for the model.',
  bad_request: 'The request is invalid.',
  server_error: 'The server had an error.',
  network: 'The connection failed.',
  unknown: 'The request failed; the error text gives no reason.',
  other_provider: 'A limit or error of another provider, not of a Kimi account.',
  not_an_error: 'The text contains no model provider error.',
};

/** What a plan may lack, as one short English sentence each. */
export const LACK_WORDS: Readonly<Record<NonNullable<ErrorFields['lacks']>, string>> = {
  plan: 'This account has no Kimi Code plan.',
  model: 'The plan does not include this model.',
  context: 'The plan does not include this context length.',
};
