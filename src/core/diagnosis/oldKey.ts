import type { Translate } from '../base/ports.ts';
import type { QuotaOutcome } from '../quota/outcome.ts';

/** What Kimi answered to the old key. `unknown`: nothing that tells. */
export const OLD_KEY_RESULTS = ['refused', 'accepted', 'unknown'] as const;
type OldKeyResult = (typeof OLD_KEY_RESULTS)[number];

/** What Kimi answered to a key that was replaced, and the display places that still contain it. */
export interface OldKey {
  readonly result: OldKeyResult;
  readonly places: readonly string[];
}

/** Whether a quota check with the old key shows that it still works. Pure. */
export function resultOfOldKey({ kind }: QuotaOutcome): OldKeyResult {
  const isAccepted = kind === 'fresh' || kind === 'forbidden' || kind === 'noPlan';
  return kind === 'unauthorized' ? 'refused' : isAccepted ? 'accepted' : 'unknown';
}

/** The result as a sentence. */
export function oldKeyWords({ result }: OldKey, t: Translate): string {
  switch (result) {
    case 'refused':
      return t('Kimi rejects the old key.');
    case 'accepted':
      return t('Kimi still accepts the old key.');
    case 'unknown':
      return t("Can't tell whether Kimi still accepts the old key.");
  }
}

/** The places as a sentence. */
export const oldKeyPlaces = ({ places }: OldKey, t: Translate): string =>
  places.length === 0
    ? t('No program here contains the old key.')
    : t('The old key is still in: {0}.', places.join(t(', ')));
