import { requestWords } from '../base/counts.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { joinSentences, moneyWords, remainingWords } from '../base/format.ts';
import { causeWords, openWords, problemWords } from './causeWords.ts';
import {
  agentNames,
  type EvidenceOf,
  gatewayName,
  numberWords,
  otherMachineWords,
  otherRateWords,
  spanWords,
  windowWords,
} from './evidenceWords.ts';
import { windowOfCause } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause, Evidence, Verdict } from '../incidents/verdict.ts';
import { agentName } from '../agents/signal.ts';

/** The input of sentences about a verdict. */
export interface SentenceInput {
  readonly verdict: Verdict;
  readonly incident: Pick<Incident, 'category' | 'count' | 'places' | 'provider' | 'fields'> &
    Partial<Pick<Incident, 'fallback'>>;
  readonly now: number;
  readonly locale: Locale;
}

/** The cause with its certainty and basis, and facts about other requests. */
export function causeSentences(input: SentenceInput): string {
  const { t } = input.locale;
  const more = [...joinedSentence(input), ...runawaySentence(input), ...fallbackSentence(input)];
  return joinSentences([headSentence(input), ...more], t);
}

function headSentence(input: SentenceInput): string {
  const { verdict, locale } = input;
  const { t } = locale;
  if (verdict.cause === 'unsure') return unsureSentence(input);
  const { cause, certainty } = verdict;
  const { category, fields } = input.incident;
  const { title, noun } = problemWords({ cause, category, ...fields }, t);
  const head = certainty === 'certain' ? title : t('Likely {0}', noun);
  const detail = detailOf(input);
  return detail === '' ? t('{0}.', head) : t('{0}: {1}.', head, detail);
}

/** What is known, and the possible causes. */
function unsureSentence({ verdict, incident, locale: { t } }: SentenceInput): string {
  const [first, second] = verdict.alternatives;
  const { title } = openWords(incident.category, t);
  if (first === undefined) return t('{0}.', title);
  if (incident.category === 'concurrency')
    return t("{0}. It's unclear whether all of them were yours.", title);
  return second === undefined
    ? t('{0}. It may be {1}.', title, causeWords(first, t).noun)
    : t('{0}. It may be {1} or {2}.', title, causeWords(first, t).noun, causeWords(second, t).noun);
}

/** The first piece of evidence of a kind. */
function find<Kind extends Evidence['kind']>(
  { verdict }: SentenceInput,
  kind: Kind,
): EvidenceOf<Kind> | undefined {
  return verdict.evidence.find((one): one is EvidenceOf<Kind> => one.kind === kind);
}

/** The basis of the cause, shown after a colon; empty if the title is enough. */
function detailOf(input: SentenceInput): string {
  const { verdict, locale } = input;
  const { t } = locale;
  switch (verdict.cause) {
    case 'own_concurrency':
      return ownConcurrency(input);
    case 'foreign_concurrency':
      return foreignConcurrency(input);
    case 'quota_5h':
    case 'quota_weekly':
    case 'quota_monthly':
    case 'quota_unspecified':
      return windowDetail(input);
    case 'rpm':
    case 'tpm':
      return whoDetail(input) ?? rateDetail(input);
    case 'tpd':
      return whoDetail(input) ?? tpdDetail(input);
    case 'balance':
      return balanceDetail(input);
    case 'gateway_balance':
    case 'other_provider':
      return gatewayDetail(input);
    default:
      return verdict.cause === 'entitlement' ? lackDetail(input) : fixedDetail(verdict.cause, t);
  }
}

function ownConcurrency(input: SentenceInput): string {
  const { t } = input.locale;
  const evidence = find(input, 'inFlight');
  if (!evidence || evidence.count < 2 || evidence.agents.length === 0) return limitDetail(input);
  const running = runningWords(evidence, input);
  if (evidence.limit === undefined) return running;
  return input.incident.provider === 'kimi-code'
    ? t('{0}; your plan allows {1}', running, evidence.limit)
    : t('{0}; your account allows {1}', running, evidence.limit);
}

function runningWords(
  { count, threads, agents }: EvidenceOf<'inFlight'>,
  input: SentenceInput,
): string {
  const { t } = input.locale;
  const who = agentNames(agents, t);
  if (threads < 2) return t('{1} had {0} requests in flight', count, who);
  const hasSubagents = input.incident.places.some(({ subagent }) => subagent !== undefined);
  return hasSubagents
    ? t('{2} had {0} requests in flight in {1} sessions and sub-agents', count, threads, who)
    : t('{2} had {0} requests in flight in {1} sessions', count, threads, who);
}

function foreignConcurrency(input: SentenceInput): string {
  const { t } = input.locale;
  const others = find(input, 'otherMachines');
  if (others) return otherMachineWords(others, t);
  return t(
    '{0}, so it may be another device, somebody with the same key, or Kimi limiting non-interactive use',
    localWords(find(input, 'inFlight'), t),
  );
}

/** Local requests, as the reason for suspecting others. */
function localWords(inFlight: EvidenceOf<'inFlight'> | undefined, t: Translate): string {
  if (inFlight === undefined) return t('only one of your tasks was rejected');
  return inFlight.count <= 1
    ? t('nothing else was in flight on this machine')
    : t('only {0} were in flight on this machine', inFlight.count);
}

function limitDetail(input: SentenceInput): string {
  const { t } = input.locale;
  const limit = find(input, 'limitInText')?.limit ?? find(input, 'inFlight')?.limit;
  return limit === undefined ? '' : t('the limit is {0}', numberWords(limit, input.locale));
}

/** The endpoint lags: up to this share, a quota counts as used up. */
const LITTLE_PERCENT = 10;

function windowDetail(input: SentenceInput): string {
  const { locale, verdict } = input;
  const { t } = locale;
  if (find(input, 'contradiction'))
    return t(
      'Kimi shows quota left, so the key may belong to another account, or the number is late',
    );
  const window = verdict.evidence.find(
    (one): one is EvidenceOf<'window'> =>
      one.kind === 'window' && one.id === windowOfCause(verdict.cause),
  );
  if (verdict.certainty === 'certain' || window === undefined) return '';
  return window.remainingPercent <= LITTLE_PERCENT
    ? t('Kimi shows {0} left', remainingWords(window.remainingPercent))
    : t('nothing succeeded until the reset');
}

/** Another machine sent more than this one: who is worth more than how much. */
function whoDetail(input: SentenceInput): string | undefined {
  const others = find(input, 'otherRates');
  const isBusier = input.verdict.steps.some(({ machine }) => machine !== undefined);
  return others && isBusier ? otherRateWords(others, input.locale) : undefined;
}

function rateDetail(input: SentenceInput): string {
  const { locale } = input;
  const { t } = locale;
  const counted = find(input, 'limitInText');
  const rate = find(input, 'rate');
  if (counted?.limit !== undefined) {
    const limit = numberWords(counted.limit, locale);
    return counted.current === undefined
      ? t('the limit is {0} per minute', limit)
      : t('{0} counted, the limit is {1} per minute', numberWords(counted.current, locale), limit);
  }
  return rate ? t('{0} in the minute before', requestWords(rate.requests, t)) : '';
}

function tpdDetail(input: SentenceInput): string {
  const { locale } = input;
  const { t } = locale;
  const { current, limit } = find(input, 'limitInText') ?? {};
  if (current === undefined || limit === undefined)
    return t('only tier 0 of the open platform has a daily limit');
  return t(
    '{0} of {1} in the last 24 hours; only tier 0 of the open platform has this limit',
    numberWords(current, locale),
    numberWords(limit, locale),
  );
}

function balanceDetail(input: SentenceInput): string {
  const { locale } = input;
  const { t } = locale;
  const balance = find(input, 'balance');
  if (balance === undefined) return '';
  const money = moneyWords(balance.available, balance.currency, locale);
  return balance.available > 0
    ? t('your account here has {0}, so the key may belong to another organization', money)
    : t('the balance is {0}', money);
}

function gatewayDetail(input: SentenceInput): string {
  const { t } = input.locale;
  const gateway = find(input, 'gateway')?.name;
  const { provider = gateway } = input.incident.fields;
  if (provider === undefined) return '';
  return input.verdict.cause === 'other_provider'
    ? t('it comes from {0}', gatewayName(provider, t))
    : t('{0} wrote it, not Kimi', gatewayName(provider, t));
}

function lackDetail({ incident: { fields }, locale: { t } }: SentenceInput): string {
  switch (fields.lacks) {
    case 'plan':
      return t("it ended, or the plan doesn't include Kimi Code; another model won't help");
    case 'model':
      return t('the plan does not have this model');
    case 'context':
      return t('the plan allows this model only with a shorter context');
    default:
      return t("your plan or account doesn't allow this model or feature");
  }
}

function fixedDetail(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'disguised_overload':
      return t('every request fails, as with a client, thinking effort or plan that Kimi rejects');
    case 'wrong_key':
      return t('each Kimi product and region only knows its own keys');
    case 'token_expired':
      return t('a sign-in lasts 15 minutes and renews when you use the program');
    case 'context_length':
      return t('the conversation is too long for the model');
    default:
      return '';
  }
}

/** Causes whose text says little, so that quota and other requests are shown. */
const JOINED: readonly Cause[] = [
  'own_concurrency',
  'foreign_concurrency',
  'rpm',
  'overloaded',
  'disguised_overload',
  'unsure',
];

/** Quota left, and the fate of other requests. */
function joinedSentence(input: SentenceInput): string[] {
  const { t } = input.locale;
  if (!JOINED.includes(input.verdict.cause)) return [];
  const recovered = find(input, 'recoveredAfter');
  const mixed = find(input, 'mixed');
  return [
    ...roomSentence(input),
    ...(recovered ? [t('Other requests succeeded {0} later.', spanWords(recovered.ms, t))] : []),
    ...(mixed && !recovered ? [t('Other requests succeeded in the meantime.')] : []),
  ];
}

function roomSentence({ verdict, locale: { t } }: SentenceInput): string[] {
  const left = verdict.evidence.flatMap(one =>
    one.kind === 'window' ? [[one.id, remainingWords(one.remainingPercent)] as const] : [],
  );
  const share = new Map(left);
  const [short, week] = [share.get('5h'), share.get('week')];
  if (short !== undefined && week !== undefined)
    return [t('{0} of the 5-hour quota and {1} of the weekly quota were left.', short, week)];
  if (left.length === 0) return [];
  const list = left.map(([id, percent]) => `${windowWords(id, t)} ${percent}`).join(t(', '));
  return [t('Left then: {0}.', list)];
}

/** The agent changed the provider without a word. */
function fallbackSentence({ incident: { fallback }, locale: { t } }: SentenceInput): string[] {
  if (!fallback) return [];
  const { agent, to } = fallback;
  return [t('{0} then continued with another provider: {1}.', agentName(agent, t), to)];
}

function runawaySentence({ verdict, incident, locale: { t } }: SentenceInput): string[] {
  const agent = incident.places[0]?.agent;
  if (!verdict.isRunaway || agent === undefined) return [];
  return [
    t(
      "{0} keeps retrying a request that can't succeed ({1} times so far).",
      agentName(agent, t),
      incident.count,
    ),
  ];
}
