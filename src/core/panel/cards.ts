import { balanceWords, durationWords, moneyWords, shortMoment, usedWords } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { Forecast } from '../quota/forecast.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import type { Balance, ExtraUsage } from '../quota/snapshot.ts';
import { LOW_PERCENT } from '../quota/windows.ts';
import { dailyWords, evenPercent, paceWords } from '../status/paceWords.ts';
import { percentWords, windowName } from '../status/windowWords.ts';
import type { PanelCard, Tone } from './panelState.ts';

/** Input of the cards of one account. */
export interface CardInput {
  readonly view: QuotaView;
  readonly forecasts: ReadonlyMap<string, Forecast>;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** A card for each quota, then for Extra Usage or the balance. Pure. */
export function cardsOf(input: CardInput): PanelCard[] {
  const { view, locale } = input;
  const { extraUsage, balance } = view.snapshot ?? {};
  return [
    ...view.windows.map(window => windowCard(window, input)),
    ...(extraUsage ? [extraUsageCard(extraUsage, locale)] : []),
    ...(balance ? [balanceCard(balance, locale)] : []),
  ];
}

function windowCard(window: WindowView, input: CardInput): PanelCard {
  const { view, forecasts, now, locale } = input;
  const { t } = locale;
  const { id, remainingPercent, resetsInMs, isResetting } = window;
  const even = evenPercent(window);
  const forecast = forecasts.get(id);
  const pace = view.isOld ? undefined : paceWords(window, forecast, { now, locale });
  const isTight = isTightest(window, view, forecast);
  return {
    id,
    name: windowName(window, t),
    head: resetsInMs === undefined || isResetting ? '' : resetHead(resetsInMs, now, locale),
    value:
      remainingPercent === undefined
        ? unknownWords(window, locale)
        : percentWords(window, 'remaining'),
    unit: remainingPercent === undefined ? '' : t('left'),
    ...(remainingPercent === undefined ? {} : { percent: remainingPercent }),
    ...(even === undefined || remainingPercent === undefined ? {} : { evenPercent: even }),
    tone: toneOfShare(remainingPercent),
    ...(pace ? { pace } : {}),
    notes: windowNotes(window, input),
    ...(isTight ? { badge: t('tightest') } : {}),
  };
}

/** `resets in 2 h 32 min · 14:32`. */
const resetHead = (resetsInMs: number, now: number, locale: Locale): string =>
  locale.t(
    '{0} · {1}',
    locale.t('resets in {0}', durationWords(resetsInMs, locale.t)),
    shortMoment(now + resetsInMs, now, locale),
  );

const unknownWords = ({ isResetting }: WindowView, { t }: Locale): string =>
  isResetting ? t('resetting') : t('unknown');

/** Only where it says something: the quota is used up, low, or runs out. */
function isTightest(
  window: WindowView,
  { binding, windows }: QuotaView,
  forecast: Forecast | undefined,
): boolean {
  if (window !== binding || windows.length < 2) return false;
  return (window.remainingPercent ?? 100) <= LOW_PERCENT || forecast?.kind === 'runsOut';
}

function windowNotes(window: WindowView, { locale: { t } }: CardInput): string[] {
  const { codeUsedPercent } = window;
  const daily = dailyWords(window, t);
  return [
    ...(daily === undefined ? [] : [daily]),
    ...(codeUsedPercent === undefined
      ? []
      : [t('coding used {0}', usedWords(100 - codeUsedPercent))]),
  ];
}

function extraUsageCard(extra: ExtraUsage, locale: Locale): PanelCard {
  const { t } = locale;
  const { leftCents, totalCents, currency, monthlyCapCents: cap, monthlyUsedCents = 0 } = extra;
  const words = (cents: number): string => moneyWords(cents / 100, currency, locale);
  const percent = cap ? 100 - (100 * monthlyUsedCents) / cap : (100 * leftCents) / totalCents;
  return {
    id: 'extraUsage',
    name: t('Extra Usage'),
    head: '',
    value: words(leftCents),
    unit: t('left'),
    ...(Number.isFinite(percent) ? { percent: Math.min(100, Math.max(0, percent)) } : {}),
    tone: 'money',
    notes: [
      ...(cap === undefined
        ? []
        : [t('{0} of your {1} monthly cap used', words(monthlyUsedCents), words(cap))]),
      t('Used only when a quota is used up'),
    ],
  };
}

function balanceCard(balance: Balance, locale: Locale): PanelCard {
  const { t } = locale;
  const { available, voucher, cash, currency } = balance;
  const words = (amount: number): string => moneyWords(amount, currency, locale);
  return {
    id: 'balance',
    name: t('Balance'),
    head: '',
    value: balanceWords(balance, locale),
    unit: t('left'),
    tone: available > 0 ? 'money' : 'spent',
    notes: [
      ...(voucher === undefined ? [] : [t('voucher {0}', words(voucher))]),
      ...(cash === undefined ? [] : [t('cash {0}', words(cash))]),
    ],
  };
}

function toneOfShare(remainingPercent: number | undefined): Tone {
  if (remainingPercent === undefined) return 'unknown';
  if (remainingPercent === 0) return 'spent';
  return remainingPercent <= LOW_PERCENT ? 'low' : 'good';
}
