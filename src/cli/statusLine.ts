import { durationWords } from '../core/base/format.ts';
import type { Locale } from '../core/base/ports.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import type { QuotaView } from '../core/quota/quotaView.ts';
import { headlineOf } from '../core/status/headline.ts';
import { hasNumbers, statusText } from '../core/status/statusText.ts';
import type { MachineState } from './machine.ts';

/**
 * The line of `check --line`: what is left and when the tightest quota resets; or what matters more,
 * a used-up quota or ongoing failures. Loads the sentences only if there is something to explain:
 * status lines run every few seconds.
 */
export async function statusLine(
  account: AccountView,
  { incidents, activity, now }: Pick<MachineState, 'incidents' | 'activity' | 'now'>,
  locale: Locale,
): Promise<string> {
  const { view } = account;
  const situation = { account, incidents, activity, now };
  const options = { side: 'remaining', density: 'full', locale } as const;
  if (headlineOf(situation).kind === 'state' && hasNumbers(view))
    return [statusText(view, options), ...resetOf(view, locale)].join(' · ');
  const { headlineWords } = await import('../core/status/headlineWords.ts');
  const headline = headlineWords(situation, { locale }).short;
  return statusText(view, { ...options, headline });
}

/** As a duration: the first use of dates of a language takes as long as the rest of the start. */
function resetOf({ binding, isOld }: QuotaView, { t }: Locale): string[] {
  const { resetsInMs, isResetting, remainingPercent } = binding ?? {};
  if (resetsInMs === undefined || isResetting || isOld || remainingPercent === 100) return [];
  return [t('resets in {0}', durationWords(resetsInMs, t))];
}
