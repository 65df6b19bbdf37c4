import type { RequestFailed, Signal } from './agents/signal.ts';

/** A signal, and where it stands. */
export interface TailedSignal {
  readonly signal: Signal;
  /** Below the home folder with `/`, or absolute where it lies elsewhere. */
  readonly file: string;
  /** Where its record begins. */
  readonly byteOffset: number;
}

/** A record of a log, as an editor opens it. */
export interface LogPlace {
  /** Absolute. */
  readonly path: string;
  /** Counted from 0. */
  readonly line: number;
}

/** A request that failed, as the archive keeps it. */
export interface TailedFailure extends TailedSignal {
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
export function isKept(at: number, now: number): boolean {
  return at >= now - TAIL_RETENTION.keepMs && at <= now + TAIL_RETENTION.futureMs;
}

function isFailure(it: TailedSignal): it is TailedFailure {
  return it.signal.kind === 'requestFailed';
}
