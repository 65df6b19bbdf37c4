import type { Locale } from '../ports.ts';
import { ageWords, moneyWords, remainingWords, usedWords } from '../words.ts';
import type { QuotaView } from './quotaView.ts';
import type { ExtraUsage, Balance } from './snapshot.ts';
import { windowName } from './windowWords.ts';

/** What else an answer says, a line each: what binds, how many at once, money, age, doubts. */
export function quotaFacts(view: QuotaView, now: number, locale: Locale): string[] {
  const { snapshot } = view;
  if (!snapshot) return [];
  const { t } = locale;
  return [
    ...bindingFact(view, locale),
    ...(snapshot.parallelLimit === undefined
      ? []
      : [t('Up to {0} requests at the same time.', snapshot.parallelLimit)]),
    ...(snapshot.extraUsage ? [extraUsageFact(snapshot.extraUsage, locale)] : []),
    ...(snapshot.balance ? balanceFacts(snapshot.balance, locale) : []),
    ...codeFact(view, locale),
    ...contradictionFacts(view, locale),
    t('{0} answered {1}.', snapshot.origin, ageWords(Math.max(0, now - snapshot.at), t)),
  ];
}

function bindingFact({ binding, windows }: QuotaView, { t }: Locale): string[] {
  // That the shortest window ends first goes without saying.
  if (!binding || binding === windows[0]) return [];
  return [t('Stops you first: {0}.', windowName(binding, t))];
}

function codeFact({ windows }: QuotaView, { t }: Locale): string[] {
  return windows.flatMap(({ codeUsedPercent }) =>
    codeUsedPercent === undefined
      ? []
      : [t('Of the month, coding took {0}.', usedWords(100 - codeUsedPercent))],
  );
}

function contradictionFacts({ windows }: QuotaView, { t }: Locale): string[] {
  return windows.flatMap(window => {
    if (!window.contradiction || window.isResetting) return [];
    const { highestUsedPercent, lowestUsedPercent } = window.contradiction;
    return [
      t(
        "Kimi's own fields disagree ({0}): {1} or {2} left. The lower one is shown.",
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
  return t('Extra Usage: {0} left; {1} of your cap of {2} a month used.', left, used, cap);
}

function balanceFacts({ available, voucher, cash, currency }: Balance, locale: Locale): string[] {
  const { t } = locale;
  const words = (amount: number): string => moneyWords(amount, currency, locale);
  const parts = [
    ...(voucher === undefined ? [] : [t('voucher {0}', words(voucher))]),
    ...(cash === undefined ? [] : [t('cash {0}', words(cash))]),
  ];
  const total = t('Balance: {0}', words(available));
  return [parts.length > 0 ? `${total} (${parts.join(', ')}).` : `${total}.`];
}
