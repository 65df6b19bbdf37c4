import type { Endpoint, EndpointProblem, Product } from '../core/accounts/endpoint.ts';
import { productOfHost } from '../core/base/kimiHosts.ts';

/**
 * Parses a base URL. Accepts https, and http for loopback only; no user name, password, query or
 * fragment. For Kimi Code, the quota path follows CodexBar (docs/kimi.md 2.1): `/coding/v1` gets
 * `/usages`, `/coding` gets `/v1/usages`, any other path `/coding/v1/usages`. For the open
 * platform, it is the balance below `/v1` (docs/kimi.md 3).
 */
export function parseBaseUrl(baseUrl: string, product: Product): Endpoint | EndpointProblem {
  const url = URL.parse(baseUrl.trim());
  if (!url) return { problem: 'notAUrl' };
  if (url.username !== '' || url.password !== '') return { problem: 'hasCredentials' };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    return { problem: url.protocol === 'http:' ? 'notHttps' : 'notAUrl' };
  }
  if (url.search !== '' || url.hash !== '') return { problem: 'hasQuery' };
  const path = url.pathname.replace(/(?<!\/)\/+$/, '');
  return {
    product,
    origin: url.origin,
    quotaUrl: url.origin + (product === 'kimiCode' ? usagesPath(path) : balancePath(path)),
    isMoonshot: productOfHost(url.hostname) !== undefined,
  };
}

/** Whether a URL leads to this machine. Requests to it never use a proxy. */
export const isLoopback = ({ hostname }: URL): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

function usagesPath(path: string): string {
  if (path.endsWith('/coding/v1')) return `${path}/usages`;
  if (path.endsWith('/coding')) return `${path}/v1/usages`;
  return `${path}/coding/v1/usages`;
}

function balancePath(path: string): string {
  return path.endsWith('/v1') ? `${path}/users/me/balance` : `${path}/v1/users/me/balance`;
}

/** Whether nobody else on the network can read what is sent there: https, or this machine. */
export function isPrivateAddress(text: string): boolean {
  const url = URL.parse(text);
  if (!url) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}
