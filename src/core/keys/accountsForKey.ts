import type { Product } from '../endpoint.ts';
import type { UsableAccount } from '../quota/quotaAccounts.ts';

/**
 * The accounts that a key without a host may be for, the likely ones first. Its first letters tell
 * the product (`sk-kimi-…`, other `sk-…`), but of a relay of the user's own a key may have any
 * form: there `sk-…` is no sign that it is Moonshot's.
 */
export function accountsForKey(
  product: Product | undefined,
  usable: readonly UsableAccount[],
): readonly UsableAccount[] {
  const code = usable.filter(({ id }) => id === 'kimiCode');
  if (product === 'kimiCode') return code;
  const relay = code.filter(({ endpoint }) => !endpoint.isMoonshot);
  if (product === undefined) return relay;
  return [...usable.filter(({ id }) => id !== 'kimiCode'), ...relay];
}
