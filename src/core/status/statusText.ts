import type { Locale, Translate } from '../base/ports.ts';
import { ageWords, balanceWords } from '../base/format.ts';
import type { QuotaState, QuotaView, WindowView } from '../quota/quotaView.ts';
import { percentWords, shortWindowName, type Side, stateWord } from './windowWords.ts';

/** Space in the status bar: all quotas, the tightest one, or only the icon. */
type Density = 'full' | 'compact' | 'icon';

/** Options of the status bar text. */
export interface StatusTextOptions {
  readonly side: Side;
  readonly density: Density;
  readonly locale: Locale;
  /** `HeadlineWords.short`. Replaces numbers; empty or absent: only numbers are shown. */
  readonly headline?: string | undefined;
}

/** The status bar text without an icon: `5h 84% · wk 67%`. The tightest quota comes first. */
export function statusText(view: QuotaView, options: StatusTextOptions): string {
  return options.density === 'icon' ? '' : glance(view, options).join(' · ');
}

/** Numbers next to a headline could contradict it. */
function glance(view: QuotaView, { headline = '', ...options }: StatusTextOptions): string[] {
  if (headline !== '') return [headline];
  return [...numbers(view, options), ...suffix(view, options.locale.t)];
}

function numbers(view: QuotaView, { side, density, locale }: StatusTextOptions): string[] {
  if (!showsNumbers(view.state)) return [];
  const balance = view.snapshot?.balance;
  if (balance) return [locale.t('Kimi {0}', balanceWords(balance, locale))];
  const ordered = bindingFirst(view);
  const shown = density === 'compact' ? ordered.slice(0, 1) : ordered.slice(0, 3);
  return shown.map(window => `${shortWindowName(window, locale.t)} ${percentWords(window, side)}`);
}

/** Without an accepted key, the known numbers belong to another key. */
export const showsNumbers = (state: QuotaState): boolean =>
  !['badBaseUrl', 'signedOut', 'keyRefused'].includes(state);

/** Whether numbers, current or old, are shown in place of a word. */
export const hasNumbers = (view: QuotaView): boolean =>
  showsNumbers(view.state) && (view.windows.length > 0 || view.snapshot?.balance !== undefined);

/** The tightest quota first. */
export function bindingFirst({ windows, binding }: QuotaView): readonly WindowView[] {
  if (!binding || binding.id === '5h') return windows;
  return [binding, ...windows.filter(window => window !== binding)];
}

/** The age that old numbers need, or a word if there are no numbers. */
function suffix(view: QuotaView, t: Translate): string[] {
  const word = stateWord(view.state, t);
  const age = view.isOld && view.ageMs !== undefined ? [ageWords(view.ageMs, t)] : [];
  if (hasNumbers(view)) return view.state === 'extraUsage' ? [word] : age;
  return [word];
}
