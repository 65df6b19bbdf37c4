import { sampleNotice } from '../sample/sampleWords.ts';
import { ageWords, balanceWords, durationWords } from '../words.ts';
import { explainState } from './explainState.ts';
import type { QuotaView } from './quotaView.ts';
import { bindingFirst, showsNumbers, type StatusTextOptions } from './statusText.ts';
import { shareWords, windowName } from './windowWords.ts';

/** What is said of the glance, whatever room it takes. */
export interface SpokenStatusOptions extends Omit<StatusTextOptions, 'density'> {
  /** The numbers are invented. */
  readonly isSample?: boolean;
}

/** For a screen reader, in whole sentences: "Kimi quota. 5-hour window: 84% left, resets in 2 h 5 min. ..." */
export function spokenStatus(
  view: QuotaView,
  { side, locale, trouble, isSample }: SpokenStatusOptions,
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
  const age =
    view.isOld && view.ageMs !== undefined && sentences.length > 0
      ? [t('These numbers are from {0}.', ageWords(view.ageMs, t))]
      : [];
  const { happened } = explainState(view, locale);
  const state = happened === '' ? [] : [happened];
  const told = trouble ? [trouble.cause, trouble.retry] : [];
  const sample = isSample ? [sampleNotice(t)] : [];
  return [...sample, t('Kimi quota.'), ...told, ...state, ...sentences, ...age].join(' ');
}
