import { accountName } from '../accounts/endpoint.ts';
import {
  ageWords,
  balanceWords,
  durationWords,
  joinSentences,
  moneyWords,
  remainingWords,
  usedWords,
} from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import { LOW_PERCENT } from '../quota/windows.ts';
import type { Balance, ExtraUsage } from '../quota/snapshot.ts';
import { type Headline, isDoubted } from './headline.ts';
import { headlineSentence, type HeadlineWords, headlineWords } from './headlineWords.ts';
import { bindingFirst, showsNumbers, type StatusTextOptions } from './statusText.ts';
import { shareWords, type Side, windowLine, windowName } from './windowWords.ts';

/** Shown with all sample data. */
export function sampleNotice(t: Translate): string {
  return t('Sample data from a made-up account. Nothing is saved.');
}

/** Options of `spokenStatus`. */
export interface SpokenStatusOptions extends Pick<StatusTextOptions, 'side' | 'locale'> {
  readonly headline: HeadlineWords;
  /** The numbers are sample data. */
  readonly isSample?: boolean;
}

/** For a screen reader, in whole sentences: "Kimi quota. 5-hour quota: 84% left, resets in 2 h 5 min. ..." */
export function spokenStatus(
  view: QuotaView,
  { side, locale, headline, isSample }: SpokenStatusOptions,
): string {
  const { t } = locale;
  const windows = showsNumbers(view.state) ? bindingFirst(view) : [];
  const sentences = windows.map(window => {
    const name = windowName(window, t);
    const share = shareWords(window, side, t);
    return window.resetsInMs === undefined || window.isResetting
      ? t('{0}: {1}.', name, share)
      : t('{0}: {1}, resets in {2}.', name, share, durationWords(window.resetsInMs, t));
  });
  const { balance } = view.snapshot ?? {};
  if (balance && showsNumbers(view.state)) {
    sentences.push(t('Balance: {0}.', balanceWords(balance, locale)));
  }
  const sample = isSample ? [sampleNotice(t)] : [];
  const cause = headlineSentence(headline, locale);
  // The cause and the action, then no more: the tooltip has the numbers.
  const numbers = headline.headline.kind === 'state' ? sentences : [];
  return joinSentences([...sample, t('Kimi quota.'), cause, ...numbers], t);
}

/** Further facts, one line each: tightest limit, parallel limit, money, doubts, age. */
export function quotaFacts(view: QuotaView, now: number, locale: Locale): string[] {
  const { snapshot } = view;
  if (!snapshot) return [];
  const { t } = locale;
  return [
    ...bindingFact(view, locale),
    ...(snapshot.parallelLimit === undefined
      ? []
      : [t('Parallel limit: {0}.', snapshot.parallelLimit)]),
    ...(snapshot.extraUsage ? [extraUsageFact(snapshot.extraUsage, locale)] : []),
    ...(snapshot.balance ? balanceFacts(snapshot.balance, locale) : []),
    ...codeFact(view, locale),
    ...contradictionFacts(view, locale),
    t('Updated {0} from {1}.', ageWords(Math.max(0, now - snapshot.at), t), snapshot.origin),
  ];
}

function bindingFact({ binding, windows }: QuotaView, { t }: Locale): string[] {
  // Only a quota that is tight: the shortest one is shown first anyway.
  const { remainingPercent = 100 } = binding ?? {};
  if (!binding || binding === windows[0] || remainingPercent > LOW_PERCENT) return [];
  return [t('Tightest limit: {0}.', windowName(binding, t))];
}

function codeFact({ windows }: QuotaView, { t }: Locale): string[] {
  return windows.flatMap(({ codeUsedPercent }) =>
    codeUsedPercent === undefined
      ? []
      : [t('Coding used {0} of the monthly quota.', usedWords(100 - codeUsedPercent))],
  );
}

/** Fields of Kimi that differ, one line per quota. */
export function contradictionFacts({ windows }: QuotaView, { t }: Locale): string[] {
  return windows.flatMap(window => {
    if (!window.contradiction || window.isResetting) return [];
    const { highestUsedPercent, lowestUsedPercent } = window.contradiction;
    return [
      t(
        '{0}: Kimi reports both {1} and {2} left. The lower value is shown.',
        windowName(window, t),
        remainingWords(100 - highestUsedPercent),
        remainingWords(100 - lowestUsedPercent),
      ),
    ];
  });
}

function extraUsageFact(extra: ExtraUsage, locale: Locale): string {
  const { t } = locale;
  const left = moneyWords(extra.leftCents / 100, extra.currency, locale);
  if (extra.monthlyCapCents === undefined) return t('Extra Usage: {0} left.', left);
  const used = moneyWords((extra.monthlyUsedCents ?? 0) / 100, extra.currency, locale);
  const cap = moneyWords(extra.monthlyCapCents / 100, extra.currency, locale);
  return t('Extra Usage: {0} left; {1} of your {2} monthly cap used.', left, used, cap);
}

function balanceFacts({ available, voucher, cash, currency }: Balance, locale: Locale): string[] {
  const { t } = locale;
  const words = (amount: number): string => moneyWords(amount, currency, locale);
  const parts = [
    ...(voucher === undefined ? [] : [t('voucher {0}', words(voucher))]),
    ...(cash === undefined ? [] : [t('cash {0}', words(cash))]),
  ];
  const total = t('Balance: {0}', words(available));
  return [parts.length > 0 ? `${total} (${parts.join(t(', '))}).` : `${total}.`];
}

/** Options of `quotaText`. */
export interface QuotaTextOptions {
  readonly locale: Locale;
  readonly side: Side;
  readonly activity: Activity;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** All accounts as plain lines, for the clipboard and the terminal. */
export function quotaText(accounts: readonly AccountView[], options: QuotaTextOptions): string {
  return accounts.map(account => accountText(account, options)).join('\n\n');
}

function accountText(account: AccountView, options: QuotaTextOptions): string {
  const { locale, now } = options;
  const { view } = account;
  const words = headlineWords({ account, ...options }, { locale });
  const sentence = joinSentences([headlineSentence(words, locale), words.next], locale.t);
  const plan = view.plan === undefined ? '' : `, ${view.plan}`;
  return [
    `${accountName(account.account.id, locale.t)}${plan}`,
    ...view.windows.map(window => `  ${lineOf(window, words.headline, options)}`),
    ...quotaFacts(view, now, locale).map(fact => `  ${fact}`),
    ...(sentence === '' ? [] : [`  ${sentence}`]),
  ].join('\n');
}

/** A number that is older than a failure is not shown next to "used up". */
function lineOf(window: WindowView, headline: Headline, options: QuotaTextOptions): string {
  const { locale, now } = options;
  return isDoubted(window, headline)
    ? locale.t('{0} used up', windowName(window, locale.t))
    : windowLine(window, now, options);
}
