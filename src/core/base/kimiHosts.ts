/**
 * Moonshot's own hosts, the one table of them. Whose every other host, provider id and model is,
 * stands in `providers.ts`: a module of its own, since not every window needs it.
 */

/** Moonshot's products, as they are stored (docs/kimi.md 1.1). */
export type KimiProduct = 'kimi-code' | 'open-platform';

/** Kimi Code's regions: two hosts with the same accounts (docs/kimi.md 1.1). */
export type CodeRegion = 'kimi.com' | 'kimi.ai';
/** The open platform's regions: two hosts with accounts, keys and money of their own. */
export type PlatformRegion = 'moonshot.ai' | 'moonshot.cn';

/** One region of one product. */
interface KimiRegion {
  readonly product: KimiProduct;
  readonly region: CodeRegion | PlatformRegion;
  /** Host that answers requests with a key. */
  readonly api: string;
  /** Host of the pages: console, plans and documentation. */
  readonly site: string;
  /** The other region of the same product. */
  readonly twin: CodeRegion | PlatformRegion;
  readonly isMainland: boolean;
  /** ISO 4217, of the open platform's balance (docs/kimi.md 3). */
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

/** The region whose API a host is, with or without a port; undefined for every other host. */
export function regionOfApi(host: string): KimiRegion | undefined {
  const name = hostName(host);
  return KIMI_REGIONS.find(({ api }) => api === name);
}

const KIMI_DOMAIN = /(?:^|\.)kimi\.(?:com|ai)$/;
const PLATFORM_HOST = /(?:^|\.)moonshot\.(?:ai|cn)$|^platform\.kimi\.(?:com|ai)$/;

/** The product that a host of Moonshot's serves, with or without a port; undefined: not Moonshot's. */
export function productOfHost(host: string): KimiProduct | undefined {
  const name = hostName(host);
  if (PLATFORM_HOST.test(name)) return 'open-platform';
  return KIMI_DOMAIN.test(name) ? 'kimi-code' : undefined;
}

/** A name in any script, an address, with a port or without; nothing that a terminal would obey. */
const AUTHORITY =
  /^(?:https?|wss?):\/\/(?:[^/?#\\]{0,1000}@)?(\[[\da-f:.%]{2,80}\](?::\d{1,5})?|[\p{L}\p{N}_.:-]{1,253})(?:[/?#\\]|$)/iu;

/** The host of a URL, with the port if one is given; undefined: it has none. */
export const hostOf = (url: string): string | undefined => AUTHORITY.exec(url)?.[1];

/** A host in lower case, without its port and the dot of the root. */
export const hostName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^(\[.*\]|[^:]*):\d*$/, '$1')
    .replace(/\.$/, '');
