import { printWarning } from './output.ts';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
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

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The user's cache folder for this program, by the convention of the platform. A relative path in a
 * variable is ignored with a warning: it would resolve below the current folder.
 */
export function userCacheFolder(platform: NodeJS.Platform, environment: Environment): string {
  const { variable, below } = CACHES[platform] ?? { variable: 'XDG_CACHE_HOME', below: '.cache' };
  const folder = variable && absoluteOf(variable, environment);
  if (folder) return join(folder, 'kimi-quota');
  const home = absoluteOf(platform === 'win32' ? 'USERPROFILE' : 'HOME', environment);
  return join(home || userInfo().homedir, below, 'kimi-quota');
}

/** The user's folder for data that this program keeps, by the convention of the platform. */
export function userDataFolder(platform: NodeJS.Platform, environment: Environment): string {
  if (platform === 'win32') return join(userCacheFolder(platform, environment), 'data');
  const home = absoluteOf('HOME', environment) || userInfo().homedir;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'kimi-quota');
  const folder = absoluteOf('XDG_DATA_HOME', environment) || join(home, '.local', 'share');
  return join(folder, 'kimi-quota');
}

const CACHES: Readonly<
  Partial<Record<NodeJS.Platform, { readonly variable?: string; readonly below: string }>>
> = {
  win32: { variable: 'LOCALAPPDATA', below: 'AppData/Local' },
  darwin: { below: 'Library/Caches' },
};

function absoluteOf(name: string, environment: Environment): string | undefined {
  const path = environment[name];
  if (!path || isAbsolute(path)) return path;
  printWarning(`${name} is not an absolute path and is ignored.`);
  return undefined;
}

declare const __VERSION__: string;

/** The endpoint that the environment configures. Default: Kimi Code. */
export function endpointOf({
  KIMI_CODE_BASE_URL,
}: Readonly<Record<string, string | undefined>>): Endpoint | EndpointProblem {
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const isPlatform = providerOfHost(hostOf(baseUrl) ?? '') === 'open-platform';
  return parseBaseUrl(baseUrl, isPlatform ? 'openPlatform' : 'kimiCode');
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
