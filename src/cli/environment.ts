import { hostOf, regionOfApi } from '../core/base/kimiHosts.ts';
import { providerOfHost } from '../core/base/providers.ts';
import {
  type AccountId,
  baseUrlOf,
  type Endpoint,
  type EndpointProblem,
} from '../core/accounts/endpoint.ts';
import { isLoopback, parseBaseUrl } from '../node/parseBaseUrl.ts';
import type { Fetch } from '../node/quotaEndpoint.ts';
import { cacheFolder, dataFolder, type Environment } from './folders.ts';
import { printWarning } from './output.ts';

/** The user's cache folder for this program. Warns of a relative path in a variable. */
export const userCacheFolder = (platform: NodeJS.Platform, environment: Environment): string =>
  cacheFolder(platform, environment, warnOfRelative);

/** The user's folder for data that this program keeps, with the same warning. */
export const userDataFolder = (platform: NodeJS.Platform, environment: Environment): string =>
  dataFolder(platform, environment, warnOfRelative);

const warnOfRelative = (name: string): void =>
  printWarning(`${name} is not an absolute path and is ignored.`);

declare const __VERSION__: string;

/**
 * The endpoint that the environment configures. Default: Kimi Code; with only `MOONSHOT_API_KEY` the
 * open platform.
 */
export function endpointOf(environment: Environment): Endpoint | EndpointProblem {
  const { KIMI_API_KEY, KIMI_CODE_BASE_URL, MOONSHOT_API_KEY, MOONSHOT_BASE_URL } = environment;
  if (!KIMI_CODE_BASE_URL && !KIMI_API_KEY && MOONSHOT_API_KEY)
    return parseBaseUrl(MOONSHOT_BASE_URL || baseUrlOf('moonshot.ai'), 'openPlatform');
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const isPlatform = providerOfHost(hostOf(baseUrl) ?? '') === 'open-platform';
  return parseBaseUrl(baseUrl, isPlatform ? 'openPlatform' : 'kimiCode');
}

/** The key for `endpointOf`, as it was typed, and its variable. `MOONSHOT_API_KEY` is only for the open platform. */
export function typedKeyOf(environment: Environment): {
  readonly variable: 'KIMI_API_KEY' | 'MOONSHOT_API_KEY';
  readonly text: string;
} {
  const { KIMI_API_KEY = '', MOONSHOT_API_KEY = '' } = environment;
  const endpoint = endpointOf(environment);
  const isPlatform = 'product' in endpoint && endpoint.product === 'openPlatform';
  return KIMI_API_KEY === '' && isPlatform
    ? { variable: 'MOONSHOT_API_KEY', text: MOONSHOT_API_KEY }
    : { variable: 'KIMI_API_KEY', text: KIMI_API_KEY };
}

/** The account that the endpoint belongs to. */
export function accountIdOf(endpoint: Endpoint | EndpointProblem): AccountId {
  if ('problem' in endpoint || endpoint.product === 'kimiCode') return 'kimiCode';
  const region = regionOfApi(hostOf(endpoint.origin) ?? '')?.region;
  return region === 'moonshot.cn' ? region : 'moonshot.ai';
}

/** How requests leave this machine. */
export interface Network {
  readonly fetch: Fetch;
  readonly userAgent: string;
  /** Closes open connections, so that the process can exit. */
  readonly close: () => Promise<void>;
}

/**
 * Honors HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Requests to this machine bypass the proxy: it would
 * see the key and connect to its own 127.0.0.1.
 */
export function openNetwork(): Network {
  let loaded: ReturnType<typeof loadNetwork> | undefined;
  return {
    fetch: async (url: string, init: object) => {
      const { fetch, direct, outside } = await (loaded ??= loadNetwork());
      return fetch(url, { ...init, dispatcher: isLoopback(new URL(url)) ? direct : outside });
    },
    userAgent: `kimi-quota/${__VERSION__} (command line)`,
    close: async () => {
      const network = await loaded;
      await Promise.all([network?.direct.destroy(), network?.outside.destroy()]);
    },
  };
}

/** Loaded on the first request: undici takes half of the start time. */
async function loadNetwork() {
  const { Agent, EnvHttpProxyAgent, fetch } = await import('./undici.ts');
  return { fetch, direct: new Agent(), outside: new EnvHttpProxyAgent() };
}
