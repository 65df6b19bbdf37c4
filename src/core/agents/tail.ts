import * as z from 'zod/mini';
import type { AgentId, ProviderEvidence, RequestFailed, Signal } from './signal.ts';
import { supportIds, type SupportIds } from './supportIds.ts';
import { parseJson, type Shape, StoredTime } from '../base/store.ts';

/** What an archive keeps of one failure: columns to ask for, and the rest. */
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

/** Leaves what has its own column out of the JSON. */
export function storeEvent({ signal, file, byteOffset }: TailedFailure): StoredEvent {
  const { kind: _kind, at, agent, session, contentKey, ...rest } = signal;
  return { at, agent, session, contentKey, file, byteOffset, json: JSON.stringify(rest) };
}

/** Undefined: another version of the extension, or damage, wrote what this one cannot read. */
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

/** As above, for a checkpoint. A column that is null is a field that is absent. */
export function parseStoredCheckpoint(row: Record<string, unknown>): Checkpoint | undefined {
  const { memory, ...rest } = row;
  const parsed = checkpointSchema.safeParse(memory === null ? rest : row);
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

/** Ids for a ticket. Those that are none any more are left out. */
export const StoredSupportIds = z.pipe(
  z.unknown(),
  z.transform((stored): SupportIds => {
    const { requests, organization, key } = Object(stored);
    return supportIds({ requests: [requests].flat(), organization, key }) ?? {};
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
} satisfies Shape<Checkpoint>);

/** A signal, and where it stands. */
export interface TailedSignal {
  readonly signal: Signal;
  /** Below the home folder with `/`, or absolute where it lies elsewhere. */
  readonly file: string;
  /** Where its record begins. */
  readonly byteOffset: number;
  /** Its record was there when following began. Never stored. */
  readonly isBacklog?: true;
}

/** A record of a log, as an editor opens it. */
export interface LogPlace {
  /** Absolute. */
  readonly path: string;
  /** Counted from 0. */
  readonly line: number;
}

/** A request that failed, as the archive keeps it. */
export interface TailedFailure extends Omit<TailedSignal, 'isBacklog'> {
  readonly signal: RequestFailed;
}

/** How far a log has been read. */
export interface Checkpoint {
  /** Which file it is, whatever its name. */
  readonly fingerprint: string;
  /** What is before has been read. */
  readonly byteOffset: number;
  /** Hash of the last bytes before the offset: another one, and the file was written anew. */
  readonly marker: string;
  /** What the reader of its records remembers, as JSON. */
  readonly memory?: string;
  /** When it was made: epoch milliseconds. */
  readonly seenAt: number;
}

/** What was read in one turn, to be stored together or not at all. */
export interface TailBatch {
  /** When it was read: epoch milliseconds. */
  readonly readAt: number;
  /** In the order of their file. */
  readonly signals: readonly TailedSignal[];
  /** Those that changed. They may be fewer than the files read, but include that of each failure. */
  readonly checkpoints: readonly Checkpoint[];
  /** Failures of earlier on of which more is known now: they replace those of their `contentKey`. */
  readonly amendments?: readonly RequestFailed[];
}

/** Where a tailer begins, and where it puts what it reads. */
export interface TailSink {
  readCheckpoints(): Promise<readonly Checkpoint[]>;
  /** What is read goes on from there only once this has resolved; if it rejects, it is read again. */
  commit(batch: TailBatch): Promise<unknown>;
}

/** How well logs can be followed just now. */
export interface TailHealth {
  /** Folders that the system does not watch for us, which are looked at every 2 s instead. */
  readonly polledRoots: readonly string[];
  /** Files that are there and cannot be read. */
  readonly unreadableCount: number;
}

/**
 * How long what was read from logs is kept. A failure that is read again within that time, in
 * whichever file, is known.
 */
export const TAIL_RETENTION = {
  /** As long as the history of snapshots, with which failures are compared. */
  keepMs: 90 * 86_400_000,
  /** What happened later than that was written while a clock was wrong. */
  futureMs: 86_400_000,
  /** The newest stay. An agent that repeats itself for hours writes some thousands. */
  maxEvents: 20_000,
  /** A file that was not read for longer is read like one that was there before us. */
  checkpointKeepMs: 30 * 86_400_000,
  maxCheckpoints: 10_000,
} as const;

/** Those of a batch that are kept: what failed, at a time that can be true. */
export function keptFailures({ signals, readAt }: TailBatch): TailedFailure[] {
  return signals.filter(isFailure).filter(({ signal: { at } }) => isKept(at, readAt));
}

/** Whether what happened then is kept now. */
function isKept(at: number, now: number): boolean {
  return at >= now - TAIL_RETENTION.keepMs && at <= now + TAIL_RETENTION.futureMs;
}

function isFailure(it: TailedSignal): it is TailedFailure {
  return it.signal.kind === 'requestFailed';
}

/** What was read from agents' logs, and how far. */
export interface TailRows {
  /**
   * Stores the failures whose `contentKey` is not known yet, and the checkpoints: all or nothing.
   * Resolves to those failures. Other signals are not stored.
   */
  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]>;
  /** In the order of their time. Rows that do not validate are left out. */
  readEvents(query?: EventQuery): Promise<readonly TailedFailure[]>;
  readCheckpoints(): Promise<readonly Checkpoint[]>;
}

/** Which part of the failures or incidents; of an incident the last failure counts. */
export interface EventQuery {
  /** Epoch milliseconds, inclusive; default: all that are kept. */
  readonly since?: number;
  /** The newest so many; default: all. */
  readonly limit?: number;
}
