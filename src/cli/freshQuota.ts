import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Endpoint, sourceOf } from '../core/accounts/endpoint.ts';
import { readWithin } from '../core/quota/accountStore.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import type { QuotaStatus } from '../core/quota/quotaView.ts';
import { QuotaEndpoint } from '../node/quotaEndpoint.ts';
import { SqliteArchive } from '../node/sqliteArchive.ts';
import { SystemClock } from '../node/systemClock.ts';
import { openNetwork, userCacheFolder } from './environment.ts';
import { silent } from './output.ts';

/** Longer than any write by another call. After it, the check runs without the stored response. */
const LOCK_WAIT_MS = 2_000;

/** An endpoint, and the key from the environment that is for it. */
export interface HeldEndpoint {
  readonly endpoint: Endpoint;
  readonly key: string;
}

/** Gets the quota of an endpoint, or a remembered response up to `maxAgeMs` old. */
export async function readQuota(call: HeldEndpoint, maxAgeMs: number): Promise<QuotaStatus> {
  const { fetch, userAgent, close } = openNetwork();
  const client = new QuotaEndpoint({ endpoint: call.endpoint, fetch, userAgent, now: Date.now });
  const status = await (maxAgeMs > 0
    ? readRemembered({ ...call, maxAgeMs }, client)
    : readNow(call, client));
  await close();
  return { access: 'key', ...status };
}

async function readNow({ key }: HeldEndpoint, client: QuotaClient): Promise<QuotaStatus> {
  const outcome = await client.readQuota(key);
  return outcome.kind === 'fresh' ? { outcome, snapshot: outcome.snapshot } : { outcome };
}

/**
 * Stores responses in the user's cache folder, in one database per key, named by a hash of the key.
 */
async function readRemembered(
  { endpoint, key, maxAgeMs }: HeldEndpoint & { readonly maxAgeMs: number },
  client: QuotaClient,
): Promise<QuotaStatus> {
  const hash = createHash('sha256').update(`kimi-quota ${key}`).digest('hex').slice(0, 12);
  const path = join(userCacheFolder(process.platform, process.env), `check-${hash}.db`);
  // Keeps the process alive while it waits for the lock of the file.
  const clock = new SystemClock({ keepsAlive: true });
  // Silent: a failure of the cache only costs a request.
  const archive = new SqliteArchive({ path, clock, log: silent, lockWaitMs: LOCK_WAIT_MS });
  const { snapshot, outcome } = await readWithin({
    archive,
    source: sourceOf(endpoint),
    client,
    key,
    maxAgeMs,
    clock,
  });
  archive.dispose();
  return { ...(snapshot ? { snapshot } : {}), ...(outcome ? { outcome } : {}) };
}
