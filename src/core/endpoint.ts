/** Where one account is asked. Two endpoints of one origin share a key. */
export interface Endpoint {
  /** Scheme, host and port, such as `https://api.kimi.com`: what a key is bound to. */
  readonly origin: string;
  readonly usagesUrl: string;
  /** Whether Moonshot runs this host; elsewhere a key of any form may be right. */
  readonly isMoonshot: boolean;
}

/** Why a text is no base URL. */
export interface EndpointProblem {
  readonly problem: 'notAUrl' | 'notHttps' | 'hasCredentials' | 'hasQuery';
}

/** Region as the settings name it; each is a host of its own with the same accounts (kimi.md 1.1). */
export type Region = 'kimi.com' | 'kimi.ai';

/** The base URL of a region. */
export const baseUrlOf = (region: Region): string => `https://api.${region}/coding/v1`;

/** What a key looks like by its first letters (kimi.md 1.2). */
export type KeyKind = 'kimiCode' | 'openPlatform' | 'other';

/** `sk-kimi-…` is of the Kimi Code console, any other `sk-…` of the open platform. */
export function keyKind(key: string): KeyKind {
  if (key.startsWith('sk-kimi-')) return 'kimiCode';
  return key.startsWith('sk-') ? 'openPlatform' : 'other';
}
