import { hostOf, regionOfApi } from '../core/base/kimiHosts.ts';
import { providerOfHost } from '../core/base/providers.ts';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountId,
  baseUrlOf,
  type Endpoint,
  type EndpointProblem,
} from '../core/accounts/endpoint.ts';
import { parseBaseUrl } from '../node/parseBaseUrl.ts';
import type { Fetch } from '../node/quotaEndpoint.ts';

/** Where this user's programs keep what may be thrown away, by the rules of each system. */
export function userCacheFolder(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const home = homedir();
  switch (platform) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'kimi-quota');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'kimi-quota');
    default:
      return join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'kimi-quota');
  }
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

/** Honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and says who asks. */
export function openNetwork(): Network {
  let loaded: ReturnType<typeof loadNetwork> | undefined;
  return {
    fetch: async (url: string, init: object) => {
      const { fetch, dispatcher } = await (loaded ??= loadNetwork());
      return fetch(url, { ...init, dispatcher });
    },
    userAgent: `kimi-quota/${__VERSION__} (command line)`,
    close: async () => (await loaded)?.dispatcher.destroy(),
  };
}

/** Half of the time that a start takes: nobody shall wait for it who asks nobody. */
async function loadNetwork() {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  return { fetch, dispatcher: new EnvHttpProxyAgent() };
}
