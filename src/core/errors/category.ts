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
