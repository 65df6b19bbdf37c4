import type { Category, ErrorFields } from '../errors/category.ts';
import type { Translate } from '../base/ports.ts';
import type { Cause, Certainty } from '../incidents/verdict.ts';

/** A cause in three lengths. */
export interface CauseWords {
  /** A few words: `Too many parallel requests`. */
  readonly title: string;
  /** For the middle of a sentence: after `Likely`, or in a list. */
  readonly noun: string;
  /** One or two words for the status bar. With ` · retry now` at most `MAX_SHORT` characters. */
  readonly short: string;
}

type Row = (t: Translate) => CauseWords;

const CAUSES: Readonly<Record<Cause, Row>> = {
  own_concurrency: t => ({
    title: t('Too many parallel requests'),
    noun: t('too many parallel requests'),
    short: t('parallel limit'),
  }),
  foreign_concurrency: t => ({
    title: t('Too many parallel requests from another device'),
    noun: t('too many parallel requests from another device'),
    short: t('parallel limit'),
  }),
  quota_5h: t => ({
    title: t('5-hour quota used up'),
    noun: t('a used-up 5-hour quota'),
    short: t('5h used up'),
  }),
  quota_weekly: t => ({
    title: t('Weekly quota used up'),
    noun: t('a used-up weekly quota'),
    short: t('week used up'),
  }),
  quota_monthly: t => ({
    title: t('Monthly quota used up'),
    noun: t('a used-up monthly quota'),
    short: t('month used up'),
  }),
  quota_unspecified: t => ({
    title: t('Quota used up'),
    noun: t('a used-up quota'),
    short: t('quota used up'),
  }),
  rpm: t => ({
    title: t('Too many requests per minute (RPM)'),
    noun: t('too many requests per minute'),
    short: t('RPM limit'),
  }),
  tpm: t => ({
    title: t('Too many tokens per minute (TPM)'),
    noun: t('too many tokens per minute'),
    short: t('TPM limit'),
  }),
  tpd: t => ({
    title: t('Too many tokens per day (TPD)'),
    noun: t('too many tokens per day'),
    short: t('TPD limit'),
  }),
  balance: t => ({
    title: t('Out of credit on the open platform'),
    noun: t('no credit left on the open platform'),
    short: t('out of credit'),
  }),
  gateway_balance: t => ({
    title: t('Out of credit at the gateway'),
    noun: t('no credit left at the gateway'),
    short: t('gateway: out of credit'),
  }),
  overloaded: t => ({
    title: t('Kimi is overloaded'),
    noun: t('an overload at Kimi'),
    short: t('overloaded'),
  }),
  disguised_overload: t => ({
    title: t('Rejected, but reported as overloaded'),
    noun: t('a rejection that is reported as overloaded'),
    short: t('rejected'),
  }),
  wrong_key: t => ({
    title: t('Wrong API key for this endpoint'),
    noun: t('a wrong API key for this endpoint'),
    short: t('wrong key'),
  }),
  token_expired: t => ({
    title: t('Sign-in expired'),
    noun: t('an expired sign-in'),
    short: t('sign-in expired'),
  }),
  client_not_accepted: t => ({
    title: t('Client not accepted by Kimi'),
    noun: t("a client that Kimi doesn't accept"),
    short: t('client not accepted'),
  }),
  membership: t => ({
    title: t('Membership could not be verified'),
    noun: t('a membership that could not be verified'),
    short: t('membership'),
  }),
  entitlement: t => ({
    title: t('Not included in your plan'),
    noun: t("something that your plan doesn't include"),
    short: t('not in the plan'),
  }),
  account_closed: t => ({
    title: t('Account closed by Kimi'),
    noun: t('a closed account'),
    short: t('account closed'),
  }),
  wrong_endpoint: t => ({
    title: t('Model or endpoint not found'),
    noun: t('a model or endpoint that was not found'),
    short: t('not found'),
  }),
  context_length: t => ({
    title: t('Request too long'),
    noun: t('a request that is too long'),
    short: t('too long'),
  }),
  bad_request: t => ({
    title: t('Bad request'),
    noun: t('a bad request'),
    short: t('bad request'),
  }),
  server_error: t => ({
    title: t('Kimi server error'),
    noun: t('a server error'),
    short: t('server error'),
  }),
  network: t => ({
    title: t('Connection failed'),
    noun: t('a failed connection'),
    short: t('network error'),
  }),
  other_provider: t => ({
    title: t('Not from your Kimi account'),
    noun: t('another provider, not your Kimi account'),
    short: t('not Kimi'),
  }),
  unsure: t => ({
    title: t('Cause unclear'),
    noun: t('an unclear cause'),
    short: t('cause unclear'),
  }),
};

/** Categories of an error text that allow several causes, or none. The others are causes. */
const OPEN = {
  concurrency: CAUSES.own_concurrency,
  unknown: CAUSES.unsure,
  rate_limited_ambiguous: t => ({
    title: t('Rate limited (which limit is unclear)'),
    noun: t('a rate limit (which one is unclear)'),
    short: t('rate limited'),
  }),
  auth: t => ({
    title: t('Key or sign-in rejected'),
    noun: t('a rejected key or sign-in'),
    short: t('key rejected'),
  }),
  permission: t => ({
    title: t('Access denied (reason unclear)'),
    noun: t('access denied (reason unclear)'),
    short: t('rejected'),
  }),
  balance: t => ({
    title: t('Out of credit (account unclear)'),
    noun: t('no credit left'),
    short: t('out of credit'),
  }),
  overloaded: t => ({
    title: t('Reported as overloaded'),
    noun: t('an overload at Kimi'),
    short: t('overloaded'),
  }),
  not_an_error: t => ({
    title: t('No model provider error'),
    noun: t('no error'),
    short: t('no error'),
  }),
} as const satisfies Partial<Record<Category, Row>>;

const isOpen = (category: Category): category is keyof typeof OPEN => Object.hasOwn(OPEN, category);

/** A cause in the user's language. */
export const causeWords = (cause: Cause, t: Translate): CauseWords => CAUSES[cause](t);

/** The same where the error text leaves the cause open. */
export const openWords = (category: Category | null, t: Translate): CauseWords =>
  (category !== null && isOpen(category) ? OPEN[category] : CAUSES.unsure)(t);

/** The meaning of an error text, for the middle of a sentence. */
export const categoryNoun = (category: Category, t: Translate): string =>
  (isOpen(category) ? OPEN[category] : CAUSES[category])(t).noun;

/** An entitlement error where another model doesn't help. */
const WITHOUT_PLAN: Row = t => ({
  title: t('No Kimi Code plan on this account'),
  noun: t('an account without a Kimi Code plan'),
  short: t('no plan'),
});

/** A verdict in words: the cause, or the category of the error text where the cause is unclear. */
export function problemWords({ cause, category, lacks }: Problem, t: Translate): CauseWords {
  if (cause === 'unsure') return openWords(category, t);
  return (cause === 'entitlement' && lacks === 'plan' ? WITHOUT_PLAN : CAUSES[cause])(t);
}

/** The parts of an incident that name its problem. */
export interface Problem extends Pick<ErrorFields, 'lacks'> {
  readonly cause: Cause;
  /** Null: the agent logs no error text. */
  readonly category: Category | null;
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
