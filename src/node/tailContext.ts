import { redactId } from '../core/base/redact.ts';
import { isAbsolute, relative, sep } from 'node:path';
import type { Agent, LogSource } from '../core/agents/agent.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { Checkpoint, TailedSignal, TailSink } from '../core/agents/tail.ts';
import type { FileSystem } from './fileSystem.ts';
import { limitTo } from './turns.ts';

/** Open files at a time: the system reads four at a time, and each needs up to 2 MB. */
const MAX_HANDLES = 4;

/** An append in a turn without a failure waits so long to be stored: to read it again costs little. */
const CHECKPOINT_EVERY_MS = 10_000;

/** More are not stored in one piece, which would take too long. */
const MAX_UNSTORED = 200;

/** One of an agent's places. */
export interface AgentSource {
  readonly agent: Agent;
  readonly source: LogSource;
}

/** As whose log a file is read, by its path below the root, with `/`; the first that it matches. */
export function sourceOf(
  sources: readonly AgentSource[],
  relativePath: string,
): AgentSource | undefined {
  const depth = relativePath.split('/').length - 1;
  return sources.find(({ source }) => depth <= source.depth && source.files.test(relativePath));
}

/** How files are read. */
export interface TailReading {
  /** Of a file that was there before we were, at most so much of its end is read. */
  readonly maxBacklogBytes: number;
  /** `recent`: every record at the end of a file that moved in the last minutes; else anchors only. */
  readonly everyRecord: 'recent' | 'always';
  /** The files will not grow: a last line without an end is a record. */
  readonly isLastLineWhole: boolean;
}

/** What a context is made of. */
export interface TailContextOptions {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly sink: TailSink;
  readonly reading: TailReading;
  /** Absolute; files below it are named without it. */
  readonly home: string;
}

/** What all files of a tailer share. */
export class TailContext {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly reading: TailReading;
  readonly home: string;
  /** When following began: epoch milliseconds. */
  readonly startedAt: number;
  /** For work that needs an open file. */
  readonly withHandle = limitTo(MAX_HANDLES);
  /** Paths by `FileStat.identity`: a file is read under one of its names. */
  readonly claims = new Map<string, string>();
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
    this.startedAt = clock.now();
    this.#sink = sink;
    this.#storedMs = clock.monotonicMs();
  }

  /** Takes up what earlier tailers stored. Resolves to when the last of it was made, if ever. */
  async readCheckpoints(): Promise<number | undefined> {
    const stored = await this.#sink.readCheckpoints();
    for (const checkpoint of stored) this.#checkpoints.set(checkpoint.fingerprint, checkpoint);
    return stored.reduce<number | undefined>(
      (latest, { seenAt }) => Math.max(latest ?? seenAt, seenAt),
      undefined,
    );
  }

  /** As people and the archive know a path. */
  readonly nameOf = (path: string): string => {
    const below = relative(this.home, path);
    const isBelow = below !== '' && !below.startsWith('..') && !isAbsolute(below);
    return redactId((isBelow ? below : path).replaceAll(sep, '/'));
  };

  /** Says once of a path that it cannot be read. The code is the system's. */
  reportUnreadable(path: string, code: string): void {
    if (!this.#faults.has(path)) this.log.warn(`${this.nameOf(path)} cannot be read: ${code}.`);
    this.#faults.set(path, code);
  }

  /** Why a path could not be read when that was last tried and failed. */
  faultOf(path: string): string | undefined {
    return this.#faults.get(path);
  }

  checkpointOf(fingerprint: string): Checkpoint | undefined {
    return this.#checkpoints.get(fingerprint);
  }

  /** Hands over what one turn read. Rejects as the sink does, and then nothing has happened. */
  async commit(signals: readonly TailedSignal[], checkpoint: Checkpoint): Promise<void> {
    const isUrgent = signals.some(({ signal }) => signal.kind === 'requestFailed');
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

  /** Stores what was not urgent. */
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
