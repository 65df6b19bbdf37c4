import { accountName } from '../accounts/endpoint.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import { remainingWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { agentName } from '../agents/signal.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaState } from '../quota/quotaView.ts';
import { headlineOfIncident } from '../status/headline.ts';
import { headlineWords, lastingSentence, wordsOfHeadline } from '../status/headlineWords.ts';
import { windowName } from '../status/windowWords.ts';
import type {
  ContextNotice,
  FailureNotice,
  Notice,
  NoticeKind,
  QuotaNotice,
  SessionNotice,
} from './notice.ts';
import { accountOfIncident } from '../incidents/accountOfIncident.ts';

/** Options of `noticeWords`. */
export interface NoticeWordsOptions {
  readonly locale: Locale;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly region: CodeRegion;
  /** All accounts with a key. */
  readonly accounts: readonly AccountView[];
  readonly activity: Activity;
}

/** A notice as the headline of what it is about, in one or two sentences without links even if a label contains Markdown. */
export function noticeWords(notice: Notice, options: NoticeWordsOptions): string {
  const text = wordsOf(notice, options);
  // VS Code turns `[text](address)` into a link.
  return text.replaceAll('[', '(').replaceAll(']', ')');
}

function wordsOf(notice: Notice, options: NoticeWordsOptions): string {
  if (notice.kind === 'context') return contextWords(notice, options);
  if (notice.kind === 'session') return sessionWords(notice, options);
  return 'incident' in notice ? failureWords(notice, options) : quotaWords(notice, options);
}

function contextWords({ context }: ContextNotice, { locale }: NoticeWordsOptions): string {
  const { agent, model, tokens, limit } = context;
  return locale.t(
    '{0}: conversation at {1}K of {2}K tokens for {3}. Compact it or start a new one.',
    agentName(agent, locale.t),
    Math.round(tokens / 1024),
    Math.round(limit / 1024),
    model,
  );
}

function sessionWords({ session }: SessionNotice, { locale: { t } }: NoticeWordsOptions): string {
  const { agent, windowId, percent } = session;
  const quota = windowName({ id: windowId, isResetting: false }, t);
  return t('{0}: {1}% used by one session of {2}.', quota, percent, agentName(agent, t));
}

function quotaWords(notice: QuotaNotice, options: NoticeWordsOptions): string {
  const { accounts, locale } = options;
  const { t } = locale;
  const { kind, account, window } = notice;
  const own = accounts.find(each => each.account.id === account);
  if (!own) return '';
  const view = { ...own.view, state: stateOf(notice), ...(window ? { binding: window } : {}) };
  const text =
    kind === 'worksAgain' ? againWords(notice, t) : sentenceOf({ ...own, view }, options);
  return accounts.length > 1 ? t('{0}: {1}', accountName(account, t), text) : text;
}

function againWords({ window, isReminder, isUnconfirmed }: QuotaNotice, t: Translate): string {
  if (isUnconfirmed) return t('Your quota was due to reset. No new numbers yet.');
  if (!window) return t('Balance topped up. Requests work again.');
  const name = windowName(window, t);
  const left = remainingWords(window.remainingPercent ?? 0);
  return isReminder
    ? t('{0} has reset: {1} left.', name, left)
    : t('{0} available again: {1} left.', name, left);
}

const stateOf = ({ kind, hasExtraUsage }: QuotaNotice): QuotaState =>
  kind === 'low' ? 'low' : hasExtraUsage ? 'extraUsage' : 'exhausted';

/** The headline of an account as if the notification's quota were the tightest. */
function sentenceOf(account: AccountView, options: NoticeWordsOptions): string {
  const { activity, locale, now } = options;
  return lastingSentence(headlineWords({ account, activity, incidents: [], now }, options), locale);
}

function failureWords({ kind, incident }: FailureNotice, options: NoticeWordsOptions): string {
  const { accounts, activity, locale, now } = options;
  const { t } = locale;
  const agent = agentName(incident.places[0]?.agent ?? 'other', t);
  const account = accountOfIncident(incident, accounts) ?? accounts[0];
  if (!account) return '';
  const situation = { account, activity, incidents: [incident], now };
  const words = wordsOfHeadline(headlineOfIncident(incident, situation), situation, options);
  if (kind === 'runaway')
    return t(
      "{0} keeps retrying a request that can't succeed ({1} times so far). {2}.",
      agent,
      incident.count,
      words.title,
    );
  if (kind === 'fallback')
    return t(
      '{0} continued with another provider, {1}, after failed requests to Kimi. {2}.',
      agentName(incident.fallback?.agent ?? 'other', t),
      incident.fallback?.to || t('unknown'),
      words.title,
    );
  const { headline, next } = words;
  if (headline.kind === 'usedUp') return lastingSentence(words, locale);
  const isUseless = headline.kind === 'failing' && ['useless', 'unknown'].includes(headline.retry);
  const what = isUseless && next !== '' ? { ...words, numbers: '', lasting: next } : words;
  return t('{0}: {1}', agent, lastingSentence(what, locale));
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
    case 'session':
      return t('session used much of a quota');
  }
}
