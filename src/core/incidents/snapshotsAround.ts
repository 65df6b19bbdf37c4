import { providerOfHost } from '../agents/attribution.ts';
import type { Attribution } from '../agents/signal.ts';
import type { Snapshot } from '../quota/snapshot.ts';

/** A share that was read so long before tells nothing any more. */
const OLDEST_MS = 86_400_000;

/** Whose numbers are wanted, and when it failed: epoch milliseconds. */
export interface SnapshotWish {
  readonly provider: Attribution['provider'];
  readonly host?: string;
  readonly from: number;
}

/**
 * The newest snapshot before the first failure, and the first one after it, of the account that
 * failed. `snapshots`: of all origins, in the order of their time. Of an account that is not known
 * the plan's are taken: most people have no other.
 */
export function snapshotsAround(
  snapshots: readonly Snapshot[],
  { provider, host, from }: SnapshotWish,
): { readonly before?: Snapshot; readonly after?: Snapshot } {
  if (provider === 'other') return {};
  const wanted = provider === 'unknown' ? 'kimi-code' : provider;
  const ours = snapshots.filter(snapshot => providerOf(snapshot) === wanted);
  const ofHost = ours.filter(({ origin }) => origin === `https://${host}`);
  const near = ofHost.length > 0 ? ofHost : ofOneOrigin(ours);
  const before = near.findLast(({ at }) => at <= from && at >= from - OLDEST_MS);
  const after = near.find(({ at }) => at > from);
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

/** A relay is neither product's host: then what it tells of decides. */
function providerOf({ origin, balance }: Snapshot): Attribution['provider'] {
  const known = providerOfHost(origin.replace(/^https?:\/\//, ''));
  if (known === 'kimi-code' || known === 'open-platform') return known;
  return balance ? 'open-platform' : 'kimi-code';
}

/** Of two regions, the one that was read last. */
function ofOneOrigin(snapshots: readonly Snapshot[]): Snapshot[] {
  const origin = snapshots.at(-1)?.origin;
  return snapshots.filter(snapshot => snapshot.origin === origin);
}
