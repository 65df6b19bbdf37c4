import type { AccountId } from '../accounts/endpoint.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Incident } from './incident.ts';

/** The user's account that an incident belongs to, if Kimi Quota has one. */
export function accountOfIncident(
  { provider, example }: Pick<Incident, 'provider' | 'example'>,
  accounts: readonly AccountView[],
): AccountView | undefined {
  const { host, configuredHost } = example.signal.evidence;
  const isOfProvider = (id: AccountId): boolean =>
    provider === (id === 'kimiCode' ? 'kimi-code' : 'open-platform');
  const own = accounts.filter(({ account }) => isOfProvider(account.id));
  return own.find(({ account }) => `api.${account.id}` === (host ?? configuredHost)) ?? own[0];
}
