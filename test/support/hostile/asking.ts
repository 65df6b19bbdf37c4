import assert from 'node:assert/strict';
import { Agent, fetch as undiciFetch, type Dispatcher } from 'undici';
import type { Endpoint } from '../../../src/core/accounts/endpoint.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { viewQuota, type QuotaState } from '../../../src/core/quota/quotaView.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import {
  QuotaEndpoint,
  type Fetch,
  type QuotaEndpointOptions,
} from '../../../src/node/quotaEndpoint.ts';

export const KEY = 'sk-kimi-canary-8f2c1d';

/** The command line's fetch, and the one that Node and the editor have. */
export const FETCHES = ['undici', 'global'] as const;
export type FetchName = (typeof FETCHES)[number];

/** A fetch that goes through `dispatcher`, which the test destroys. */
export function fetchThrough(name: FetchName, dispatcher: Dispatcher): Fetch {
  const fetch = (name === 'undici' ? undiciFetch : globalThis.fetch) as Fetch;
  return (url, init) => fetch(url, { ...init, dispatcher } as unknown as RequestInit);
}

/** A fetch of its own for each test of a suite: its connections end with the test. */
export function useFetch(name: FetchName, options: Agent.Options = {}): Fetch {
  let agent = new Agent(options);
  beforeEach(() => {
    agent = new Agent(options);
  });
  afterEach(() => agent.destroy());
  return (url, init) => fetchThrough(name, agent)(url, init);
}

/** An endpoint at `origin`, as a base URL setting gives it. */
export function endpointAt(origin: string): Endpoint {
  const endpoint = parseBaseUrl(`${origin}/coding/v1`, 'kimiCode');
  assert.ok('origin' in endpoint);
  return endpoint;
}

/** Asks `origin` once. */
export function ask(
  origin: string,
  fetch: Fetch,
  options: Partial<QuotaEndpointOptions> = {},
  key = KEY,
): Promise<QuotaOutcome> {
  const userAgent = 'kimi-quota/0.0.0 (test)';
  const endpoint = endpointAt(origin);
  return new QuotaEndpoint({ endpoint, fetch, userAgent, now: Date.now, ...options }).readQuota(
    key,
  );
}

/** Asks, and expects numbers. */
export async function askForSnapshot(...call: Parameters<typeof ask>): Promise<Snapshot> {
  const outcome = await ask(...call);
  assert.equal(outcome.kind, 'fresh', JSON.stringify(outcome));
  assert.ok(outcome.kind === 'fresh');
  return outcome.snapshot;
}

/** After this failure the state is shown with the last known number, marked as old. */
export function assertKeepsNumber(outcome: QuotaOutcome, state: QuotaState): void {
  const now = Date.now();
  const windows = [{ id: '5h', usedPercent: 16, resetsAt: now + 3_600_000 }];
  const at = now - 60_000;
  const snapshot: Snapshot = { kind: 'snapshot', at, origin: '', clockSkewMs: 0, windows };
  const view = viewQuota({ access: 'key', snapshot, outcome }, now);
  assert.equal(view.state, state);
  assert.equal(view.isOld, true);
  assert.deepEqual(
    view.windows.map(({ remainingPercent }) => remainingPercent),
    [84],
  );
}

/** No request carried an auth header. */
export function assertNoKey(requests: readonly { readonly rawHeaders: string[] }[]): void {
  for (const { rawHeaders } of requests) {
    const text = rawHeaders.join('\n').toLowerCase();
    assert.ok(!/authorization|api-key|cookie|sk-kimi/.test(text), text);
  }
}
