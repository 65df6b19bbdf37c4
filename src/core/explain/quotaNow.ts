import { remainingWords } from '../base/format.ts';
import type { Translate } from '../base/ports.ts';
import type { QuotaView } from '../quota/quotaView.ts';
import { windowWords } from './evidenceWords.ts';

/**
 * The quota left now, for an error text whose time is unknown: `Your quota now: 5-hour quota 84%,
 * weekly quota 67% left.` Undefined without current numbers.
 */
export function quotaNow({ windows, isOld }: QuotaView, t: Translate): string | undefined {
  const known = windows.flatMap(({ id, remainingPercent }) =>
    remainingPercent === undefined
      ? []
      : [t('{0} {1}', windowWords(id, t), remainingWords(remainingPercent))],
  );
  return isOld || known.length === 0
    ? undefined
    : t('Your quota now: {0} left.', known.join(t(', ')));
}
