import type { Category } from '../errors/category.ts';
import { explainWords } from '../explain/explain.ts';
import { explainState } from '../status/explainState.ts';
import type { ForbiddenReason, QuotaOutcome } from '../quota/outcome.ts';
import { viewQuota, type QuotaView } from '../quota/quotaView.ts';
import { canChat } from './answers.ts';
import type { AccountFacts, CheckState, Rule, RuleWords, WordsContext } from './facts.ts';

const quotaOf = ({ answers }: AccountFacts): QuotaOutcome | undefined => answers?.quota;
const isQuota = (facts: AccountFacts, kind: QuotaOutcome['kind']): boolean =>
  quotaOf(facts)?.kind === kind;
const isSent = ({ key, isMismatched }: AccountFacts): boolean =>
  key.kind === 'key' && !isMismatched;

function viewOf(outcome: QuotaOutcome | undefined, now: number): QuotaView {
  const snapshot = outcome?.kind === 'fresh' ? { snapshot: outcome.snapshot } : {};
  return viewQuota({ access: 'key', ...(outcome ? { outcome } : {}), ...snapshot }, now);
}

/** The tooltip's sentences for a quota outcome. */
function stateWords(outcome: QuotaOutcome | undefined, { locale, now }: WordsContext): RuleWords {
  const { happened, toDo } = explainState(viewOf(outcome, now), locale);
  return [happened, toDo];
}

const refused = (
  reason: ForbiddenReason,
  finding: string,
  state: CheckState,
): Rule<AccountFacts> => ({
  check: 'quota',
  finding,
  state,
  when: facts => {
    const outcome = quotaOf(facts);
    return outcome?.kind === 'forbidden' && outcome.reason === reason;
  },
  words: (facts, context) => stateWords(quotaOf(facts), context),
});

const failed = (
  kind: 'gone' | 'noPlan' | 'rateLimited' | 'malformed',
  finding: string,
  state: CheckState,
): Rule<AccountFacts> => ({
  check: 'quota',
  finding,
  state,
  when: facts => isQuota(facts, kind),
  words: (facts, context) => stateWords(quotaOf(facts), context),
});

/** Rules for the response of the usage or balance endpoint. */
export const QUOTA_RULES: readonly Rule<AccountFacts>[] = [
  failed('gone', 'endpointGone', 'broken'),
  {
    check: 'quota',
    finding: 'serverFault',
    state: 'broken',
    when: facts => {
      const outcome = quotaOf(facts);
      return outcome?.kind === 'unreachable' && outcome.cause === 'server';
    },
    words: (facts, context) => stateWords(quotaOf(facts), context),
  },
  {
    check: 'quota',
    finding: 'quotaNotReached',
    state: 'notTried',
    when: facts => isQuota(facts, 'unreachable') || facts.answers === undefined,
    words: (_, { locale: { t } }) => [t("The host's response could not be read."), ''],
  },
  {
    check: 'quota',
    finding: 'quotaNotAsked',
    state: 'notTried',
    when: facts => !isSent(facts) || isQuota(facts, 'unauthorized'),
    words: (_, { locale: { t } }) => [t('Reading it needs a key for this host.'), ''],
  },
  failed('noPlan', 'noPlan', 'broken'),
  refused('quota', 'limitReached', 'attention'),
  refused('concurrency', 'tooManyAtOnce', 'attention'),
  refused('membership', 'membershipNotVerified', 'broken'),
  refused('clientNotAccepted', 'clientNotAccepted', 'attention'),
  refused('accountClosed', 'accountClosed', 'broken'),
  refused('unknown', 'refusedWithoutReason', 'broken'),
  failed('rateLimited', 'endpointLimitsUs', 'attention'),
  failed('malformed', 'answerNotKnown', 'broken'),
  {
    check: 'quota',
    finding: 'spent',
    state: 'attention',
    when: facts => isAnyState(facts, 'exhausted'),
    words: (facts, context) => stateWords(quotaOf(facts), context),
  },
  {
    check: 'quota',
    finding: 'noShares',
    state: 'unknown',
    when: facts => isAnyState(facts, 'unknown'),
    words: (facts, context) => stateWords(quotaOf(facts), context),
  },
  {
    check: 'quota',
    finding: 'quotaRead',
    state: 'ok',
    when: () => true,
    words: (facts, { locale: { t } }) => {
      const outcome = quotaOf(facts);
      const count = outcome?.kind === 'fresh' ? outcome.snapshot.windows.length : 0;
      return [
        count > 0 ? t('Kimi responded. Quotas: {0}.', count) : t('Kimi responded, with a balance.'),
        '',
      ];
    },
  },
];

/** As of the response; later resets don't matter here. */
function isAnyState(facts: AccountFacts, state: QuotaView['state']): boolean {
  const outcome = quotaOf(facts);
  return outcome?.kind === 'fresh' && viewOf(outcome, outcome.snapshot.at).state === state;
}

/** Accounts without a plan get the model list too (docs/kimi.md 3). */
function refusalOf(answers: AccountFacts['answers']): QuotaOutcome | undefined {
  const models = answers?.models;
  return models?.kind === 'forbidden' || models?.kind === 'noPlan' ? models : undefined;
}

/** Rules for the model list. */
export const MODEL_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'models',
    finding: 'modelsNotTried',
    state: 'notTried',
    when: ({ answers }) => answers?.models === undefined,
    words: (_, { locale: { t } }) => [t('Skipped, because the quota could not be read.'), ''],
  },
  {
    check: 'models',
    finding: 'noModels',
    state: 'attention',
    when: ({ answers }) => answers?.models?.kind === 'listed' && answers.models.ids.length === 0,
    words: (_, { locale: { t } }) => [
      t('The model list is empty.'),
      t('Check in the console whether your plan is active.'),
    ],
  },
  {
    check: 'models',
    finding: 'modelsListed',
    state: 'ok',
    when: ({ answers }) => answers?.models?.kind === 'listed',
    words: ({ answers }, { locale: { t } }) => [
      t('Listed models: {0}.', answers?.models?.kind === 'listed' ? answers.models.ids.length : 0),
      '',
    ],
  },
  {
    check: 'models',
    finding: 'modelsRefused',
    state: 'broken',
    when: ({ answers }) => refusalOf(answers) !== undefined,
    words: ({ answers }, context) => stateWords(refusalOf(answers), context),
  },
  {
    check: 'models',
    finding: 'modelsNotListed',
    state: 'attention',
    when: () => true,
    words: (_, { locale: { t } }) => [
      t('The model list could not be read.'),
      t('Agents with a fixed model work without it.'),
    ],
  },
];

/** Rejections that are temporary or unrelated to key and plan. */
const PASSING: readonly Category[] = [
  'concurrency',
  'rpm',
  'tpm',
  'tpd',
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  'quota_unspecified',
  'overloaded',
  'rate_limited_ambiguous',
];

const classificationOf = ({ chat }: AccountFacts) =>
  chat?.kind === 'refused' ? chat.classification : undefined;

function chatWords(facts: AccountFacts, { locale, now }: WordsContext): RuleWords {
  const classification = classificationOf(facts)!;
  const { cause, steps } = explainWords({ ...classification, text: '' }, { locale, now });
  return [cause, steps[0]?.text ?? ''];
}

/** Rules for the chat request, the only check with a cost. */
export const CHAT_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'chat',
    finding: 'chatNotOffered',
    state: 'notTried',
    when: facts => !canChat(facts),
    words: (_, { locale: { t } }) => [t('Needs a key for this host and a connection to it.'), ''],
  },
  {
    check: 'chat',
    finding: 'chatNotTried',
    state: 'notTried',
    when: ({ chat }) => chat === undefined,
    words: (_, { locale: { t }, surface }) => [
      t('Five tokens show whether a model responds.'),
      surface === 'editor' ? t('Select this row to send it.') : t('Send it with --chat.'),
    ],
  },
  {
    check: 'chat',
    finding: 'chatAnswered',
    state: 'ok',
    when: ({ chat }) => chat?.kind === 'answered',
    words: (_, { locale: { t } }) => [t('A model responds.'), ''],
  },
  {
    check: 'chat',
    finding: 'chatNotAnswered',
    state: 'broken',
    when: ({ chat }) => chat?.kind === 'unreachable',
    words: ({ chat }, context) =>
      stateWords(chat?.kind === 'unreachable' ? chat : undefined, context),
  },
  {
    check: 'chat',
    finding: 'chatNotForUs',
    state: 'attention',
    when: facts => classificationOf(facts)?.category === 'client_not_accepted',
    words: (_, { locale: { t } }) => [
      t("Kimi only answers known coding agents here, and this program doesn't impersonate one."),
      t("The key isn't the cause: try it in an agent."),
    ],
  },
  {
    check: 'chat',
    finding: 'chatRefusedForNow',
    state: 'attention',
    when: facts => PASSING.includes(classificationOf(facts)?.says ?? 'not_an_error'),
    words: chatWords,
  },
  {
    check: 'chat',
    finding: 'chatRefusedUnread',
    state: 'broken',
    when: facts => classificationOf(facts)?.category === 'not_an_error',
    words: (_, { locale: { t } }) => [
      t('The request failed with an unknown error text.'),
      t('Update this extension.'),
    ],
  },
  { check: 'chat', finding: 'chatRefused', state: 'broken', when: () => true, words: chatWords },
];
