import { type AccountId, baseUrlOf, type Product } from '../accounts/endpoint.ts';
import type { UsableAccount } from './quotaAccounts.ts';

/** An origin that may have a key stored. */
export interface KeyOwner {
  /** Whose it is; absent for a host that earlier settings named. */
  readonly id?: AccountId;
  readonly origin: string;
}

const REGIONS = [
  ['kimiCode', 'kimi.com'],
  ['kimiCode', 'kimi.ai'],
  ['moonshot.ai', 'moonshot.ai'],
  ['moonshot.cn', 'moonshot.cn'],
] as const;

/**
 * The accounts in use, the regions' own hosts, and whatever else has a key stored: another setting
 * may have left one there.
 */
export function keyOwners(
  usable: readonly UsableAccount[],
  stored: readonly string[],
): readonly KeyOwner[] {
  const owners = new Map<string, KeyOwner>();
  for (const { id, endpoint } of usable)
    owners.set(endpoint.origin, { id, origin: endpoint.origin });
  for (const [id, region] of REGIONS) {
    const origin = baseUrlOf(region).split('/').slice(0, 3).join('/');
    if (!owners.has(origin)) owners.set(origin, { id, origin });
  }
  for (const origin of stored) if (!owners.has(origin)) owners.set(origin, { origin });
  return [...owners.values()];
}

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
