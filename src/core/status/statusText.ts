import type { Explanation } from '../explain/explain.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { ageWords, balanceWords } from '../base/format.ts';
import type { QuotaState, QuotaView, WindowView } from '../quota/quotaView.ts';
import { percentWords, shortWindowName, type Side } from './windowWords.ts';

/** How much of the status bar may be taken: all windows, the binding one, or only the icon. */
type Density = 'full' | 'compact' | 'icon';

/** How the glance is written. */
export interface StatusTextOptions {
  readonly side: Side;
  readonly density: Density;
  readonly locale: Locale;
  /** What goes wrong just now, in words. */
  readonly trouble?: Trouble | undefined;
}

/** The part of an explanation that fits at a glance, and what is said of it. */
type Trouble = Pick<Explanation, 'short' | 'cause' | 'retry'>;

/** The glance, without an icon: `5h 84% · wk 67%`, the binding window first when it is not the 5-hour one. */
export function statusText(view: QuotaView, options: StatusTextOptions): string {
  return options.density === 'icon' ? '' : glance(view, options).join(' · ');
}

/** Trouble takes the place of all numbers but the first, of that one too where room is scarce. */
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

/** A refused key or none: the numbers that are still known are not this key's. */
export const showsNumbers = (state: QuotaState): boolean =>
  !['badBaseUrl', 'signedOut', 'keyRefused'].includes(state);

/** The window that stops you first, before the others. */
export function bindingFirst({ windows, binding }: QuotaView): readonly WindowView[] {
  if (!binding || binding.id === '5h') return windows;
  return [binding, ...windows.filter(window => window !== binding)];
}

/** What a number must not be shown without, and what is shown when there is none. */
function suffix(view: QuotaView, t: Translate): string[] {
  const hasNumbers =
    showsNumbers(view.state) && (view.windows.length > 0 || view.snapshot?.balance !== undefined);
  const word = stateWord(view.state, t);
  const age = view.isOld && view.ageMs !== undefined ? [ageWords(view.ageMs, t)] : [];
  if (hasNumbers) return view.state === 'extraUsage' ? [word] : age;
  return [word];
}

/** The state in one or two words, for the place where numbers would stand. */
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
