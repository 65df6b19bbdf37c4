import type { Archive, ArchiveRows } from '../core/incidents/archive.ts';
import { Emitter } from '../core/base/event.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { ArchiveHealth, MemoryReason } from '../core/base/store.ts';
import type * as archiveCopy from './archiveCopy.ts';
import { type Fault, faultOf } from './archiveFault.ts';
import {
  type ArchiveFile,
  type ArchiveFileOptions,
  createArchiveFile,
  identify,
  IN_MEMORY,
  openArchiveFile,
  setAside,
} from './archiveFile.ts';
import type { SqliteRows } from './sqliteRows.ts';

/** So long we try for a lock, asynchronously. Below `CLOCK_TOLERANCE_MS`. */
const LOCK_WAIT_MS = 10_000;

/** From memory back to the disk: a user who has made room need not restart. */
const PROBE_EVERY_MS = 60_000;

/** Where the file is, and what it is opened with. */
export interface SqliteArchiveOptions extends ArchiveFileOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long an operation tries for a lock before it goes on in memory; default: 10 s. */
  readonly lockWaitMs?: number;
}

/**
 * The archive in one SQLite file that all windows share, or with the path `IN_MEMORY` one that is
 * shared by nobody and ends with its owner. Opened by the first operation, not by the constructor.
 * Operations run one after the other, the first step at once if none is waiting; none blocks for
 * longer than 50 ms. A damaged file is set aside as `.bad`; while the file cannot be used, a
 * database in memory takes its place, which begins with what could be read and is carried back.
 */
export class SqliteArchive implements Archive {
  readonly #options: SqliteArchiveOptions;
  #file: ArchiveFile | undefined;
  #identity: string | undefined;
  /** Why the file is not used; undefined: it is. */
  #reason: MemoryReason | undefined;
  #memory: ArchiveFile | undefined;
  /** Copies to memory and back: loaded by the few windows that need it. */
  #copying: typeof archiveCopy | undefined;
  #probeDueMs = Infinity;
  readonly #reported = new Set<string>();
  #waitingCount = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();
  readonly #healthEmitter = new Emitter<ArchiveHealth>();

  readonly onDidChangeHealth = this.#healthEmitter.event;

  appendSnapshot = this.#operation('appendSnapshot');
  readLatest = this.#operation('readLatest');
  readHistory = this.#operation('readHistory');
  get = this.#operation('get');
  set = this.#operation('set');
  commitTail = this.#operation('commitTail');
  readEvents = this.#operation('readEvents');
  readCheckpoints = this.#operation('readCheckpoints');
  saveIncidents = this.#operation('saveIncidents');
  readIncidents = this.#operation('readIncidents');
  takeLease = this.#operation('takeLease');
  releaseLease = this.#operation('releaseLease');
  claimRead = this.#operation('claimRead');
  readChangeCount = this.#operation('readChangeCount');
  prune = this.#operation('prune');

  constructor(options: SqliteArchiveOptions) {
    this.#options = options;
  }

  get health(): ArchiveHealth {
    return this.#reason ? { kind: 'memory', reason: this.#reason } : { kind: 'disk' };
  }

  /** Closes the file after the operations that were begun. */
  dispose(): void {
    this.#healthEmitter.dispose();
    void this.#inTurn(async () => {
      this.#close();
      this.#memory?.close();
      this.#memory = undefined;
      this.#reason = 'disposed';
      this.#probeDueMs = Infinity;
    });
  }

  #operation<K extends keyof ArchiveRows>(name: K): ArchiveRows[K] {
    const run = (...args: never[]): Promise<unknown> =>
      this.#inTurn(() =>
        this.#attempt(rows => (rows[name] as (...args: never[]) => Promise<unknown>)(...args)),
      );
    return run as unknown as ArchiveRows[K];
  }

  /** At once if nothing waits, so that a lease is given back before the window is gone. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const isFree = this.#waitingCount++ === 0;
    const turn = isFree ? task() : this.#lastTurn.then(task);
    const done = (): number => this.#waitingCount--;
    this.#lastTurn = turn.then(done, done);
    return turn;
  }

  async #attempt<T>(work: (rows: SqliteRows) => Promise<T>): Promise<T> {
    const { clock, lockWaitMs = LOCK_WAIT_MS } = this.#options;
    const deadlineMs = clock.monotonicMs() + lockWaitMs;
    const tried = new Set<Fault>();
    for (;;) {
      try {
        if (clock.monotonicMs() >= this.#probeDueMs) await this.#goToDisk();
        const rows = this.#rows();
        const result = await work(rows);
        this.#reportLosses(rows);
        return result;
      } catch (error) {
        const fault = faultOf(error);
        const isOver = clock.monotonicMs() > deadlineMs;
        const remedy = fault && (isOver ? 'memory' : this.#remedy(fault, tried.has(fault)));
        // Memory is the last resort: what fails there is a defect.
        const isInMemory = this.#reason && clock.monotonicMs() < this.#probeDueMs;
        if (!fault || !remedy || isInMemory) throw error;
        if (remedy === 'memory') await this.#goToMemory(fault);
        else if (remedy === 'wait') await this.#pause();
        else tried.add(fault);
      }
    }
  }

  #rows(): SqliteRows {
    if (this.#reason) return (this.#memory ??= openArchiveFile({ path: IN_MEMORY })).rows;
    // Else we would go on writing into a file that another window has set aside, without an error.
    if (this.#file && identify(this.#options.path) !== this.#identity) this.#close();
    return this.#open().rows;
  }

  #open(): ArchiveFile {
    if (this.#file) return this.#file;
    // Known before it is opened: what is set aside must be what was found damaged.
    this.#identity = createArchiveFile(this.#options.path);
    this.#file = openArchiveFile(this.#options, this.#identity);
    return this.#file;
  }

  /** What to do before the operation is tried again, if anything; `isSecond`: it was, once. */
  #remedy(fault: Fault, isSecond: boolean): 'again' | 'wait' | 'memory' | undefined {
    switch (fault) {
      case 'busy':
        return this.#reason ? 'memory' : 'wait';
      case 'moved':
        this.#close();
        return 'wait';
      case 'damaged':
        // Once: if the new file is damaged as well, the old one is worth more as `.bad`.
        return isSecond ? 'memory' : this.#setAside();
      case 'schema':
        // Opening shows what the tables are now. If they are ours, the statement is at fault.
        if (isSecond) return undefined;
        this.#close();
        return 'again';
      case 'io':
      case 'readOnly':
      case 'cannotOpen':
        // Once more with a new connection: the folder may be gone, or the log's shared memory.
        if (isSecond) return 'memory';
        this.#close();
        return 'again';
      case 'full':
      case 'newerSchema':
        return 'memory';
    }
  }

  #setAside(): 'again' | 'wait' | 'memory' {
    const { path, log } = this.#options;
    this.#close();
    try {
      if (!setAside(path, this.#identity)) return 'wait';
    } catch {
      return 'memory';
    }
    log.warn(`The archive was damaged. It is now ${path}.bad, and a new one was begun.`);
    return 'again';
  }

  async #goToMemory(fault: Fault): Promise<void> {
    const { clock } = this.#options;
    const reason = fault === 'moved' || fault === 'schema' ? 'cannotOpen' : fault;
    this.#probeDueMs = reason === 'newerSchema' ? Infinity : clock.monotonicMs() + PROBE_EVERY_MS;
    const isNews = !this.#reason;
    if (isNews) this.#memory = await this.#copyToMemory();
    this.#reason ??= reason;
    this.#close();
    if (!isNews) return;
    this.#reportOnce(
      reason,
      `The archive cannot be stored (${reason}): what is new is lost on closing.`,
    );
    this.#healthEmitter.fire(this.health);
  }

  /** What is on the disk is still true, as far as it can be read. */
  async #copyToMemory(): Promise<ArchiveFile> {
    const memory = openArchiveFile({ path: IN_MEMORY });
    // Undefined if our own files are out of reach as well: then memory begins and ends by itself.
    this.#copying = await import('./archiveCopy.ts').catch(() => undefined);
    await this.#copying?.copyToMemory(this.#file?.db, memory.db);
    return memory;
  }

  /** Carries over what was written meanwhile, once it is proven that something can be stored again. */
  async #goToDisk(): Promise<void> {
    const file = this.#open();
    file.probe();
    if (this.#memory) await this.#copying?.carryToDisk(this.#memory.db, file.db);
    this.#memory?.close();
    this.#memory = undefined;
    this.#reason = undefined;
    this.#probeDueMs = Infinity;
    this.#options.log.info('The archive is on the disk again.');
    this.#healthEmitter.fire(this.health);
  }

  #reportLosses({ skippedCount, refusedCount }: SqliteRows): void {
    if (skippedCount > 0)
      this.#reportOnce(
        'skipped',
        `Left out ${skippedCount} rows of the archive that could not be read.`,
      );
    if (refusedCount > 0)
      this.#reportOnce('refused', 'Dropped a record that the archive does not take.');
  }

  #reportOnce(what: string, sentence: string): void {
    if (!this.#reported.has(what)) this.#options.log.warn(sentence);
    this.#reported.add(what);
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Long enough for a transaction of another window, at random so that they do not march in step. */
  #pause(): Promise<void> {
    return new Promise(resolve => {
      this.#options.clock.after(2 + Math.random() * 18, resolve);
    });
  }
}
