import * as z from 'zod/mini';
import type { SnapshotRows, ValueRows } from '../archive.ts';
import type { QuotaOutcome } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

/** What every window of the machine knows of the last read of one account. */
export interface SharedStatus {
  readonly snapshot?: Snapshot;
  /** When Kimi was last asked, in epoch milliseconds. */
  readonly lastReadAt?: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row: 0 after a good answer. */
  readonly failureCount: number;
}

const forbiddenReasons = [
  'quota',
  'concurrency',
  'membership',
  'clientNotAccepted',
  'accountClosed',
  'unknown',
] as const;
const unreachableCauses = [
  'dns',
  'refused',
  'tls',
  'proxy',
  'timeout',
  'network',
  'server',
  'redirect',
  'webPage',
] as const;

/** A failure as another window, perhaps of another version, has stored it. */
const Failure = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unauthorized') }),
  z.object({ kind: z.literal('forbidden'), reason: z.enum(forbiddenReasons) }),
  z.object({
    kind: z.literal('rateLimited'),
    retryAfterMs: z.exactOptional(z.number()),
  }),
  z.object({ kind: z.literal('gone'), status: z.number() }),
  z.object({ kind: z.literal('malformed'), issues: z.array(z.string()) }),
  z.object({
    kind: z.literal('unreachable'),
    cause: z.enum(unreachableCauses),
    detail: z.exactOptional(z.string()),
  }),
]);
const StoredRead = z.object({
  at: z.number(),
  failureCount: z.number(),
  /** Absent after a good answer, whose snapshot stands in the history. */
  failure: z.exactOptional(Failure),
});

const keyOf = (origin: string): string => `lastRead ${origin}`;

/** What this machine last learned about `origin`. What cannot be read is not known. */
export async function loadSharedStatus(
  archive: SnapshotRows & ValueRows,
  origin: string,
): Promise<SharedStatus> {
  const snapshot = (await archive.readLatest()).find(latest => latest.origin === origin);
  const stored = parseStored(await archive.get(keyOf(origin)));
  const outcome = stored?.failure ?? (snapshot && { kind: 'fresh' as const, snapshot });
  const lastReadAt = stored?.at ?? snapshot?.at;
  return {
    failureCount: stored?.failureCount ?? 0,
    ...(snapshot ? { snapshot } : {}),
    ...(outcome ? { outcome } : {}),
    ...(lastReadAt === undefined ? {} : { lastReadAt }),
  };
}

function parseStored(json: string | undefined): z.infer<typeof StoredRead> | undefined {
  if (json === undefined) return undefined;
  try {
    return StoredRead.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** Tells every window of this machine what came of a read. */
export async function saveSharedStatus(
  archive: SnapshotRows & ValueRows,
  origin: string,
  read: { readonly at: number; readonly outcome: QuotaOutcome; readonly failureCount: number },
): Promise<void> {
  const { at, outcome, failureCount } = read;
  if (outcome.kind === 'fresh') await archive.appendSnapshot(outcome.snapshot);
  const failure = outcome.kind === 'fresh' ? {} : { failure: outcome };
  await archive.set(keyOf(origin), JSON.stringify({ at, failureCount, ...failure }));
}

/** Forgets the last failure, so that a new key starts afresh. The history stays. */
export async function forgetSharedStatus(archive: ValueRows, origin: string): Promise<void> {
  await archive.set(keyOf(origin), undefined);
}
