import type { Endpoint, EndpointProblem, Product } from '../core/accounts/endpoint.ts';
import { productOfHost } from '../core/base/kimiHosts.ts';

/**
 * Reads a base URL. Only https, but for loopback; no user name, password, query or fragment. For
 * Kimi Code by CodexBar's rules (docs/kimi.md 2.1): a path that ends in `/coding/v1` gets `/usages`, one
 * that ends in `/coding` gets `/v1/usages`, any other `/coding/v1/usages`. For the open platform
 * the balance below `/v1` (docs/kimi.md 3).
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

/** Whether a URL is of this machine: what is asked there never takes a proxy. */
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
