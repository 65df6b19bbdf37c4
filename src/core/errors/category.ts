/** What an error text means. A closed union: every surface handles each of them. */
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
  /** A failure whose text is not recognized. */
  'unknown',
  'other_provider',
  'not_an_error',
] as const;

/** One of `CATEGORIES`. */
export type Category = (typeof CATEGORIES)[number];

/** Categories that a text alone can name. Account and kind of text are decided afterwards. */
export type WordsCategory = Exclude<Category, 'other_provider' | 'not_an_error'>;

/** Confidence of a classification. `low`: only a status or a program's habit, no error text. */
export type Confidence = 'high' | 'medium' | 'low';

/** Known besides the text: from the record, or from the configuration at that time. */
export interface ErrorMeta {
  /** The agent's provider id. */
  readonly provider?: string;
  readonly model?: string;
  readonly baseUrl?: string;
}

/** Values in the text. Ids are masked. Each is absent if the text doesn't have it. */
export interface ErrorFields {
  readonly status?: number;
  /** `error.type` as written, such as `rate_limit_reached_error`. */
  readonly type?: string;
  /** Current usage, in the unit of the limit. */
  readonly current?: number;
  readonly limit?: number;
  /** Requested wait in seconds; may be 0. */
  readonly retryAfterSeconds?: number;
  /** What the limit applies to. */
  readonly scope?: 'organization' | 'project' | 'user';
  readonly organization?: string;
  readonly project?: string;
  readonly key?: string;
  /** What the plan doesn't include: Kimi Code at all, this model, or a context of this length. */
  readonly lacks?: 'plan' | 'model' | 'context';
  /** The gateway or reseller that wrote or rewrote the text. */
  readonly gateway?: string;
  /** The other provider, if the text names it. */
  readonly provider?: string;
  /** The category of the text, if the failure is stored as that of another provider. */
  readonly says?: Category;
}

/** What a text means. */
export interface Classification {
  /** Whether it concerns the user's Kimi account; `unknown` if undecided. */
  readonly isKimi: boolean | 'unknown';
  readonly category: Category;
  /** The category by the text alone; differs from `category` for other providers. */
  readonly says?: WordsCategory;
  /** Id of the rule that decided; absent if none did. */
  readonly rule?: string;
  readonly confidence: Confidence;
  readonly fields: ErrorFields;
  /** The text is in a document, source code or a chat: it may only be quoted. */
  readonly isQuoted?: true;
  /** The text is where a record has its error: after a level, a status or a label, or in a field. */
  readonly isRecord?: true;
}
