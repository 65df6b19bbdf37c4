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

/** Active logs and changed folders are looked at so often, whatever hints say. */
export const RECONCILE_MS = 30_000;

/** Every so many of those, all folders are listed and all logs looked at: 5 min. */
const FULL_EVERY = 10;

/** After a pause, logs are read from where we left off, if that was not longer ago. */
const LONGEST_PAUSE_MS = 7 * 86_400_000;

/** The end of a log that was there before us: an agent's day has some 5 MB. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** Of an agent without a place: something is there, and it cannot be read. */
const UNPLACED = { isThere: true, isPolled: false, fileCount: 0, unreadable: { EINVAL: 1 } };
const UNPLACED_ADVICE = 'Check its environment variables and the name of your home folder.';

/** What a tailer is made of. */
export interface LogTailerOptions extends Omit<TailContextOptions, 'files' | 'reading'> {
  readonly sources: readonly AgentSource[];
  /** Agents whose places could not be determined. Default: none. */
  readonly unplaced?: readonly Agent[];
  /** Default: the machine's own. */
  readonly files?: FileSystem;
  /** Default: for following. */
  readonly reading?: Partial<TailReading>;
  /**
   * Logs that were written to since then are read at the start: epoch milliseconds. Default: a day
   * ago, or when the last checkpoint was made.
   */
  readonly since?: number;
}

/**
 * Follows agents' logs, in the one window that holds the lease. Hints of the system tell where to
 * look; that nothing is missed rests on looking every 30 s. What is read goes to the sink, with how
 * far it was read. No fault of a file or folder ends it, nor delays other roots.
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

  /** What is followed now. */
  get folders(): WatchedFolder[] {
    const { unplaced = [], home } = this.#options;
    return [
      ...unplaced.map(({ id }) => ({ ...UNPLACED, agent: id, path: home })),
      ...this.#roots.flatMap(({ folders }) => folders),
    ];
  }

  /** Begins to read what is there, the newest first, and to follow it. */
  start(): void {
    for (const { name } of this.#options.unplaced ?? [])
      this.#context.log.warn(`${name}: no place for its logs. ${UNPLACED_ADVICE}`);
    this.#beginning ??= this.#begin();
    this.#scheduleReconcile();
  }

  /** Resolves when all that is known to have happened so far is read and committed. */
  async whenIdle(): Promise<void> {
    await this.#beginning;
    // A file can have moved from one root to another.
    for (let round = 0; round < 2; round++)
      await Promise.all(this.#roots.map(root => root.whenIdle()));
  }

  /** Ends after the step that is under way; what was read of it is not committed. */
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
      // A root that hangs, on a network that is gone, is not waited for.
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
    if (this.#context.isDisposed) return;
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
 * Reads what is there once, to its end, the newest first, with a last line that has no end. Its
 * checkpoints are of no use to a tailer that follows. Resolves when all is committed, or aborted, to
 * the folders that there are.
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
