import { type AccountId, baseUrlOf, type Product } from '../accounts/endpoint.ts';
import type { UsableAccount } from './quotaAccounts.ts';

/** An origin that may have a key stored. */
export interface KeyOwner {
  /** The account; absent for a host from earlier settings. */
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
 * The accounts in use, the hosts of all regions, and every other origin with a stored key, such as one
 * from earlier settings.
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
 * The accounts that a key without a host may belong to, the most likely first. The prefix shows the
 * product (`sk-kimi-…`, other `sk-…`), but keys of a user's relay may have any form: there, `sk-…`
 * doesn't imply Moonshot.
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
