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
 * Where this user's programs keep what may be thrown away, by the rules of each system. A path
 * that is not absolute would lead below the current folder: it is ignored, with a sentence.
 */
export function userCacheFolder(platform: NodeJS.Platform, environment: Environment): string {
  const { variable, below } = CACHES[platform] ?? { variable: 'XDG_CACHE_HOME', below: '.cache' };
  const folder = variable && absoluteOf(variable, environment);
  if (folder) return join(folder, 'kimi-quota');
  const home = absoluteOf(platform === 'win32' ? 'USERPROFILE' : 'HOME', environment);
  return join(home || userInfo().homedir, below, 'kimi-quota');
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

/** Where Kimi is asked, by the environment. */
export function endpointOf({
  KIMI_CODE_BASE_URL,
}: Readonly<Record<string, string | undefined>>): Endpoint | EndpointProblem {
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const isPlatform = providerOfHost(hostOf(baseUrl) ?? '') === 'open-platform';
  return parseBaseUrl(baseUrl, isPlatform ? 'openPlatform' : 'kimiCode');
}

/** Which of a person's accounts is asked there. */
export function accountIdOf(endpoint: Endpoint | EndpointProblem): AccountId {
  if ('problem' in endpoint || endpoint.product === 'kimiCode') return 'kimiCode';
  const region = regionOfApi(hostOf(endpoint.origin) ?? '')?.region;
  return region === 'moonshot.cn' ? region : 'moonshot.ai';
}

/** The way out of this machine. */
export interface Network {
  readonly fetch: Fetch;
  readonly userAgent: string;
  /** Ends what is still under way, so that the program can end. */
  readonly close: () => Promise<void>;
}

/**
 * Honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and says who asks. What is on this machine is asked
 * without a proxy: another machine would read the key, and answer as its own 127.0.0.1.
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

/** Half of the time that a start takes: nobody shall wait for it who asks nobody. */
async function loadNetwork() {
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  return { fetch, direct: new Agent(), outside: new EnvHttpProxyAgent() };
}
