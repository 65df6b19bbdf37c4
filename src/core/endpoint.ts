/** Which of Moonshot's two products: a plan with windows, or money (kimi.md 1.1). */
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

/** Why a text is no base URL. */
export interface EndpointProblem {
  readonly problem: 'notAUrl' | 'notHttps' | 'hasCredentials' | 'hasQuery';
}

/** Kimi Code's regions: two hosts with the same accounts (kimi.md 1.1). */
export type CodeRegion = 'kimi.com' | 'kimi.ai';
/** The open platform's regions: two hosts with accounts, keys and money of their own. */
export type PlatformRegion = 'moonshot.ai' | 'moonshot.cn';

/** The base URL of a region, as Kimi's own documentation gives it. */
export function baseUrlOf(region: CodeRegion | PlatformRegion): string {
  return region.startsWith('kimi.')
    ? `https://api.${region}/coding/v1`
    : `https://api.${region}/v1`;
}

/** The product a key is of, by its first letters: `sk-kimi-…`, any other `sk-…` (kimi.md 1.2). */
export function productOfKey(key: string): Product | undefined {
  if (key.startsWith('sk-kimi-')) return 'kimiCode';
  return key.startsWith('sk-') ? 'openPlatform' : undefined;
}
