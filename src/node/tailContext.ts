import { redactId } from '../core/base/redact.ts';
import { isAbsolute, relative, sep } from 'node:path';
import type { Agent, LogSource } from '../core/agents/agent.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { Checkpoint, TailedSignal, TailSink } from '../core/agents/tail.ts';
import { isCounted } from '../core/ledger/counted.ts';
import type { FileSystem } from './fileSystem.ts';
import { SpareBuffer } from './lineScanner.ts';
import { limitTo } from './turns.ts';

/** Most open files: Node reads four in parallel, and each needs up to 2 MB. */
const MAX_HANDLES = 4;

/** How long a checkpoint without a failure may stay unstored, as reading again costs little. */
const CHECKPOINT_EVERY_MS = 10_000;

/** Most checkpoints to store in one transaction. */
const MAX_UNSTORED = 200;

/** A place where an agent writes logs. */
export interface AgentSource {
  readonly agent: Agent;
  readonly source: LogSource;
}

/** The first source that matches a path below the root, with `/`. */
export function sourceOf(
  sources: readonly AgentSource[],
  relativePath: string,
): AgentSource | undefined {
  const depth = relativePath.split('/').length - 1;
  return sources.find(({ source }) => depth <= source.depth && source.files.test(relativePath));
}

/** How files are read. */
export interface TailReading {
  /** Bytes to read at the end of a file that existed before the start. */
  readonly maxBacklogBytes: number;
  /**
   * `recent`: every record at the end of a recently changed file, and only records with an anchor
   * elsewhere.
   */
  readonly everyRecord: 'recent' | 'always';
  /** The files do not grow, so a last line without a line end is a record. */
  readonly isLastLineWhole: boolean;
  /** Reads records with tokens too, and stores them with their checkpoint. Default: false. */
  readonly hasTokens?: boolean;
  /** Where to stop in a file, by fingerprint. Undefined: at its end. */
  readonly stopAt?: (fingerprint: string) => number | undefined;
  /** The largest share of a core that reading takes. Default: 1. */
  readonly coreShare?: number;
}

/** Options of `TailContext`. */
export interface TailContextOptions {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly sink: TailSink;
  readonly reading: TailReading;
  /** Absolute path. Files below it are named relative to it. */
  readonly home: string;
}

/** Shared state of all files of a tailer. */
export class TailContext {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly reading: TailReading;
  readonly home: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Limits the count of open files. */
  readonly withHandle: ReturnType<typeof limitTo>;
  /** Paths by `FileStat.identity`: a file with several names is read once. */
  readonly claims = new Map<string, string>();
  readonly spare = new SpareBuffer();
  isDisposed = false;
  readonly #sink: TailSink;
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #faults = new Map<string, string>();
  readonly #unstored = new Map<string, Checkpoint>();
  #storedMs: number;

  constructor(options: TailContextOptions) {
    const { files, clock, log, sink, reading, home } = options;
    this.files = files;
    this.clock = clock;
    this.log = log;
    this.reading = reading;
    this.home = home;
    this.withHandle =
      reading.coreShare === undefined ? limitTo(MAX_HANDLES) : this.#slowly(reading);
    this.startedAt = clock.now();
    this.#sink = sink;
    this.#storedMs = clock.monotonicMs();
  }

  /** Restores stored checkpoints. Resolves to the time of the last one; undefined: none. */
  async readCheckpoints(): Promise<number | undefined> {
    const stored = await this.#sink.readCheckpoints();
    for (const checkpoint of stored) this.#checkpoints.set(checkpoint.fingerprint, checkpoint);
    return stored.reduce<number | undefined>(
      (latest, { seenAt }) => Math.max(latest ?? seenAt, seenAt),
      undefined,
    );
  }

  /**
   * The name of a path for messages and the archive: relative to the home folder, with `/`,
   * redacted.
   */
  readonly nameOf = (path: string): string => {
    const below = relative(this.home, path);
    const isBelow = below !== '' && !below.startsWith('..') && !isAbsolute(below);
    return redactId((isBelow ? below : path).replaceAll(sep, '/'));
  };

  /** Logs once per path that it cannot be read. `code`: the system's error code. */
  reportUnreadable(path: string, code: string): void {
    if (!this.#faults.has(path)) this.log.warn(`${this.nameOf(path)} cannot be read: ${code}.`);
    this.#faults.set(path, code);
  }

  /** Code of the last failure to read a path. */
  faultOf(path: string): string | undefined {
    return this.#faults.get(path);
  }

  checkpointOf(fingerprint: string): Checkpoint | undefined {
    return this.#checkpoints.get(fingerprint);
  }

  /** Commits the result of one turn. Rejects with the sink's error, without a change of state. */
  async commit(signals: readonly TailedSignal[], checkpoint: Checkpoint): Promise<void> {
    const { hasTokens } = this.reading;
    const isUrgent = signals.some(({ signal }) =>
      hasTokens ? isCounted(signal) : signal.kind === 'requestFailed',
    );
    const isDue =
      this.clock.monotonicMs() - this.#storedMs >= CHECKPOINT_EVERY_MS ||
      this.#unstored.size >= MAX_UNSTORED;
    const { fingerprint } = checkpoint;
    if (isUrgent || isDue) {
      await this.#store(signals, new Map([...this.#unstored, [fingerprint, checkpoint]]));
    } else {
      if (signals.length > 0)
        await this.#sink.commit({ readAt: this.clock.now(), signals, checkpoints: [] });
      this.#unstored.set(fingerprint, checkpoint);
    }
    this.#checkpoints.set(fingerprint, checkpoint);
  }

  /** One piece of work at a time, and a pause after each. */
  #slowly({ coreShare = 1 }: TailReading): ReturnType<typeof limitTo> {
    const oneByOne = limitTo(1);
    return work =>
      oneByOne(async () => {
        const startMs = this.clock.monotonicMs();
        const result = await work();
        const restMs = (this.clock.monotonicMs() - startMs) * (1 / coreShare - 1);
        await new Promise<void>(resolve => this.clock.after(restMs, resolve));
        return result;
      });
  }

  /** Stores the checkpoints that were not urgent. */
  async storeCheckpoints(): Promise<void> {
    if (this.#unstored.size > 0) await this.#store([], new Map(this.#unstored));
  }

  async #store(
    signals: readonly TailedSignal[],
    checkpoints: ReadonlyMap<string, Checkpoint>,
  ): Promise<void> {
    const readAt = this.clock.now();
    await this.#sink.commit({ readAt, signals, checkpoints: [...checkpoints.values()] });
    this.#storedMs = this.clock.monotonicMs();
    for (const [fingerprint, checkpoint] of checkpoints)
      if (this.#unstored.get(fingerprint) === checkpoint) this.#unstored.delete(fingerprint);
  }
}
