import { accountName } from '../accounts/endpoint.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import { explain } from '../explain/explain.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { windowLine, windowName } from '../status/windowWords.ts';
import { durationWords, momentWords } from '../base/format.ts';
import type { ContextNotice, FailureNotice, Notice, NoticeKind, QuotaNotice } from './notice.ts';
import { agentName } from '../agents/signal.ts';

/** Options of `noticeWords`. */
export interface NoticeWordsOptions {
  readonly locale: Locale;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly region: CodeRegion;
}

/** A notice in one or two sentences, without links even if a label contains Markdown. */
export function noticeWords(notice: Notice, options: NoticeWordsOptions): string {
  const text = wordsOf(notice, options);
  // VS Code turns `[text](address)` into a link.
  return text.replaceAll('[', '(').replaceAll(']', ')');
}

function wordsOf(notice: Notice, options: NoticeWordsOptions): string {
  if (notice.kind === 'context') return contextWords(notice, options);
  return 'incident' in notice ? failureWords(notice, options) : quotaWords(notice, options);
}

function contextWords({ context }: ContextNotice, { locale }: NoticeWordsOptions): string {
  const { agent, model, tokens, limit } = context;
  return locale.t(
    '{0}: the conversation is at {1}K of the {2}K tokens that your plan allows for {3}. Compact it or start a new one.',
    agentName(agent, locale.t),
    Math.round(tokens / 1024),
    Math.round(limit / 1024),
    model,
  );
}

function quotaWords(notice: QuotaNotice, { locale, now }: NoticeWordsOptions): string {
  const { t } = locale;
  const { kind, account, window, hasExtraUsage } = notice;
  const name = accountName(account, t);
  if (!window)
    return kind === 'worksAgain'
      ? t('{0} works again: balance topped up.', name)
      : t('{0}: out of credit. Requests are rejected until you top up.', name);
  const line = windowLine(window, now, { locale, side: 'remaining' });
  if (kind === 'low') return t('{0} is running low. {1}.', name, line);
  if (kind === 'worksAgain') return t('{0} works again. {1}.', name, line);
  if (hasExtraUsage)
    return t('Used up: {0}. Requests continue on paid Extra Usage.', windowName(window, t));
  return spentWords(notice, window, { locale, now });
}

function spentWords(
  { account, resetsAt }: QuotaNotice,
  window: NonNullable<QuotaNotice['window']>,
  { locale, now }: Pick<NoticeWordsOptions, 'locale' | 'now'>,
): string {
  const { t } = locale;
  const [name, what] = [accountName(account, t), windowName(window, t)];
  if (resetsAt === undefined) return t('{0}: {1} used up.', name, what);
  const [when, span] = [momentWords(resetsAt, now, locale), durationWords(resetsAt - now, t)];
  return t('{0}: {1} used up. It resets {2} (in {3}).', name, what, when, span);
}

function failureWords({ kind, incident }: FailureNotice, options: NoticeWordsOptions): string {
  const { t } = options.locale;
  const { cause, title, steps } = explain(incident, options);
  const agent = agentName(incident.places[0]?.agent ?? 'other', t);
  if (kind === 'runaway')
    return t(
      "{0} keeps retrying a request that can't succeed ({1} times so far). {2}.",
      agent,
      incident.count,
      title,
    );
  if (kind === 'fallback')
    return t(
      '{0} continued with another provider, {1}, after failed requests to Kimi. {2}.',
      agentName(incident.fallback?.agent ?? 'other', t),
      incident.fallback?.to || t('unknown'),
      title,
    );
  const [step] = steps;
  return step ? t('{0}: {1} {2}', agent, cause, step.text) : t('{0}: {1}', agent, cause);
}

/** The name of a kind in the message that confirms muting. */
export function kindName(kind: NoticeKind, t: Translate): string {
  switch (kind) {
    case 'low':
      return t('running low');
    case 'spent':
      return t('used up');
    case 'worksAgain':
      return t('recovered');
    case 'failure':
      return t('requests fail');
    case 'runaway':
      return t('agent keeps retrying');
    case 'fallback':
      return t('agent changed the provider');
    case 'context':
      return t('conversation near its limit');
  }
}
