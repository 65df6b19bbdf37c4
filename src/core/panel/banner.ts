import { failureWords } from '../base/counts.ts';
import { joinSentences, shortMoment } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import { DAY_MS } from '../base/time.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import { certaintyWord } from '../explain/causeWords.ts';
import type { Incident } from '../incidents/incident.ts';
import { troubleOfCause } from '../incidents/trouble.ts';
import type { Activity } from '../quota/activity.ts';
import type { Forecast } from '../quota/forecast.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaState } from '../quota/quotaView.ts';
import { LOW_PERCENT } from '../quota/windows.ts';
import { type HeadlineWords, headlineWords, resetMoment } from '../status/headlineWords.ts';
import { paceWords } from '../status/paceWords.ts';
import { type StartAdvice, startAdvice, startSentences } from '../status/startAdvice.ts';
import { windowName } from '../status/windowWords.ts';
import { isDatabase } from './incidentSection.ts';
import type { PanelAction, PanelBanner, Tone } from './panelState.ts';

/** Input of the banner. */
export interface BannerInput {
  /** The primary account. */
  readonly account: AccountView;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  readonly activity: Activity;
  /** By quota of the primary account. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
  readonly region?: CodeRegion;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/**
 * What is happening now, by the headline that every surface draws: a used-up quota, failing requests,
 * else a problem of the account, else advice. Pure.
 */
export function bannerOf(input: BannerInput): PanelBanner | undefined {
  const { account } = input;
  const words = wordsNow(input);
  const { kind, incident } = words.headline;
  if (incident) return incidentBanner(incident, words, input);
  if (kind === 'usedUp') return usedUpBanner(words, input);
  if (account.view.state === 'signedOut') return undefined;
  return problemBanner(words, input) ?? adviceBanner(words, input);
}

type Present = Pick<
  BannerInput,
  'account' | 'activity' | 'incidents' | 'now' | 'locale' | 'region'
>;

function wordsNow({ locale, region, ...situation }: Present): HeadlineWords {
  return headlineWords(situation, { locale, ...(region ? { region } : {}) });
}

function incidentBanner(incident: Incident, words: HeadlineWords, input: BannerInput): PanelBanner {
  const { locale, now } = input;
  const { t } = locale;
  const { from, count, state, verdict } = incident;
  const isParallel = verdict.cause === 'own_concurrency';
  return {
    tone: state === 'running' || words.headline.kind === 'usedUp' ? 'spent' : 'low',
    title: words.title,
    meta: [
      t('started {0}', shortMoment(from, now, locale)),
      failureWords(count, t),
      // A likely cause has it in its title.
      ...(verdict.certainty === 'likely' ? [] : [certaintyWord(verdict.certainty, t)]),
    ].join(' · '),
    ...textOf(words, input, quotaIsFine(incident, input)),
    ...(words.code === undefined
      ? {}
      : { fix: { label: isParallel ? t('Prevent it:') : t('Fix it:'), code: words.code } }),
    actions: [
      { kind: 'incident', id: incident.id, label: t('Why?') },
      ...(isDatabase(incident.example.file)
        ? []
        : [{ kind: 'log', id: incident.id, label: t('Open Log') } as const]),
    ],
  };
}

function usedUpBanner(words: HeadlineWords, input: BannerInput): PanelBanner {
  const { t } = input.locale;
  return {
    tone: 'spent',
    title: words.title,
    ...textOf(words, input),
    actions: [{ kind: 'command', command: 'refresh', label: t('Refresh') }],
  };
}

/** A countdown of days is no countdown. Next to one, the text doesn't repeat the time that is left. */
function textOf(
  { now: text, until, headline }: HeadlineWords,
  { now, locale }: Pick<Present, 'now' | 'locale'>,
  before: readonly string[] = [],
) {
  const { t } = locale;
  const isCountdown = until !== undefined && until > now && until - now < DAY_MS;
  if (!isCountdown) return { text: joinSentences([...before, text], t) };
  const shown = headline.kind === 'usedUp' ? resetMoment(until, now, locale) : text;
  return { text: joinSentences([...before, shown], t), retryAt: until };
}

/** What is true now while an incident is current. Pure. */
export function presentOf(
  incident: Incident,
  present: Omit<Present, 'incidents'>,
): { readonly text: string; readonly retryAt?: number } {
  return textOf(wordsNow({ ...present, incidents: [incident] }), present);
}

/** The quota is named only where a reader would suspect it. */
function quotaIsFine({ verdict, category }: Incident, { account, locale }: BannerInput): string[] {
  const { windows, isOld } = account.view;
  const trouble = troubleOfCause(verdict.cause, category);
  const isFine = windows.every(({ remainingPercent = 0 }) => remainingPercent > LOW_PERCENT);
  if (isOld || windows.length === 0 || !isFine || trouble === 'quota') return [];
  return [locale.t("Your quota isn't the cause.")];
}

/** A problem of the account, with the command that helps; undefined if there is none. */
function problemBanner(words: HeadlineWords, input: BannerInput): PanelBanner | undefined {
  const { account, locale } = input;
  const { t } = locale;
  const { state } = account.view;
  const { action } = words;
  if (!action && state !== 'stale' && state !== 'exhausted') return undefined;
  const isKey = action === 'enterKey' || KEY_MAY_HELP.has(state);
  const actions: PanelAction[] = [
    isKey
      ? { kind: 'command', command: 'setApiKey', label: t('Enter Key Again') }
      : { kind: 'command', command: 'refresh', label: t('Refresh') },
    ...(action
      ? [{ kind: 'command', command: 'selfCheck', label: t('Troubleshoot') } as const]
      : []),
  ];
  return {
    tone: state === 'exhausted' ? 'spent' : 'low',
    title: words.title,
    text: joinSentences([words.next, words.now], t),
    actions,
  };
}

/** Another key may belong to an account without the problem. */
const KEY_MAY_HELP: ReadonlySet<QuotaState> = new Set(['tokenExpired', 'forbidden', 'noPlan']);

function adviceBanner(words: HeadlineWords, input: BannerInput): PanelBanner | undefined {
  const { account, now, locale } = input;
  const advice = startAdvice(account, input);
  if (advice.kind === 'unknown')
    return words.title === ''
      ? undefined
      : { tone: 'unknown', title: words.title, text: '', actions: [] };
  const outlook = outlookOf(input);
  const [title, ...reasons] = startSentences(advice, now, locale);
  return {
    tone: advice.kind === 'go' && outlook.tone === 'low' ? 'low' : toneOfAdvice(advice),
    // A title, like the others.
    title: title.replace(/[.。]$/, ''),
    // Who has to wait anyway doesn't need to read that a quota lasts.
    text: joinSentences([...reasons, advice.kind === 'wait' ? '' : outlook.text], locale.t),
    actions: [],
  };
}

/** Which quotas don't last, or that all do; empty without a forecast. */
function outlookOf({ account: { view }, forecasts, now, locale }: BannerInput) {
  const { t } = locale;
  const paces = view.windows.flatMap(window => {
    const forecast = forecasts.get(window.id);
    const pace = forecast && paceWords(window, forecast, { now, locale });
    return pace && pace.tone !== 'unknown' ? [{ window, pace }] : [];
  });
  const short = paces.find(({ pace }) => pace.tone === 'low');
  if (short && !view.isOld)
    return {
      tone: 'low' as const,
      text: t('{0}: {1}.', windowName(short.window, t), short.pace.text),
    };
  const doAllLast = paces.length > 0 && paces.length === view.windows.length && !view.isOld;
  return { tone: 'good' as const, text: doAllLast ? t('Every quota lasts until its reset.') : '' };
}

function toneOfAdvice({ kind }: StartAdvice): Tone {
  switch (kind) {
    case 'go':
      return 'good';
    case 'fewer':
      return 'low';
    case 'wait':
      return 'spent';
    case 'unknown':
      return 'unknown';
  }
}
