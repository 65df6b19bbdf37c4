import type { Explanation } from '../explain/explain.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { ageWords, balanceWords } from '../base/format.ts';
import type { QuotaState, QuotaView, WindowView } from '../quota/quotaView.ts';
import { percentWords, shortWindowName, type Side } from './windowWords.ts';

/** Space in the status bar: all quotas, the tightest one, or only the icon. */
type Density = 'full' | 'compact' | 'icon';

/** Options of the status bar text. */
export interface StatusTextOptions {
  readonly side: Side;
  readonly density: Density;
  readonly locale: Locale;
  /** The ongoing incident in words. */
  readonly trouble?: Trouble | undefined;
}

/** The part of an explanation for the status bar and its accessibility label. */
type Trouble = Pick<Explanation, 'short' | 'cause' | 'retry'>;

/** The status bar text without an icon: `5h 84% · wk 67%`. The tightest quota comes first. */
export function statusText(view: QuotaView, options: StatusTextOptions): string {
  return options.density === 'icon' ? '' : glance(view, options).join(' · ');
}

/** An incident replaces all numbers but the first, and also that one in compact density. */
function glance(view: QuotaView, options: StatusTextOptions): string[] {
  const parts = (): string[] => [...numbers(view, options), ...suffix(view, options.locale.t)];
  if (!options.trouble) return parts();
  return [options.trouble.short, ...(options.density === 'full' ? parts().slice(0, 1) : [])];
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

/** The tightest quota first. */
export function bindingFirst({ windows, binding }: QuotaView): readonly WindowView[] {
  if (!binding || binding.id === '5h') return windows;
  return [binding, ...windows.filter(window => window !== binding)];
}

/** The age that old numbers need, or a word if there are no numbers. */
function suffix(view: QuotaView, t: Translate): string[] {
  const hasNumbers =
    showsNumbers(view.state) && (view.windows.length > 0 || view.snapshot?.balance !== undefined);
  const word = stateWord(view.state, t);
  const age = view.isOld && view.ageMs !== undefined ? [ageWords(view.ageMs, t)] : [];
  if (hasNumbers) return view.state === 'extraUsage' ? [word] : age;
  return [word];
}

/** The state in one or two words, in place of numbers. */
function stateWord(state: QuotaState, t: Translate): string {
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
      return t('Kimi: set key');
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
