import type { AccountId } from '../account.ts';
import { windowOfCause } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';

/** Whether a cause is that something is used up. */
export const isOfQuota = (cause: Cause): boolean =>
  cause.startsWith('quota_') || cause === 'balance';

/** The user's account that an incident is of, where Kimi Quota has one. */
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

/** The names in the state of the windows that a cause is about; none where nothing is used up. */
export function windowKeys({ view }: AccountView, cause: Cause): readonly string[] {
  const { origin, windows = [], balance } = view.snapshot ?? {};
  if (!origin || !isOfQuota(cause)) return [];
  const id = cause === 'balance' ? balance && 'balance' : windowOfCause(cause);
  // Nothing tells which: any that is used up.
  const ids = cause === 'quota_unspecified' ? windows.map(window => window.id) : [id];
  return ids.filter(one => one !== undefined).map(one => `${origin} ${one}`);
}

/** What "Snooze" silences: all that is said of what is left in one account. */
export const subjectOf = ({ account }: AccountView): string => `quota ${account.id}`;
