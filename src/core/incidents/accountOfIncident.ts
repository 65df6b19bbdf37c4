import type { AccountId } from '../accounts/endpoint.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Incident } from './incident.ts';

type Failing = Pick<Incident, 'provider' | 'example'> &
  Partial<Pick<Incident, 'category' | 'fields'>>;

/**
 * The product whose limit an incident is about. Only the open platform has a balance, and limits of
 * an organization or a day (docs/kimi.md 1.1, 4.1): such a text beats an agent's id of the provider,
 * but not a host in the record.
 */
export function productOfIncident({
  provider,
  category,
  fields = {},
  example,
}: Failing): Incident['provider'] {
  const { scope, says = category } = fields;
  const isOfOrganization =
    scope === 'organization' || scope === 'project' || says === 'tpd' || says === 'balance';
  const isDefault = provider === 'kimi-code' && example.signal.evidence.host === undefined;
  return isDefault && isOfOrganization ? 'open-platform' : provider;
}

/** The user's account that an incident belongs to, if Kimi Quota has one. */
export function accountOfIncident(
  incident: Failing,
  accounts: readonly AccountView[],
): AccountView | undefined {
  const { host, configuredHost } = incident.example.signal.evidence;
  const product = productOfIncident(incident);
  const isOfProvider = (id: AccountId): boolean =>
    product === (id === 'kimiCode' ? 'kimi-code' : 'open-platform');
  const own = accounts.filter(({ account }) => isOfProvider(account.id));
  return own.find(({ account }) => `api.${account.id}` === (host ?? configuredHost)) ?? own[0];
}
