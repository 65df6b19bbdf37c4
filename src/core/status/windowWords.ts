import type { Locale, Translate } from '../base/ports.ts';
import { durationWords, clockWords, remainingWords, usedWords } from '../base/format.ts';
import type { QuotaState, WindowView } from '../quota/quotaView.ts';

/** Which percentage is shown. Kimi's console shows the used share, its old CLI the rest. */
export type Side = 'remaining' | 'used';

/** `5-hour quota`, `Weekly quota`, `Monthly quota`, or Kimi's label. */
export function windowName({ id, label }: WindowView, t: Translate): string {
  if (label !== undefined) return label;
  switch (id) {
    case '5h':
      return t('5-hour quota');
    case 'week':
      return t('Weekly quota');
    case 'month':
      return t('Monthly quota');
    default:
      return id;
  }
}

/** The name for narrow places: `5h`, `wk`, `mo`. */
export function shortWindowName({ id, label }: WindowView, t: Translate): string {
  switch (id) {
    case '5h':
      return t('5h');
    case 'week':
      return t('wk');
    case 'month':
      return t('mo');
    default:
      return [...(label ?? id)].slice(0, 12).join('').trim();
  }
}

/** `84%` left or used; `…` while resetting; `?` if unknown. */
export function percentWords(window: WindowView, side: Side): string {
  if (window.isResetting) return '…';
  if (window.remainingPercent === undefined) return '?';
  return side === 'remaining'
    ? remainingWords(window.remainingPercent)
    : usedWords(window.remainingPercent);
}

/** `84% left`, `16% used`, `resetting`, `unknown`. */
export function shareWords(window: WindowView, side: Side, t: Translate): string {
  if (window.isResetting) return t('resetting');
  if (window.remainingPercent === undefined) return t('unknown');
  const percent = percentWords(window, side);
  return side === 'remaining' ? t('{0} left', percent) : t('{0} used', percent);
}

/** `Sun 14:32 GMT+8 (in 2 h 5 min)`; empty if unknown. */
export function resetWords(window: WindowView, now: number, locale: Locale): string {
  const { resetsInMs } = window;
  if (resetsInMs === undefined) return '';
  if (window.isResetting) return locale.t('now');
  return locale.t(
    '{0} (in {1})',
    clockWords(now + resetsInMs, now, locale),
    durationWords(resetsInMs, locale.t),
  );
}

/** One line about a quota, for plain text. */
export function windowLine(window: WindowView, now: number, options: LineOptions): string {
  const { locale, side } = options;
  const name = windowName(window, locale.t);
  const share = shareWords(window, side, locale.t);
  const reset = resetWords(window, now, locale);
  return reset === '' || window.isResetting
    ? locale.t('{0}: {1}', name, share)
    : locale.t('{0}: {1}, resets {2}', name, share, reset);
}

/** Options of a line. */
export interface LineOptions {
  readonly locale: Locale;
  readonly side: Side;
}

/** The name in narrow places: `5h`, `Week`, `Month`. */
export function quotaShort(window: WindowView, t: Translate): string {
  if (window.id === 'week') return t('Week');
  return window.id === 'month' ? t('Month') : shortWindowName(window, t);
}

/** The state in one or two words, in place of numbers. */
export function stateWord(state: QuotaState, t: Translate): string {
  switch (state) {
    case 'loading':
      return t('Kimi…');
    case 'ok':
    case 'unknown':
      return t('Kimi');
    case 'low':
      return t('low');
    case 'exhausted':
      return t('used up');
    case 'extraUsage':
      return t('extra usage');
    case 'resetting':
      return t('resetting');
    case 'stale':
      return t('old');
    case 'badBaseUrl':
      return t('Kimi: check base URL');
    case 'signedOut':
      return t('Kimi: connect');
    case 'tokenExpired':
      return t('Kimi: sign-in expired');
    case 'noKeyRing':
      return t('Kimi: no key ring');
    case 'keyRefused':
      return t('Kimi: key rejected');
    case 'forbidden':
      return t('Kimi: rejected');
    case 'noPlan':
      return t('Kimi: no plan');
    case 'limited':
      return t('Kimi: checks paused');
    case 'offline':
      return t('Kimi: offline');
    case 'endpointChanged':
      return t('Kimi: endpoint changed');
  }
}
