import type { Category, ErrorFields } from './category.ts';

/** What each category means, in one short English sentence for people. */
export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  concurrency: 'Too many requests at once.',
  rpm: 'Too many requests in one minute (RPM).',
  tpm: 'Too many tokens in one minute (TPM).',
  tpd: 'Too many tokens in one day (TPD).',
  quota_5h: 'The 5-hour window is used up.',
  quota_weekly: 'The 7-day window is used up.',
  quota_monthly: 'The monthly quota is used up.',
  quota_unspecified: 'A quota is used up; the text does not say which window.',
  balance: 'The account has no money left, or is suspended for that.',
  overloaded: 'The provider says that it is short of capacity.',
  rate_limited_ambiguous: 'A limit was reached; the text does not say which.',
  auth: 'The key or the sign-in was refused.',
  permission: 'The account or client is not allowed to do this.',
  client_not_accepted: 'Kimi does not accept this client.',
  account_closed: 'Kimi closed or disabled the account.',
  membership: 'The membership is over, or could not be checked.',
  entitlement: 'The plan does not include this.',
  wrong_endpoint: 'The model or the address does not exist there.',
  context_length: 'The request is too long for the model.',
  bad_request: 'The request was not accepted as it is.',
  server_error: 'The server failed.',
  network: 'The connection failed or was cut.',
  unknown: 'The request failed; the text does not say why.',
  other_provider: 'A limit or fault of another provider, not of a Kimi account.',
  not_an_error: 'Nothing in this text is an error of a model provider.',
};

/** What a plan may lack, in one short English sentence each. */
export const LACK_WORDS: Readonly<Record<NonNullable<ErrorFields['lacks']>, string>> = {
  plan: 'This account has no Kimi Code plan.',
  model: 'The plan does not include this model.',
  context: 'The plan does not include this length of context.',
};
