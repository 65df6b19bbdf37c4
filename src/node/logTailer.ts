import type { Agent } from '../core/agents/agent.ts';
import { countUnreadable, type WatchedFolder } from '../core/agents/watchedLogs.ts';
import { type Disposable, Emitter, MutableDisposable } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import type { TailHealth } from '../core/agents/tail.ts';
import { withDatabaseLogs } from './foreignDatabase.ts';
import { type FileSystem, machineFiles } from './fileSystem.ts';
import { MAX_WATCHES, type WatchBudget } from './logWatcher.ts';
import { ACTIVE_MS, RootTail } from './rootTail.ts';
import {
  type AgentSource,
  TailContext,
  type TailContextOptions,
  type TailReading,
} from './tailContext.ts';

/** How often active logs and folders are checked, independent of hints. */
export const RECONCILE_MS = 30_000;

/** Every tenth check lists all folders and checks all logs: every 5 min. */
const FULL_EVERY = 10;

/** Longest pause after which logs are read from the last checkpoint. */
const LONGEST_PAUSE_MS = 7 * 86_400_000;

/**
 * Bytes read at the end of a log that existed before the start: an agent writes about 5 MB a day.
 */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** Code for an agent whose log folder cannot be determined. */
const UNPLACED = { isThere: true, isPolled: false, fileCount: 0, unreadable: { EINVAL: 1 } };
const UNPLACED_ADVICE = 'Check its environment variables and the name of your home folder.';

/** Options of `LogTailer`. */
export interface LogTailerOptions extends Omit<TailContextOptions, 'files' | 'reading'> {
  readonly sources: readonly AgentSource[];
  /** Agents whose log folders could not be determined. Default: none. */
  readonly unplaced?: readonly Agent[];
  /** Default: this machine's. */
  readonly files?: FileSystem;
  /** Default: suitable to follow growing logs. */
  readonly reading?: Partial<TailReading>;
  /**
   * Reads logs at the start that were modified since then: epoch milliseconds. Default: a day ago,
   * or the time of the last checkpoint if that is earlier.
   */
  readonly since?: number;
}

/**
 * Follows agents' logs, in the one window that holds the lease. Watches of the system are only
 * hints for speed; a check every 30 s ensures that nothing is missed. The sink receives signals
 * together with checkpoints. A fault of one file or folder neither ends it nor delays other roots.
 */
export class LogTailer implements Disposable {
  readonly #options: LogTailerOptions;
  readonly #context: TailContext;
  readonly #timer = new MutableDisposable();
  readonly #healthEmitter = new Emitter<TailHealth>();
  #roots: RootTail[] = [];
  #health: TailHealth = { polledRoots: [], unreadableCount: 0 };
  #beginning: Promise<void> | undefined;
  #reconcileCount = 0;

  readonly onDidChangeHealth = this.#healthEmitter.event;

  constructor(options: LogTailerOptions) {
    this.#options = options;
    this.#context = new TailContext({
      ...options,
      files: withDatabaseLogs(options.files ?? machineFiles, options.sources, options.clock),
      reading: {
        maxBacklogBytes: MAX_BACKLOG_BYTES,
        everyRecord: 'recent',
        isLastLineWhole: false,
        ...options.reading,
      },
    });
  }

  get health(): TailHealth {
    return this.#health;
  }

  /** The folders that it follows. */
  get folders(): WatchedFolder[] {
    const { unplaced = [], home } = this.#options;
    return [
      ...unplaced.map(({ id }) => ({ ...UNPLACED, agent: id, path: home })),
      ...this.#roots.flatMap(({ folders }) => folders),
    ];
  }

  /** Starts to read existing logs, the newest first, and to follow them. */
  start(): void {
    for (const { name } of this.#options.unplaced ?? [])
      this.#context.log.warn(`${name}: no place for its logs. ${UNPLACED_ADVICE}`);
    this.#beginning ??= this.#begin();
    this.#scheduleReconcile();
  }

  /** Resolves when all changes known so far are read and committed. */
  async whenIdle(): Promise<void> {
    await this.#beginning;
    // A file may have moved from one root to another.
    for (let round = 0; round < 2; round++)
      await Promise.all(this.#roots.map(root => root.whenIdle()));
  }

  /** Stops after the current step, without committing it. */
  dispose(): void {
    if (this.#context.isDisposed) return;
    this.#timer.dispose();
    for (const root of this.#roots) root.dispose();
    void this.#storeCheckpoints();
    this.#context.isDisposed = true;
    this.#healthEmitter.dispose();
  }

  async #begin(): Promise<void> {
    const { clock, log } = this.#context;
    let seenAt: number | undefined;
    try {
      seenAt = await this.#context.readCheckpoints();
    } catch (error) {
      log.error(`The checkpoints could not be read: ${faultName(error)}`);
    }
    if (this.#context.isDisposed) return;
    const now = clock.now();
    const pausedAt = Math.max(seenAt ?? now, now - LONGEST_PAUSE_MS);
    const since = this.#options.since ?? Math.min(now - ACTIVE_MS, pausedAt);
    const budget: WatchBudget = { left: MAX_WATCHES };
    const byRoot = new Map<string, AgentSource[]>();
    for (const from of this.#options.sources)
      byRoot.set(from.source.root, [...(byRoot.get(from.source.root) ?? []), from]);
    this.#roots = [...byRoot.values()].map(
      sources =>
        new RootTail({
          context: this.#context,
          sources,
          budget,
          since,
          onHealth: () => this.#updateHealth(),
        }),
    );
    await Promise.all(this.#roots.map(root => root.begin()));
  }

  #scheduleReconcile(): void {
    this.#timer.value = this.#context.clock.after(RECONCILE_MS, () => {
      // Does not wait for a root that hangs on a lost network.
      const isFull = ++this.#reconcileCount % FULL_EVERY === 0;
      for (const root of this.#roots) void root.reconcile(isFull);
      void this.#storeCheckpoints();
      this.#scheduleReconcile();
    });
  }

  async #storeCheckpoints(): Promise<void> {
    try {
      await this.#context.storeCheckpoints();
    } catch (error) {
      this.#context.log.error(`Checkpoints could not be stored: ${faultName(error)}`);
    }
  }

  #updateHealth(): void {
    const polledRoots = this.#roots.filter(({ isPolled }) => isPolled).map(({ root }) => root);
    const unreadableCount = this.folders.reduce((sum, folder) => sum + countUnreadable(folder), 0);
    const { health } = this;
    const isSame =
      health.unreadableCount === unreadableCount &&
      health.polledRoots.length === polledRoots.length;
    if (isSame) return;
    this.#health = { polledRoots, unreadableCount };
    this.#healthEmitter.fire(this.#health);
  }
}

/**
 * Reads the existing logs once to their ends, the newest first, including a last line without a
 * line end. A `LogTailer` must not use its checkpoints. Resolves to the folders when all is
 * committed or `signal` aborts.
 */
export async function readLogsOnce(
  { files = machineFiles, reading, ...options }: LogTailerOptions,
  signal?: AbortSignal,
): Promise<readonly WatchedFolder[]> {
  const tailer = new LogTailer({
    ...options,
    files: { ...files, watch: () => ({ dispose: () => undefined }) },
    reading: { isLastLineWhole: true, ...reading },
  });
  const stop = (): void => tailer.dispose();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (!signal?.aborted) tailer.start();
    await tailer.whenIdle();
    return tailer.folders;
  } finally {
    signal?.removeEventListener('abort', stop);
    tailer.dispose();
  }
}
