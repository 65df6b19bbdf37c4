import { baseUrlOf, type Endpoint, type EndpointProblem, type Product } from './endpoint.ts';
import type { Translate } from './ports.ts';
import type { Settings } from './settings.ts';

/** The accounts that one person may have: a plan, and money in either region. */
export type AccountId = 'kimiCode' | 'moonshot.ai' | 'moonshot.cn';

/** One of them, and where it is asked. */
export interface Account {
  readonly id: AccountId;
  readonly endpoint: Endpoint | EndpointProblem;
}

/** Turns a base URL into an endpoint; filled by `node/parseBaseUrl.ts`. */
export type ParseBaseUrl = (baseUrl: string, product: Product) => Endpoint | EndpointProblem;

/**
 * The accounts that the settings describe, the plan first. An origin has one key, one history and
 * so one account: where a setting leads to the host of another account, it is that one; of two
 * settings for one relay the plan's counts.
 */
export function accountsOf(settings: Settings, parseBaseUrl: ParseBaseUrl): readonly Account[] {
  const codeUrl = settings.baseUrl || baseUrlOf(settings.region);
  const platformUrl = settings.openPlatformBaseUrl || baseUrlOf('moonshot.ai');
  const accounts: readonly Account[] = [
    { id: 'kimiCode', endpoint: parseBaseUrl(codeUrl, 'kimiCode') },
    { id: 'moonshot.ai', endpoint: parseBaseUrl(platformUrl, 'openPlatform') },
    { id: 'moonshot.cn', endpoint: parseBaseUrl(baseUrlOf('moonshot.cn'), 'openPlatform') },
  ];
  const moved = [settings.baseUrl && 'kimiCode', settings.openPlatformBaseUrl && 'moonshot.ai'];
  const isMoved = ({ id }: Account): boolean => moved.includes(id);
  const first = new Map<string, AccountId>();
  for (const account of [...accounts.filter(one => !isMoved(one)), ...accounts]) {
    const origin = originOf(account);
    if (origin !== undefined && !first.has(origin)) first.set(origin, account.id);
  }
  return accounts.filter(one => (first.get(originOf(one) ?? '') ?? one.id) === one.id);
}

const originOf = ({ endpoint }: Account): string | undefined =>
  'problem' in endpoint ? undefined : endpoint.origin;

/** Whether two settings describe the same accounts, so that nothing need be asked anew. */
export function areSameAccounts(some: readonly Account[], others: readonly Account[]): boolean {
  const key = ({ endpoint }: Account): string =>
    'problem' in endpoint ? endpoint.problem : endpoint.quotaUrl;
  return some.length === others.length && some.every((one, i) => key(one) === key(others[i]!));
}

/** What a person calls an account. */
export function accountName(id: AccountId, t: Translate): string {
  return id === 'kimiCode' ? t('Kimi Code') : t('Open platform ({0})', id);
}
