import type { Locale, Translate } from '../base/ports.ts';
import { moneyWords, remainingWords } from '../base/format.ts';
import { causeWords, openWords, problemWords } from './causeWords.ts';
import {
  agentNames,
  type EvidenceOf,
  gatewayName,
  numberWords,
  spanWords,
  windowWords,
} from './evidenceWords.ts';
import { windowOfCause } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause, Evidence, Verdict } from '../incidents/verdict.ts';
import { agentName } from '../agents/signal.ts';

/** What a sentence about a verdict is made of. */
export interface Told {
  readonly verdict: Verdict;
  readonly incident: Pick<Incident, 'category' | 'count' | 'places' | 'provider' | 'fields'>;
  readonly now: number;
  readonly locale: Locale;
}

/** The cause with its certainty in words, what it rests on, and what else is seen. */
export function causeSentences(told: Told): string {
  const { t } = told.locale;
  const more = [...joinSentences(told), ...runawaySentence(told)];
  return more.reduce((text, sentence) => t('{0} {1}', text, sentence), headSentence(told));
}

function headSentence(told: Told): string {
  const { verdict, locale } = told;
  const { t } = locale;
  if (verdict.cause === 'unsure') return unsureSentence(told);
  const { cause, certainty } = verdict;
  const { category, fields } = told.incident;
  const { title, noun } = problemWords({ cause, category, ...fields }, t);
  const head = certainty === 'certain' ? title : t('Likely {0}', noun);
  const detail = detailOf(told);
  return detail === '' ? t('{0}.', head) : t('{0}: {1}.', head, detail);
}

/** What is certain, what it may be, and so what there is to find out. */
function unsureSentence({ verdict, incident, locale: { t } }: Told): string {
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
  { verdict }: Told,
  kind: Kind,
): EvidenceOf<Kind> | undefined {
  return verdict.evidence.find((one): one is EvidenceOf<Kind> => one.kind === kind);
}

/** What the cause rests on, after a colon; empty where the head says all. */
function detailOf(told: Told): string {
  const { verdict, locale } = told;
  const { t } = locale;
  switch (verdict.cause) {
    case 'own_concurrency':
      return ownConcurrency(told);
    case 'foreign_concurrency':
      return foreignConcurrency(told);
    case 'quota_5h':
    case 'quota_weekly':
    case 'quota_monthly':
    case 'quota_unspecified':
      return windowDetail(told);
    case 'rpm':
    case 'tpm':
      return rateDetail(told);
    case 'tpd':
      return tpdDetail(told);
    case 'balance':
      return balanceDetail(told);
    case 'gateway_balance':
    case 'other_provider':
      return gatewayDetail(told);
    default:
      return verdict.cause === 'entitlement' ? lackDetail(told) : fixedDetail(verdict.cause, t);
  }
}

function ownConcurrency(told: Told): string {
  const { t } = told.locale;
  const evidence = find(told, 'inFlight');
  if (!evidence || evidence.count < 2 || evidence.agents.length === 0) return limitDetail(told);
  const running = runningWords(evidence, told);
  if (evidence.limit === undefined) return running;
  return told.incident.provider === 'kimi-code'
    ? t('{0}; your plan allows {1}', running, evidence.limit)
    : t('{0}; your account allows {1}', running, evidence.limit);
}

function runningWords({ count, threads, agents }: EvidenceOf<'inFlight'>, told: Told): string {
  const { t } = told.locale;
  const who = agentNames(agents, t);
  if (threads < 2) return t('{1} had {0} requests in flight', count, who);
  const hasSubagents = told.incident.places.some(({ subagent }) => subagent !== undefined);
  return hasSubagents
    ? t('{2} had {0} requests in flight in {1} sub-agents', count, threads, who)
    : t('{2} had {0} requests in flight in {1} sessions', count, threads, who);
}

function foreignConcurrency(told: Told): string {
  const { t } = told.locale;
  return t(
    '{0}, so it may be another device, somebody with the same key, or Kimi limiting non-interactive use',
    oursWords(find(told, 'inFlight'), t),
  );
}

/** How little of it is ours. */
function oursWords(inFlight: EvidenceOf<'inFlight'> | undefined, t: Translate): string {
  if (inFlight === undefined) return t('only one of your tasks was rejected');
  return inFlight.count <= 1
    ? t('nothing else was in flight on this machine')
    : t('only {0} were in flight on this machine', inFlight.count);
}

function limitDetail(told: Told): string {
  const { t } = told.locale;
  const limit = find(told, 'limitInText')?.limit ?? find(told, 'inFlight')?.limit;
  return limit === undefined ? '' : t('the limit is {0}', numberWords(limit, told.locale));
}

/** What a spent window may still show, since the endpoint lags. */
const LITTLE_PERCENT = 10;

function windowDetail(told: Told): string {
  const { locale, verdict } = told;
  const { t } = locale;
  if (find(told, 'contradiction'))
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

function rateDetail(told: Told): string {
  const { locale } = told;
  const { t } = locale;
  const counted = find(told, 'limitInText');
  const rate = find(told, 'rate');
  if (counted?.limit !== undefined) {
    const limit = numberWords(counted.limit, locale);
    return counted.current === undefined
      ? t('the limit is {0} per minute', limit)
      : t('{0} counted, the limit is {1} per minute', numberWords(counted.current, locale), limit);
  }
  return rate ? t('{0} requests in the minute before', rate.requests) : '';
}

function tpdDetail(told: Told): string {
  const { locale } = told;
  const { t } = locale;
  const { current, limit } = find(told, 'limitInText') ?? {};
  if (current === undefined || limit === undefined)
    return t('only tier 0 of the open platform has a daily limit');
  return t(
    '{0} of {1} in the last 24 hours; only tier 0 of the open platform has this limit',
    numberWords(current, locale),
    numberWords(limit, locale),
  );
}

function balanceDetail(told: Told): string {
  const { locale } = told;
  const { t } = locale;
  const balance = find(told, 'balance');
  if (balance === undefined) return '';
  const money = moneyWords(balance.available, balance.currency, locale);
  return balance.available > 0
    ? t('your account here has {0}, so the key may belong to another organization', money)
    : t('the balance is {0}', money);
}

function gatewayDetail(told: Told): string {
  const { t } = told.locale;
  const gateway = find(told, 'gateway')?.name;
  const { provider = gateway } = told.incident.fields;
  if (provider === undefined) return '';
  return told.verdict.cause === 'other_provider'
    ? t('it comes from {0}', gatewayName(provider, t))
    : t('{0} wrote it, not Kimi', gatewayName(provider, t));
}

function lackDetail({ incident: { fields }, locale: { t } }: Told): string {
  switch (fields.lacks) {
    case 'plan':
      return t('it ended, or the plan has no Kimi Code; no other model helps');
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

/** Causes whose text says little: there the numbers around it are what one wants to know. */
const JOINED: readonly Cause[] = [
  'own_concurrency',
  'foreign_concurrency',
  'rpm',
  'overloaded',
  'disguised_overload',
  'unsure',
];

/** What is left of the windows, and what became of other requests. */
function joinSentences(told: Told): string[] {
  const { t } = told.locale;
  if (!JOINED.includes(told.verdict.cause)) return [];
  const recovered = find(told, 'recoveredAfter');
  const mixed = find(told, 'mixed');
  return [
    ...roomSentence(told),
    ...(recovered ? [t('Other requests succeeded {0} later.', spanWords(recovered.ms, t))] : []),
    ...(mixed && !recovered ? [t('Other requests succeeded in the meantime.')] : []),
  ];
}

function roomSentence({ verdict, locale: { t } }: Told): string[] {
  const left = verdict.evidence.flatMap(one =>
    one.kind === 'window' ? [[one.id, remainingWords(one.remainingPercent)] as const] : [],
  );
  const share = new Map(left);
  const [short, week] = [share.get('5h'), share.get('week')];
  if (short !== undefined && week !== undefined)
    return [t('{0} of the 5-hour quota and {1} of the weekly quota are left.', short, week)];
  if (left.length === 0) return [];
  const list = left.map(([id, percent]) => `${windowWords(id, t)} ${percent}`).join(', ');
  return [t('Left: {0}.', list)];
}

function runawaySentence({ verdict, incident, locale: { t } }: Told): string[] {
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
