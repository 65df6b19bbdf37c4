import type { Locale, Translate } from '../ports.ts';
import { durationWords } from '../words.ts';

/** A length of time, with seconds where it is short: `under 1 s`, `4 s`, `12 min`, `2 h 5 min`. */
export function spanWords(ms: number, t: Translate): string {
  const rounded = Math.max(0, ms);
  if (rounded >= 60_000) return durationWords(rounded, t);
  return rounded < 1000 ? t('under 1 s') : t('{0} s', Math.round(rounded / 1000));
}

/** A number as the language groups it: `1,501,880`. */
export function numberWords(value: number, { language }: Locale): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}
