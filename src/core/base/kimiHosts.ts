/**
 * The table of Moonshot's hosts. All other hosts, provider ids and models are in `providers.ts`, a
 * separate module because not every window needs it.
 */

/** Moonshot's products, as stored (docs/kimi.md 1.1). */
export type KimiProduct = 'kimi-code' | 'open-platform';

/** Kimi Code's regions: two hosts with the same accounts (docs/kimi.md 1.1). */
export type CodeRegion = 'kimi.com' | 'kimi.ai';
/** The open platform's regions: two hosts with separate accounts, keys and balances. */
export type PlatformRegion = 'moonshot.ai' | 'moonshot.cn';

/** One region of one product. */
interface KimiRegion {
  readonly product: KimiProduct;
  readonly region: CodeRegion | PlatformRegion;
  /** Host of the API. */
  readonly api: string;
  /** Host of the website: console, plans and documentation. */
  readonly site: string;
  /** The other region of the same product. */
  readonly twin: CodeRegion | PlatformRegion;
  readonly isMainland: boolean;
  /** ISO 4217 currency of the open platform's balance (docs/kimi.md 3). */
  readonly currency?: string;
}

/** The regions of both products (docs/kimi.md 1.1 and 10). */
export const KIMI_REGIONS: readonly KimiRegion[] = [
  {
    ...{ product: 'kimi-code', region: 'kimi.com', twin: 'kimi.ai' },
    ...{ api: 'api.kimi.com', site: 'www.kimi.com', isMainland: true },
  },
  {
    ...{ product: 'kimi-code', region: 'kimi.ai', twin: 'kimi.com' },
    ...{ api: 'api.kimi.ai', site: 'www.kimi.ai', isMainland: false },
  },
  {
    ...{ product: 'open-platform', region: 'moonshot.ai', twin: 'moonshot.cn' },
    ...{ api: 'api.moonshot.ai', site: 'platform.kimi.ai', isMainland: false, currency: 'USD' },
  },
  {
    ...{ product: 'open-platform', region: 'moonshot.cn', twin: 'moonshot.ai' },
    ...{ api: 'api.moonshot.cn', site: 'platform.kimi.com', isMainland: true, currency: 'CNY' },
  },
];

/** The status page of both products (docs/kimi.md 10). */
export const STATUS_HOST = 'status.moonshot.cn';
/** Kimi's forum for developers, where staff answer (docs/kimi.md 10). */
export const FORUM_HOST = 'forum.moonshot.ai';

/** The region of an API host, with or without a port; undefined for every other host. */
export function regionOfApi(host: string): KimiRegion | undefined {
  const name = hostName(host);
  return KIMI_REGIONS.find(({ api }) => api === name);
}

const KIMI_DOMAIN = /(?:^|\.)kimi\.(?:com|ai)$/;
const PLATFORM_HOST = /(?:^|\.)moonshot\.(?:ai|cn)$|^platform\.kimi\.(?:com|ai)$/;

/** The product of a Moonshot host, with or without a port; undefined for every other host. */
export function productOfHost(host: string): KimiProduct | undefined {
  const name = hostName(host);
  if (PLATFORM_HOST.test(name)) return 'open-platform';
  return KIMI_DOMAIN.test(name) ? 'kimi-code' : undefined;
}

/**
 * A name in any script or an address, with or without a port; nothing that a terminal interprets.
 */
const AUTHORITY =
  /^(?:https?|wss?):\/\/(?:[^/?#\\]{0,1000}@)?(\[[\da-f:.%]{2,80}\](?::\d{1,5})?|[\p{L}\p{N}_.:-]{1,253})(?:[/?#\\]|$)/iu;

/** The host of a URL, including a port; undefined when there is none. */
export const hostOf = (url: string): string | undefined => AUTHORITY.exec(url)?.[1];

/** A host in lower case, without its port and trailing dot. */
export const hostName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^(\[.*\]|[^:]*):\d*$/, '$1')
    .replace(/\.$/, '');
