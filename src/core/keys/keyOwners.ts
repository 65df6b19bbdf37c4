import type { AccountId } from '../account.ts';
import { baseUrlOf } from '../endpoint.ts';
import type { UsableAccount } from '../quota/quotaAccounts.ts';

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
