import type { Translate } from '../base/ports.ts';
import type { CodeRegion, PlatformRegion } from '../base/kimiHosts.ts';

/** Moonshot's products: a plan with quotas, or prepaid credit (docs/kimi.md 1.1). */
export type Product = 'kimiCode' | 'openPlatform';

/** Where an account's quota is checked. */
export interface Endpoint {
  readonly product: Product;
  /** Scheme, host and port, such as `https://api.kimi.com`. A key is bound to it. */
  readonly origin: string;
  /** URL of the plan's quota, or of the balance. */
  readonly quotaUrl: string;
  /** Whether Moonshot runs this host; on other hosts a key of any form may be valid. */
  readonly isMoonshot: boolean;
}

const QUOTA_PATHS: Readonly<Record<Product, RegExp>> = {
  kimiCode: /\/coding\/v1\/usages$/,
  openPlatform: /\/v1\/users\/me\/balance$/,
};

/**
 * The key under which an endpoint's readings are stored: its origin, plus the path where the base
 * URL has its own, since each path of a relay may be another tenant.
 */
export function sourceOf({ product, quotaUrl }: Endpoint): string {
  return quotaUrl.replace(QUOTA_PATHS[product], '');
}

/** Why a text is not a valid base URL. */
export interface EndpointProblem {
  readonly problem: 'notAUrl' | 'notHttps' | 'hasCredentials' | 'hasQuery';
}

/** The base URL of a region, from Kimi's documentation. */
export function baseUrlOf(region: CodeRegion | PlatformRegion): string {
  return region.startsWith('kimi.')
    ? `https://api.${region}/coding/v1`
    : `https://api.${region}/v1`;
}

/** The product of a key, by its prefix: `sk-kimi-…`, any other `sk-…` (docs/kimi.md 1.2). */
export function productOfKey(key: string): Product | undefined {
  if (key.startsWith('sk-kimi-')) return 'kimiCode';
  return key.startsWith('sk-') ? 'openPlatform' : undefined;
}

/** The accounts that a user may have: a plan, and credit in either region. */
export type AccountId = 'kimiCode' | 'moonshot.ai' | 'moonshot.cn';

/** An account, and the endpoint of its quota. */
export interface Account {
  readonly id: AccountId;
  readonly endpoint: Endpoint | EndpointProblem;
}

/** The settings with the hosts. Empty: the host of the region. */
export interface AccountSettings {
  readonly baseUrl: string;
  readonly region: CodeRegion;
  readonly openPlatformBaseUrl: string;
}

/** Parses a base URL into an endpoint; implemented by `node/parseBaseUrl.ts`. */
export type ParseBaseUrl = (baseUrl: string, product: Product) => Endpoint | EndpointProblem;

/**
 * The accounts that the settings describe, the plan first. An origin has one key, one history and
 * therefore one account: a setting that leads to another account's host is that account; of two
 * settings for one relay the plan wins.
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

/** Whether two settings describe the same accounts, so that nothing has to be checked again. */
export function areSameAccounts(some: readonly Account[], others: readonly Account[]): boolean {
  const key = ({ endpoint }: Account): string =>
    'problem' in endpoint ? endpoint.problem : endpoint.quotaUrl;
  return some.length === others.length && some.every((one, i) => key(one) === key(others[i]!));
}

/** The display name of an account. */
export function accountName(id: AccountId, t: Translate): string {
  return id === 'kimiCode' ? t('Kimi Code') : t('Open platform ({0})', id);
}
