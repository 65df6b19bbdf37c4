import { countedPoints, countedTokens, requestWords } from '../base/counts.ts';
import { type AgentId, agentName } from '../agents/signal.ts';
import { clockWords, durationWords, moneyWords, remainingWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { Evidence } from '../incidents/verdict.ts';
import { categoryNoun, causeWords } from './causeWords.ts';

/** A duration, with seconds if short: `under 1 s`, `4 s`, `12 min`, `2 h 5 min`. */
export function spanWords(ms: number, t: Translate): string {
  const rounded = Math.max(0, ms);
  if (rounded >= 60_000) return durationWords(rounded, t);
  return rounded < 1000 ? t('under 1 s') : t('{0} s', Math.round(rounded / 1000));
}

/** A number with the language's digit grouping: `1,501,880`. */
export function numberWords(value: number, { language }: Locale): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}

/** Evidence of one kind. */
export type EvidenceOf<Kind extends Evidence['kind']> = Extract<Evidence, { kind: Kind }>;

/** The source of a fact, and the fact in one sentence. */
export function evidenceWords(evidence: Evidence, now: number, locale: Locale): string {
  return locale.t(
    '{0}: {1}',
    evidenceSource(evidence, locale.t),
    evidenceSentence(evidence, now, locale),
  );
}

/** The source of a fact in two words. */
export function evidenceSource({ source }: Evidence, t: Translate): string {
  switch (source) {
    case 'text':
      return t('Error text');
    case 'log':
      return t('Agent log');
    case 'usages':
      return t("Kimi's usage endpoint");
    case 'archive':
      return t('Earlier errors');
    case 'team':
      return t('Your team');
  }
}

/** The fact in one sentence, without its source. */
export function evidenceSentence(evidence: Evidence, now: number, locale: Locale): string {
  const { t } = locale;
  switch (evidence.kind) {
    case 'words':
      return t('The error says: {0}.', categoryNoun(evidence.category, t));
    case 'status':
      return t('HTTP {0}.', evidence.status);
    case 'inFlight':
      return inFlightSentence(evidence, t);
    case 'otherMachines':
      return t('{0}.', otherMachineWords(evidence, t));
    case 'otherRates':
      return t('{0}.', otherRateWords(evidence, locale));
    case 'unexplained':
      return unexplainedSentence(evidence, now, locale);
    case 'window':
      return windowSentence(evidence, now, locale);
    case 'contradiction':
      return t(
        'It still shows quota left ({0}); the error counts more.',
        windowWords(evidence.id, t),
      );
    case 'usagesDisagree':
      return t('Its fields contradict each other ({0}).', windowWords(evidence.id, t));
    case 'retryAfter':
      return t('The requested wait is {0}.', spanWords(evidence.ms, t));
    case 'gateway':
      return t('The text was written or changed by {0}.', gatewayName(evidence.name, t));
    case 'host':
      return t('The request went to {0}.', evidence.host);
    case 'earlier':
      return earlierSentence(evidence, t);
    case 'noWords':
      return t("{0} doesn't log the error text.", agentName(evidence.agent, t));
    case 'balance':
      return t('The balance is {0}.', moneyWords(evidence.available, evidence.currency, locale));
    default:
      return countSentence(evidence, locale);
  }
}

type Counted = EvidenceOf<
  | 'seenLimit'
  | 'mixed'
  | 'allFailed'
  | 'recoveredAfter'
  | 'rate'
  | 'limitInText'
  | 'maxTokens'
  | 'usedBy'
  | 'ownTokens'
>;

function countSentence(evidence: Counted, locale: Locale): string {
  const { t } = locale;
  switch (evidence.kind) {
    case 'seenLimit':
      return seenLimitSentence(evidence, locale);
    case 'mixed':
      return evidence.successes === 1
        ? t('One request that started later succeeded.')
        : t('{0} requests that started later succeeded.', evidence.successes);
    case 'allFailed':
      return evidence.count === 1
        ? t('The only attempt failed.')
        : t('All {0} attempts failed in {1}.', evidence.count, spanWords(evidence.forMs, t));
    case 'recoveredAfter':
      return t('Requests succeeded again {0} later.', spanWords(evidence.ms, t));
    case 'rate':
      return rateSentence(evidence, locale);
    case 'usedBy':
      return usedBySentence(evidence, t);
    case 'ownTokens':
      return ownTokensSentence(evidence, locale);
    case 'limitInText':
      return limitSentence(evidence, locale);
    case 'maxTokens':
      return t(
        'Each request reserved up to {0} output tokens; all of them count.',
        numberWords(evidence.tokens, locale),
      );
  }
}

/** The display name of a gateway. One is only known by its error format. */
export function gatewayName(name: string, t: Translate): string {
  return name === 'errorMessage proxy' ? t('a proxy') : name;
}

/** `Kimi Code, Claude Code`. */
export function agentNames(agents: readonly AgentId[], t: Translate): string {
  return agents
    .slice(0, 3)
    .map(agent => agentName(agent, t))
    .join(t(', '));
}

function inFlightSentence(evidence: EvidenceOf<'inFlight'>, t: Translate): string {
  const { count, threads, agents, limit } = evidence;
  const who = agentNames(agents, t);
  if (who === '' || count <= 1) return t('No other request was in flight on this machine.');
  return limit === undefined
    ? t(
        'At least {0} requests were in flight ({1}; sessions and sub-agents: {2}).',
        count,
        who,
        threads,
      )
    : t(
        'At least {0} requests were in flight ({1}; sessions and sub-agents: {2}); the limit is {3}.',
        count,
        who,
        threads,
        limit,
      );
}

/** `7 more requests were in flight on ci-box (7 of 10)`, without a full stop. */
export function otherMachineWords(
  { count, machines, limit }: EvidenceOf<'otherMachines'>,
  t: Translate,
): string {
  const [first] = machines;
  if (first && machines.length === 1)
    return limit === undefined
      ? t('{0} had {1} in flight', first.machine, requestWords(count, t))
      : t('{0} had {1} in flight; the limit is {2}', first.machine, requestWords(count, t), limit);
  const names = machines.map(({ machine, inFlight }) => `${machine} ${inFlight}`).join(t(', '));
  return limit === undefined
    ? t('other machines had {0} in flight ({1})', requestWords(count, t), names)
    : t(
        'other machines had {0} in flight; the limit is {1} ({2})',
        requestWords(count, t),
        limit,
        names,
      );
}

/** `ci-box sent 412 requests in the minute before`, without a full stop. */
export function otherRateWords(
  { unit, span, count, machines }: EvidenceOf<'otherRates'>,
  locale: Locale,
): string {
  const { t } = locale;
  const amount = numberWords(count, locale);
  const names = machines
    .map(one => `${one.machine} ${numberWords(one.count, locale)}`)
    .join(t(', '));
  if (unit === 'requests')
    return t(
      'other machines sent {0} in the minute before ({1})',
      requestWords(count, t, amount),
      names,
    );
  return span === 'day'
    ? t(
        'other machines used {0} in the last 24 hours ({1})',
        countedTokens(count, t, amount),
        names,
      )
    : t(
        'other machines used {0} in the minute before ({1})',
        countedTokens(count, t, amount),
        names,
      );
}

/** A quota in the middle of a sentence. Unknown ids are shown as they are. */
export function windowWords(id: string, t: Translate): string {
  switch (id) {
    case '5h':
      return t('5-hour quota');
    case 'week':
      return t('weekly quota');
    case 'month':
      return t('monthly quota');
    default:
      return id;
  }
}

function windowSentence(evidence: EvidenceOf<'window'>, now: number, locale: Locale): string {
  const { t } = locale;
  const { id, remainingPercent, resetsAt, when } = evidence;
  const left = remainingWords(remainingPercent);
  const name = windowWords(id, t);
  const share =
    when === 'before'
      ? t('Before the error: {0} of the {1} left.', left, name)
      : t('After the error: {0} of the {1} left.', left, name);
  if (resetsAt === undefined || resetsAt <= now) return share;
  const moment = clockWords(resetsAt, now, locale);
  return t(
    '{0} {1}',
    share,
    t('It resets {0} (in {1}).', moment, durationWords(resetsAt - now, t)),
  );
}

function seenLimitSentence({ meter, limit }: EvidenceOf<'seenLimit'>, locale: Locale): string {
  const { t } = locale;
  const from = numberWords(limit, locale);
  switch (meter) {
    case 'atOnce':
      return t(
        'Requests failed with {0} or more others in flight, and succeeded with fewer.',
        from,
      );
    case 'requests':
      return t(
        'Requests failed after {0} or more requests within a minute, and succeeded after fewer.',
        from,
      );
    case 'tokens':
      return t(
        'Requests failed after about {0} tokens or more within a minute (including reserved output), and succeeded after fewer.',
        from,
      );
  }
}

function rateSentence({ requests, tokens }: EvidenceOf<'rate'>, locale: Locale): string {
  const { t } = locale;
  const sent = requestWords(requests, t);
  if (tokens === undefined) return t('{0} in the minute before.', sent);
  const used = countedTokens(tokens, t, numberWords(tokens, locale));
  return t('{0} and {1} in the minute before.', sent, used);
}

function limitSentence({ current, limit }: EvidenceOf<'limitInText'>, locale: Locale): string {
  const { t } = locale;
  const words = (value: number): string => numberWords(value, locale);
  if (current === undefined) return t('The limit is {0}.', words(limit ?? 0));
  return limit === undefined
    ? t('Kimi counted {0}.', words(current))
    : t('Kimi counted {0}; the limit is {1}.', words(current), words(limit));
}

function usedBySentence({ agents }: EvidenceOf<'usedBy'>, t: Translate): string {
  const names = agents.map(({ agent, percent }) => `${agentName(agent, t)} ${percent}%`);
  return t('Usage on this machine in the five hours before: {0}.', names.join(t(', ')));
}

function ownTokensSentence(
  { tokens, counted, span }: EvidenceOf<'ownTokens'>,
  locale: Locale,
): string {
  const { t } = locale;
  const [own, all] = [numberWords(tokens, locale), numberWords(counted, locale)];
  return span === 'day'
    ? t('Agents on this machine used {0} of the {1} tokens in the last 24 hours.', own, all)
    : t(
        'Agents on this machine used at most {0} of the {1} tokens in the minute before.',
        own,
        all,
      );
}

function unexplainedSentence(
  { id, points, from, to }: EvidenceOf<'unexplained'>,
  now: number,
  locale: Locale,
): string {
  return locale.t(
    'No agent on this machine explains {0} of the {1} ({2} to {3}).',
    countedPoints(points, locale.t),
    windowWords(id, locale.t),
    clockWords(from, now, locale),
    clockWords(to, now, locale),
  );
}

function earlierSentence({ count, cause }: EvidenceOf<'earlier'>, t: Translate): string {
  return count === 1
    ? t('Also once in the last 24 hours: {0}.', causeWords(cause, t).noun)
    : t('Also {0} times in the last 24 hours: {1}.', count, causeWords(cause, t).noun);
}
