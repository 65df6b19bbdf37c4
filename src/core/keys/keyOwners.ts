import type { AccountId } from '../account.ts';
import { baseUrlOf } from '../endpoint.ts';
import type { UsableAccount } from '../quota/quotaAccounts.ts';

/** An account that may have a key stored. */
export interface KeyOwner {
  readonly id: AccountId;
  readonly origin: string;
}

const REGIONS = [
  ['kimiCode', 'kimi.com'],
  ['kimiCode', 'kimi.ai'],
  ['moonshot.ai', 'moonshot.ai'],
  ['moonshot.cn', 'moonshot.cn'],
] as const;

/** The accounts in use, and the regions' own hosts: another setting may have left a key there. */
export function keyOwners(usable: readonly UsableAccount[]): readonly KeyOwner[] {
  const owners = new Map<string, KeyOwner>();
  for (const { id, endpoint } of usable)
    owners.set(endpoint.origin, { id, origin: endpoint.origin });
  for (const [id, region] of REGIONS) {
    const origin = baseUrlOf(region).split('/').slice(0, 3).join('/');
    if (!owners.has(origin)) owners.set(origin, { id, origin });
  }
  return [...owners.values()];
}
