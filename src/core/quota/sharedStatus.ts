import * as z from 'zod/mini';
import type { SnapshotRows, ValueRows } from '../archive.ts';
import { KEY_MISTAKES } from '../keyMistake.ts';
import type { QuotaOutcome } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

/** What every window of the machine knows of the last read of one account, by its present key. */
export interface SharedStatus {
  readonly snapshot?: Snapshot;
  /** When Kimi was last asked, in epoch milliseconds. */
  readonly lastReadAt?: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row: 0 after a good answer. */
  readonly failureCount: number;
  /** 0 to 1. Drawn once for all windows: of ten draws the smallest would always win. */
  readonly jitter: number;
}

/** Before anything was asked with a key. */
export const NOTHING_KNOWN: SharedStatus = { failureCount: 0, jitter: 1 };

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
  z.object({
    kind: z.literal('unauthorized'),
    mistake: z.exactOptional(z.enum(KEY_MISTAKES)),
  }),
  z.object({ kind: z.literal('forbidden'), reason: z.enum(forbiddenReasons) }),
  z.object({ kind: z.literal('noPlan') }),
  z.object({
    kind: z.literal('rateLimited'),
    retryAfterMs: z.exactOptional(z.number()),
  }),
  z.object({ kind: z.literal('gone'), status: z.number() }),
  z.object({
    kind: z.literal('malformed'),
    issues: z.array(z.string()),
    shape: z.exactOptional(z.string()),
  }),
  z.object({
    kind: z.literal('unreachable'),
    cause: z.enum(unreachableCauses),
    detail: z.exactOptional(z.string()),
    retryAfterMs: z.exactOptional(z.number()),
  }),
]);
const StoredRead = z.object({
  /** Absent when the key was changed and not tried since. */
  at: z.exactOptional(z.number()),
  failureCount: z.int().check(z.gte(0)),
  jitter: z.exactOptional(z.number().check(z.gte(0), z.lte(1))),
  /** False: the newest snapshot of the history is of an earlier key, perhaps another person's. */
  hasSnapshot: z.exactOptional(z.boolean()),
  /** Absent after a good answer, whose snapshot stands in the history. */
  failure: z.exactOptional(Failure),
});

const keyOf = (origin: string): string => `lastRead ${origin}`;

/** What this machine last learned about `origin`. What cannot be read is not known. */
export async function loadSharedStatus(
  archive: SnapshotRows & ValueRows,
  origin: string,
): Promise<SharedStatus> {
  const stored = parseStored(await archive.get(keyOf(origin)));
  const latest = (await archive.readLatest()).find(snapshot => snapshot.origin === origin);
  const snapshot = stored?.hasSnapshot === false ? undefined : latest;
  const outcome = stored?.failure ?? (snapshot && { kind: 'fresh' as const, snapshot });
  const lastReadAt = stored ? stored.at : snapshot?.at;
  return {
    failureCount: stored?.failureCount ?? NOTHING_KNOWN.failureCount,
    jitter: stored?.jitter ?? NOTHING_KNOWN.jitter,
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
  status: SharedStatus,
): Promise<void> {
  const { failureCount, jitter, lastReadAt, outcome, snapshot } = status;
  if (outcome?.kind === 'fresh') await archive.appendSnapshot(outcome.snapshot);
  const stored: z.infer<typeof StoredRead> = {
    failureCount,
    jitter,
    hasSnapshot: snapshot !== undefined,
    ...(lastReadAt === undefined ? {} : { at: lastReadAt }),
    ...(!outcome || outcome.kind === 'fresh' ? {} : { failure: storable(outcome) }),
  };
  await archive.set(keyOf(origin), JSON.stringify(stored));
}

/** The shape of a strange answer may be as long as the answer, which is too long for a value. */
const LONGEST_SHAPE = 4000;

function storable(failure: Exclude<QuotaOutcome, { kind: 'fresh' }>) {
  if (failure.kind !== 'malformed') return failure;
  const { kind, issues, shape } = failure;
  return { kind, issues: [...issues], ...(shape ? { shape: shape.slice(0, LONGEST_SHAPE) } : {}) };
}

/** Forgets what was learned with an earlier key, so that a new one starts afresh. The history stays. */
export async function forgetSharedStatus(
  archive: SnapshotRows & ValueRows,
  origin: string,
): Promise<void> {
  await saveSharedStatus(archive, origin, NOTHING_KNOWN);
}
