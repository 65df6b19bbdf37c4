import type { QuotaClient } from '../core/quota/outcome.ts';
import type { QuotaEndpointOptions } from './quotaEndpoint.ts';

/**
 * A `QuotaEndpoint` that loads with its first request: most windows show the reading of another
 * one.
 */
export function clientOnDemand(options: QuotaEndpointOptions): QuotaClient {
  const load = async () => new (await import('./quotaEndpoint.ts')).QuotaEndpoint(options);
  return {
    readQuota: async key => (await load()).readQuota(key),
    readPlan: async key => (await load()).readPlan(key),
  };
}
