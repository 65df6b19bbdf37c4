import { moneyWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { TokenCounts } from '../ledger/ledger.ts';
import type { MoneyUse } from '../ledger/moneyUse.ts';
import { CLASSES } from '../ledger/prices.ts';

/** The names of the classes of tokens. */
export const classNames = (t: Translate): Readonly<Record<keyof TokenCounts, string>> => ({
  input: t('Input'),
  cacheRead: t('Cache read'),
  cacheWrite: t('Cache write'),
  output: t('Output'),
});

/** The known prices of a million tokens as a sentence; undefined without any. */
export function priceSentence(
  { perMillion = {}, currency }: Pick<MoneyUse, 'perMillion' | 'currency'>,
  locale: Locale,
): string | undefined {
  const { t } = locale;
  const names = classNames(t);
  const prices = CLASSES.flatMap(name => {
    const price = perMillion[name];
    return price === undefined ? [] : [`${names[name]} ${moneyWords(price, currency, locale)}`];
  });
  return prices.length === 0
    ? undefined
    : t('Price of a million tokens: {0}.', prices.join(t(', ')));
}
