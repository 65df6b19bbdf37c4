import type { Translate } from '../ports.ts';

/** Said wherever sample data are shown at length. */
export function sampleNotice(t: Translate): string {
  return t('Sample data: an invented account. Nothing of it is yours, and nothing is kept.');
}
