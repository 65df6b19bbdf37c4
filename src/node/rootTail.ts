import { dirname, join } from 'node:path';
import type { WatchedFolder } from '../core/agents/watchedLogs.ts';
import type { Disposable } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import { errorCode, isMissing } from './fileSystem.ts';
import { findMoved } from './fileKind.ts';
import { type FoundLog, LogFolders } from './logFolders.ts';
import { type FolderHint, LogWatcher, Polling, type WatchBudget } from './logWatcher.ts';
import { type AgentSource, sourceOf, type TailContext } from './tailContext.ts';
import { TailedFile, type TailedFileOptions } from './tailedFile.ts';
import { TrackedLog } from './trackedLog.ts';
import { inBatches, TurnQueue } from './turns.ts';

/** A root without its logs. */
interface WatchedRoot {
  readonly root: string;
  readonly isPolled: boolean;
}

/**
 * The contents of one root, per agent. An unreadable folder may belong to any agent, so it counts
 * for each.
 */
function watchedFolders(
  { root, isPolled }: WatchedRoot,
  { context, sources }: Pick<RootTailOptions, 'context' | 'sources'>,
  logs: Iterable<TrackedLog>,
  faultyFolders: Iterable<string>,
): WatchedFolder[] {
  const all = [...logs];
  const faults = [...faultyFolders];
  return [...new Set(sources.map(({ agent }) => agent.id))].flatMap(agent => {
    const own = all.filter(({ from }) => from.agent.id === agent);
    const newest = own.reduce<TrackedLog | undefined>(
      (best, log) => (best && best.modifiedAt >= log.modifiedAt ? best : log),
      undefined,
    );
    // A shared folder exists even without the agent.
    const isShared = sources.every(from => from.agent.id !== agent || from.source.folders);
    if (isShared && own.length + faults.length === 0) return [];
    const faulty = own.filter(({ isFaulty }) => isFaulty).map(({ file }) => file.path);
    return {
      agent,
      path: root,
      // `WatchReporter` checks whether an empty folder exists.
      isThere: own.length + faults.length > 0,
      isPolled,
      fileCount: own.length,
      ...(newest ? { newest: { path: newest.file.path, modifiedAt: newest.modifiedAt } } : {}),
      unreadable: countByCode([...faulty, ...faults].map(path => context.faultOf(path) ?? '')),
    };
  });
}

function countByCode(codes: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** A log that was modified within this time is active: it is checked every 30 s. */
export const ACTIVE_MS = 86_400_000;

/** The state of a reader is dropped if its log has not changed for this time. */
const READER_KEPT_MS = 600_000;

/** Options of `RootTail`. */
export interface RootTailOptions {
  readonly context: TailContext;
  /** All with the same root. The first match decides how a file is read. */
  readonly sources: readonly AgentSource[];
  readonly budget: WatchBudget;
  /** Logs without a change since then are not read until they change: epoch milliseconds. */
  readonly since: number;
  readonly onHealth: () => void;
}

/** Follows the logs below one root: finds them, and reads them when they change. */
export class RootTail implements Disposable {
  readonly root: string;
  readonly #options: RootTailOptions;
  readonly #context: TailContext;
  readonly #watcher: LogWatcher;
  readonly #folders: LogFolders;
  readonly #logs = new Map<string, TrackedLog>();
  readonly #turns = new TurnQueue<TrackedLog>(log => this.#takeTurn(log));
  readonly #faultyFolders = new Set<string>();
  readonly #polling: Polling;
  #surveys: Promise<void> = Promise.resolve();
  #hasBegun = false;
  #isReconciling = false;
  #owesFull = false;

  constructor(options: RootTailOptions) {
    const { context, sources, budget } = options;
    const { files, clock } = context;
    this.#options = options;
    this.#context = context;
    this.root = sources[0]!.source.root;
    this.#watcher = new LogWatcher({
      files,
      clock,
      budget,
      onHint: (folder, hint) => this.#onHint(folder, hint),
      onFailure: code => this.#polling.begin(code),
    });
    this.#polling = new Polling({
      clock,
      look: () => this.#inTurn(() => this.#lookAtActive()),
      onBegin: reason => this.#onPolling(reason),
    });
    this.#folders = new LogFolders({
      root: this.root,
      depth: Math.min(8, Math.max(...sources.map(({ source }) => source.depth))),
      isLog: path => sourceOf(sources, path) !== undefined,
      mayHoldLogs: path => sources.some(({ source }) => source.folders?.test(path) ?? true),
      files,
      watcher: this.#watcher,
      found: {
        isKnown: path => this.#logs.has(path),
        onLog: log => this.#onLog(log),
        onGone: path => this.#onGone(path),
        onFault: (path, code) => this.#onFolderFault(path, code),
      },
    });
  }

  /** True: watches do not work here. */
  get isPolled(): boolean {
    return this.#polling.isOn;
  }

  get folders() {
    return watchedFolders(this, this.#options, this.#logs.values(), this.#faultyFolders);
  }

  /** Finds the existing logs and starts to read them, the newest first. */
  async begin(): Promise<void> {
    await this.#inTurn(() => this.#folders.survey(false));
    this.#hasBegun = true;
    const logs = [...this.#logs.values()].sort((a, b) => b.modifiedAt - a.modifiedAt);
    for (const log of logs) if (!this.#isOld(log)) this.#turns.add(log, false);
  }

  /** Checks active logs and changed folders. `isFull`: lists all folders and checks all logs. */
  async reconcile(isFull: boolean): Promise<void> {
    this.#owesFull ||= isFull;
    // A check may take longer than the interval.
    if (!this.#hasBegun || this.#isReconciling) return;
    this.#isReconciling = true;
    await this.#inTurn(async () => {
      this.#faultyFolders.clear();
      this.#countMissed();
      await this.#lookAtActive();
      await this.#folders.survey(this.#owesFull);
      this.#owesFull = false;
      this.#options.onHealth();
    });
    this.#isReconciling = false;
  }

  /** Resolves when all known changes are read. */
  async whenIdle(): Promise<void> {
    await this.#surveys;
    await this.#turns.whenIdle();
  }

  dispose(): void {
    this.#turns.clear();
    this.#polling.dispose();
    this.#watcher.dispose();
    for (const log of this.#logs.values()) log.retry.dispose();
  }

  /** One survey after the other: parallel ones would enter the same log twice. */
  #inTurn(survey: () => Promise<void>): Promise<void> {
    this.#surveys = this.#surveys.then(async () => {
      try {
        if (!this.#context.isDisposed) await survey();
      } catch (error) {
        this.#context.log.error(`The log folders could not be searched: ${faultName(error)}`);
      }
    });
    return this.#surveys;
  }

  #onHint(folder: string, hint: FolderHint): void {
    const unknown = hint.filter(name => {
      const log = name === undefined ? undefined : this.#logs.get(join(folder, name));
      if (!log) return true;
      log.isUnhinted = false;
      log.isHinted = true;
      log.modifiedAt = this.#context.clock.now();
      this.#enqueue(log, true);
      return false;
    });
    void this.#inTurn(() => this.#folders.follow(folder, unknown));
  }

  #onLog({ path, relativePath, stat }: FoundLog): void {
    const known = this.#logs.get(path);
    if (known) return this.#look(known, stat);
    const from = sourceOf(this.#options.sources, relativePath);
    if (!from || this.#context.isDisposed) return;
    // Not compared with the start, as a clock may be behind. An older file was copied from
    // elsewhere.
    const isNew = this.#hasBegun && stat.modifiedAt >= this.#options.since;
    const found = { from, relativePath, modifiedAt: stat.modifiedAt };
    const log = this.#track(path, found, isNew ? undefined : stat);
    log.look(stat);
    if (this.#isOld(log)) log.settle();
    else if (this.#hasBegun) {
      this.#watcher.prefer(dirname(path));
      this.#enqueue(log, true);
    }
  }

  /** Not read until it changes. Databases are always read, to know which rows are new later. */
  #isOld({ modifiedAt, from }: TrackedLog): boolean {
    return modifiedAt < this.#options.since && from.source.growth !== 'database';
  }

  #track(
    path: string,
    log: Pick<TrackedLog, 'from' | 'relativePath' | 'modifiedAt'>,
    backlog: TailedFileOptions['backlog'],
  ): TrackedLog {
    const { from, relativePath } = log;
    const file = new TailedFile({ context: this.#context, from, path, relativePath, backlog });
    const tracked = new TrackedLog(file, log);
    this.#logs.set(path, tracked);
    return tracked;
  }

  #look(log: TrackedLog, stat: FoundLog['stat']): void {
    const look = log.look(stat);
    if (look === 'same') return;
    const { isHinted } = log;
    log.isHinted = false;
    if (look === 'changed' && !isHinted && !this.#turns.has(log)) {
      log.isUnhinted = true;
      this.#watcher.prefer(dirname(log.file.path));
    }
    this.#enqueue(log, false);
  }

  #enqueue(log: TrackedLog, isUrgent: boolean): void {
    if (!log.isWaiting) this.#turns.add(log, isUrgent);
  }

  async #lookAtActive(): Promise<void> {
    const now = this.#context.clock.now();
    const active = [...this.#logs.values()].filter(log => log.modifiedAt >= now - ACTIVE_MS);
    await inBatches(active, async log => {
      const { file, modifiedAt } = log;
      if (modifiedAt < now - READER_KEPT_MS && !this.#turns.has(log)) file.forgetReader();
      try {
        this.#look(log, await this.#context.files.lstat(file.path));
      } catch (error) {
        if (isMissing(error)) this.#enqueue(log, false);
        else this.#onFault(log, errorCode(error));
      }
    });
  }

  async #takeTurn(log: TrackedLog): Promise<boolean> {
    const { file } = log;
    const { identity } = file;
    const outcome = await file.turn();
    if (this.#context.isDisposed || this.#logs.get(file.path) !== log) return false;
    if (outcome.kind === 'fault') {
      this.#onFault(log, outcome.code);
      return false;
    }
    if (log.isFaulty) {
      log.recover();
      this.#options.onHealth();
    }
    if (outcome.kind === 'missing') this.#onGone(file.path);
    const isOther = outcome.kind === 'missing' || file.identity !== identity;
    if (identity !== undefined && isOther) await this.#followMoved(log, identity);
    return outcome.kind === 'more';
  }

  /** Reads the rest of a renamed file. */
  async #followMoved(log: TrackedLog, identity: string): Promise<void> {
    const path = await findMoved(this.#context.files, log.file.path, identity);
    if (path === undefined || this.#logs.has(path) || this.#context.isDisposed) return;
    // Keeps the old relative path, from which the reader may derive the session.
    this.#enqueue(this.#track(path, log, log.file.backlog), true);
  }

  #onGone(path: string): void {
    const log = this.#logs.get(path);
    if (!log) return;
    this.#logs.delete(path);
    this.#turns.delete(log);
    log.retry.dispose();
    this.#folders.unsettle(path);
  }

  #onFault(log: TrackedLog, code: string): void {
    this.#context.reportUnreadable(log.file.path, code);
    log.fail(this.#context.clock, () => this.#enqueue(log, false));
    this.#options.onHealth();
  }

  #onFolderFault(path: string, code: string): void {
    this.#context.reportUnreadable(path, code);
    this.#faultyFolders.add(path);
    this.#options.onHealth();
  }

  /** Counts changes that the last check found and no hint reported since. */
  #countMissed(): void {
    const logs = [...this.#logs.values()].filter(({ isUnhinted }) => isUnhinted);
    const missed = logs.filter(({ file }) => this.#watcher.isWatching(dirname(file.path)));
    for (const log of logs) log.isUnhinted = false;
    this.#polling.countMissed(missed.length);
  }

  #onPolling(reason: string): void {
    const { log, nameOf } = this.#context;
    this.#watcher.dispose();
    log.warn(`${nameOf(this.root)} cannot be watched (${reason}) and is polled every 2 s.`);
    this.#options.onHealth();
  }
}
