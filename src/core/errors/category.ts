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

/** What an error text means. A closed union: every surface answers each of them. */
export const CATEGORIES = [
  'concurrency',
  'rpm',
  'tpm',
  'tpd',
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  'quota_unspecified',
  'balance',
  'overloaded',
  'rate_limited_ambiguous',
  'auth',
  'permission',
  'client_not_accepted',
  'account_closed',
  'membership',
  'entitlement',
  'wrong_endpoint',
  'context_length',
  'bad_request',
  'server_error',
  'network',
  /** It failed, and nothing that it says is known. */
  'unknown',
  'other_provider',
  'not_an_error',
] as const;

/** One of `CATEGORIES`. */
export type Category = (typeof CATEGORIES)[number];

/** What a text can say by itself: whose account it was, and whether it is an error, come after. */
export type WordsCategory = Exclude<Category, 'other_provider' | 'not_an_error'>;

/** How sure a classification is. `low`: a status or a habit of a program alone, without its words. */
export type Confidence = 'high' | 'medium' | 'low';

/** What is known beside the text: from the record, or from the configuration that was in force. */
export interface ErrorMeta {
  /** The agent's id of the provider. */
  readonly provider?: string;
  readonly model?: string;
  readonly baseUrl?: string;
}

/** What stands in the text besides its meaning. All ids are masked. Each absent when not there. */
export interface ErrorFields {
  readonly status?: number;
  /** `error.type` as written, such as `rate_limit_reached_error`. */
  readonly type?: string;
  /** What was reached, in the limit's own unit. */
  readonly current?: number;
  readonly limit?: number;
  /** Seconds that the text asks to wait; may be 0. */
  readonly retryAfterSeconds?: number;
  /** Of what the limit is. */
  readonly scope?: 'organization' | 'project' | 'user';
  readonly organization?: string;
  readonly project?: string;
  readonly key?: string;
  /** What the plan does not give: Kimi Code at all, this model, or a context of this length. */
  readonly lacks?: 'plan' | 'model' | 'context';
  /** The program or reseller in between that wrote or rewrote the text. */
  readonly gateway?: string;
  /** Whose it is, when it is not Kimi's and the text tells. */
  readonly provider?: string;
  /** What the words say, where the failure of another provider is kept as that alone. */
  readonly says?: Category;
}

/** What a text means. */
export interface Classification {
  /** Whether the user's own Kimi account is concerned; `unknown` where nothing settles it. */
  readonly isKimi: boolean | 'unknown';
  readonly category: Category;
  /** What the words say whoever wrote them; differs from `category` for other providers. */
  readonly says?: WordsCategory;
  /** Id of the rule that decided; absent when none did. */
  readonly rule?: string;
  readonly confidence: Confidence;
  readonly fields: ErrorFields;
  /** The words plainly stand in a document, a source or a chat: they may only be quoted. */
  readonly isQuoted?: true;
  /** They stand as an error does in a record: after a level, a status, a label, or in a field. */
  readonly isRecord?: true;
}
