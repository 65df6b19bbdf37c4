import type { Translate } from '../base/ports.ts';
import type { CodeRegion, PlatformRegion } from '../base/kimiHosts.ts';

/** Which of Moonshot's two products: a plan with windows, or money (docs/kimi.md 1.1). */
export type Product = 'kimiCode' | 'openPlatform';

/** Where one account is asked. */
export interface Endpoint {
  readonly product: Product;
  /** Scheme, host and port, such as `https://api.kimi.com`: what a key is bound to. */
  readonly origin: string;
  /** What is asked: the plan's windows, or the balance. */
  readonly quotaUrl: string;
  /** Whether Moonshot runs this host; elsewhere a key of any form may be right. */
  readonly isMoonshot: boolean;
}

const QUOTA_PATHS: Readonly<Record<Product, RegExp>> = {
  kimiCode: /\/coding\/v1\/usages$/,
  openPlatform: /\/v1\/users\/me\/balance$/,
};

/**
 * What answers of `endpoint` are stored by: its origin, and the path where the base URL has one of
 * its own, since each path of a relay may be another tenant with other numbers.
 */
export function sourceOf({ product, quotaUrl }: Endpoint): string {
  return quotaUrl.replace(QUOTA_PATHS[product], '');
}

/** Why a text is no base URL. */
export interface EndpointProblem {
  readonly problem: 'notAUrl' | 'notHttps' | 'hasCredentials' | 'hasQuery';
}

/** The base URL of a region, as Kimi's own documentation gives it. */
export function baseUrlOf(region: CodeRegion | PlatformRegion): string {
  return region.startsWith('kimi.')
    ? `https://api.${region}/coding/v1`
    : `https://api.${region}/v1`;
}

/** The product a key is of, by its first letters: `sk-kimi-…`, any other `sk-…` (docs/kimi.md 1.2). */
export function productOfKey(key: string): Product | undefined {
  if (key.startsWith('sk-kimi-')) return 'kimiCode';
  return key.startsWith('sk-') ? 'openPlatform' : undefined;
}

/** The accounts that one person may have: a plan, and money in either region. */
export type AccountId = 'kimiCode' | 'moonshot.ai' | 'moonshot.cn';

/** One of them, and where it is asked. */
export interface Account {
  readonly id: AccountId;
  readonly endpoint: Endpoint | EndpointProblem;
}

/** The settings that name the hosts; empty: the region's own. */
export interface AccountSettings {
  readonly baseUrl: string;
  readonly region: CodeRegion;
  readonly openPlatformBaseUrl: string;
}

/** Turns a base URL into an endpoint; filled by `node/parseBaseUrl.ts`. */
export type ParseBaseUrl = (baseUrl: string, product: Product) => Endpoint | EndpointProblem;

/**
 * The accounts that the settings describe, the plan first. An origin has one key, one history and
 * so one account: where a setting leads to the host of another account, it is that one; of two
 * settings for one relay the plan's counts.
 */
export function accountsOf(
  settings: AccountSettings,
  parseBaseUrl: ParseBaseUrl,
): readonly Account[] {
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
