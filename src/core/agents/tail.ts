import * as z from 'zod/mini';
import type { AgentId, ProviderEvidence, RequestFailed, Signal } from './signal.ts';
import { supportIds, type SupportIds } from './supportIds.ts';
import { parseJson, type Shape, StoredTime } from '../base/store.ts';

/** A failure in the archive: columns for queries, and the rest as JSON. */
export interface StoredEvent {
  readonly at: number;
  readonly agent: string;
  readonly session: string;
  readonly contentKey: string;
  readonly file: string;
  readonly byteOffset: number;
  /** The other fields of the signal, without `kind`, as JSON. */
  readonly json: string;
}

/** Omits fields with their own column from the JSON. */
export function storeEvent({ signal, file, byteOffset }: TailedFailure): StoredEvent {
  const { kind: _kind, at, agent, session, contentKey, ...rest } = signal;
  return { at, agent, session, contentKey, file, byteOffset, json: JSON.stringify(rest) };
}

/** Undefined: written by another version of the extension, or damaged. */
export function parseStoredEvent(row: Record<string, unknown>): TailedFailure | undefined {
  const { at, agent, session, contentKey, file, byteOffset, json } = row;
  const signal = {
    ...Object(parseJson(json)),
    kind: 'requestFailed',
    at,
    agent,
    session,
    contentKey,
  };
  const parsed = StoredFailure.safeParse({ signal, file, byteOffset });
  return parsed.success ? parsed.data : undefined;
}

/** The same for a checkpoint. A null column is an absent field. */
export function parseStoredCheckpoint(row: Record<string, unknown>): Checkpoint | undefined {
  const present = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  const parsed = checkpointSchema.safeParse(present);
  return parsed.success ? parsed.data : undefined;
}

const byteOffset = z.int().check(z.minimum(0));

const evidenceSchema = z.object({
  host: z.exactOptional(z.string()),
  providerId: z.exactOptional(z.string()),
  configuredHost: z.exactOptional(z.string()),
  hasKimiWords: z.exactOptional(z.boolean()),
  product: z.exactOptional(z.enum(['kimi-code', 'open-platform'])),
  otherProvider: z.exactOptional(z.string()),
} satisfies Shape<ProviderEvidence>);

// A newer version may know more agents than this one: what it read is shown under its id.
/** An agent's id, of this version or another. */
export const AgentName = z.custom<AgentId>(id => typeof id === 'string' && /^[a-z\d-]+$/.test(id));

/** Ids for a ticket. Invalid ones are omitted. */
export const StoredSupportIds = z.pipe(
  z.unknown(),
  z.transform((stored): SupportIds => {
    const { requests, organization, project, key } = Object(stored);
    return supportIds({ requests: [requests].flat(), organization, project, key }) ?? {};
  }),
);

const signalSchema = z.object({
  kind: z.literal('requestFailed'),
  at: StoredTime,
  agent: AgentName,
  agentVersion: z.exactOptional(z.string()),
  session: z.string(),
  subagent: z.exactOptional(z.string()),
  isThreadUnknown: z.exactOptional(z.boolean()),
  isSessionUnknown: z.exactOptional(z.boolean()),
  model: z.exactOptional(z.string()),
  request: z.exactOptional(z.string()),
  isSideRequest: z.exactOptional(z.boolean()),
  project: z.exactOptional(z.string()),
  evidence: evidenceSchema,
  contentKey: z.string(),
  status: z.exactOptional(z.number()),
  errorType: z.exactOptional(z.string()),
  text: z.string(),
  retryAfterMs: z.exactOptional(z.number()),
  notAfter: z.exactOptional(StoredTime),
  isFinal: z.exactOptional(z.boolean()),
  isFallback: z.exactOptional(z.boolean()),
  attemptCount: z.exactOptional(z.number()),
  fewerAttempts: z.exactOptional(z.number()),
  support: z.exactOptional(StoredSupportIds),
} satisfies Shape<RequestFailed>);

/** A failure that another version of the extension may have stored. */
export const StoredFailure = z.object({
  signal: signalSchema,
  file: z.string(),
  byteOffset,
} satisfies Shape<TailedFailure>);

const checkpointSchema = z.object({
  fingerprint: z.string(),
  byteOffset,
  marker: z.string(),
  memory: z.exactOptional(z.string()),
  seenAt: StoredTime,
  countedFrom: z.exactOptional(byteOffset),
} satisfies Shape<Checkpoint>);

/** A signal, and its place in a log. */
export interface TailedSignal {
  readonly signal: Signal;
  /** Relative to the home folder with `/`, or absolute outside it. */
  readonly file: string;
  /** The start of its record. */
  readonly byteOffset: number;
  /** The record existed before following started. Never stored. */
  readonly isBacklog?: true;
}

/** The place of a record, for opening it in an editor. */
export interface LogPlace {
  /** Absolute. */
  readonly path: string;
  /** Zero-based. */
  readonly line: number;
}

/** A failed request in the archive. */
export interface TailedFailure extends Omit<TailedSignal, 'isBacklog'> {
  readonly signal: RequestFailed;
}

/** The position up to which a log has been read. */
export interface Checkpoint {
  /** The identity of the file, whatever its name. */
  readonly fingerprint: string;
  /** Everything before it has been read. */
  readonly byteOffset: number;
  /** Hash of the last bytes before the offset: if it differs, the file was rewritten. */
  readonly marker: string;
  /** The memory of the file's reader, as JSON. */
  readonly memory?: string;
  /** Time of creation: epoch milliseconds. */
  readonly seenAt: number;
  /** From there to `byteOffset`, the ledger has every response. Absent: nothing is counted. */
  readonly countedFrom?: number;
}

/** The result of one read, stored as a whole or not at all. */
export interface TailBatch {
  /** Time of the read: epoch milliseconds. */
  readonly readAt: number;
  /** In the order of their file. */
  readonly signals: readonly TailedSignal[];
  /**
   * The changed checkpoints. Possibly not of all files that were read, but of every file with a
   * failure.
   */
  readonly checkpoints: readonly Checkpoint[];
  /** Earlier failures with new facts: they replace those with the same `contentKey`. */
  readonly amendments?: readonly RequestFailed[];
}

/** Where a tailer starts, and where it stores its results. */
export interface TailSink {
  readCheckpoints(): Promise<readonly Checkpoint[]>;
  /** Reading continues only after this resolves; if it rejects, the same part is read again. */
  commit(batch: TailBatch): Promise<unknown>;
}

/** How well logs can be followed now. */
export interface TailHealth {
  /** Folders that the system doesn't watch; they are polled every 2 s. */
  readonly polledRoots: readonly string[];
  /** Existing files that cannot be read. */
  readonly unreadableCount: number;
}

/**
 * How long the results of logs are kept. A failure that is read again within that time, in any
 * file, is recognized.
 */
export const TAIL_RETENTION = {
  /** Same as the history of snapshots, which failures are compared with. */
  keepMs: 90 * 86_400_000,
  /** A later time was written while a clock was wrong. */
  futureMs: 86_400_000,
  /** The newest are kept. An agent that retries for hours writes thousands. */
  maxEvents: 20_000,
  /**
   * A file that was not read for longer is treated as one that existed before following started.
   */
  checkpointKeepMs: 30 * 86_400_000,
  maxCheckpoints: 10_000,
} as const;

/** The failures of a batch with a plausible time. */
export function keptFailures({ signals, readAt }: TailBatch): TailedFailure[] {
  return signals.filter(isFailure).filter(({ signal: { at } }) => isKept(at, readAt));
}

/** Whether an event of that time is kept now. */
function isKept(at: number, now: number): boolean {
  return at >= now - TAIL_RETENTION.keepMs && at <= now + TAIL_RETENTION.futureMs;
}

function isFailure(it: TailedSignal): it is TailedFailure {
  return it.signal.kind === 'requestFailed';
}

/** The results of agents' logs, and the positions in them. */
export interface TailRows {
  /**
   * Stores the failures with a new `contentKey`, and the checkpoints: all or nothing. Resolves to
   * those failures. Other signals are not stored.
   */
  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]>;
  /** Ordered by time. Invalid rows are omitted. */
  readEvents(query?: EventQuery): Promise<readonly TailedFailure[]>;
  readCheckpoints(): Promise<readonly Checkpoint[]>;
}

/** A range of failures or incidents; an incident counts by its last failure. */
export interface EventQuery {
  /** Epoch milliseconds, inclusive; default: everything. */
  readonly since?: number;
  /** The maximum number, the newest first; default: all. */
  readonly limit?: number;
}
