import type { Archive, ArchiveRows } from '../core/ledger/archive.ts';
import { Emitter } from '../core/base/event.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { ArchiveHealth, MemoryReason } from '../core/base/store.ts';
import type * as archiveCopy from './archiveCopy.ts';
import { ArchiveFault, type Fault, faultOf } from './archiveFault.ts';
import {
  type ArchiveFile,
  type ArchiveFileOptions,
  createArchiveFile,
  identify,
  IN_MEMORY,
  isBeingSetAside,
  openArchiveFile,
  setAside,
} from './archiveFile.ts';
import type { SqliteRows } from './sqliteRows.ts';

/** How long an operation waits for a lock, asynchronously. Below `CLOCK_TOLERANCE_MS`. */
const LOCK_WAIT_MS = 10_000;

/** How often the disk is tried again, so that freeing space needs no restart. */
const PROBE_EVERY_MS = 60_000;

/** Options of `SqliteArchive`. */
export interface SqliteArchiveOptions extends ArchiveFileOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long an operation waits for a lock before it continues in memory. Default: 10 s. */
  readonly lockWaitMs?: number;
}

/**
 * The archive in one SQLite file that all windows share, or with the path `IN_MEMORY` a private one
 * without a file. The first operation opens it, not the constructor. Operations run one after the
 * other, and start synchronously if none is waiting; none blocks for longer than 50 ms. A damaged
 * file is renamed to `.bad`. While the file is unusable, a database in memory replaces it: it
 * starts with a copy of the readable rows, and its changes are written back later.
 */
export class SqliteArchive implements Archive {
  readonly #options: SqliteArchiveOptions;
  #file: ArchiveFile | undefined;
  #identity: string | undefined;
  /** This window is setting the file aside, and waits until no other has it open. */
  #isMarked = false;
  /** Why memory replaces the file; undefined: it does not. */
  #reason: MemoryReason | undefined;
  #memory: ArchiveFile | undefined;
  /** A separate chunk, loaded by the few windows that need it. */
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
  addToLedger = this.#operation('addToLedger');
  ledgerRows = this.#operation('ledgerRows');
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

  /** Closes the file after the operations in progress. */
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

  /** Starts synchronously if nothing waits, so that a closing window still releases its lease. */
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
        // A failure in memory is a defect.
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
    // Writes to a file that another window set aside would succeed without an error.
    const { path } = this.#options;
    if (this.#file && identify(path) !== this.#identity) this.#close();
    if (this.#isMarked) throw new ArchiveFault('damaged');
    // Windows moves no file that another window has open.
    if (isBeingSetAside(path)) throw new ArchiveFault('moved');
    return this.#open().rows;
  }

  #open(): ArchiveFile {
    if (this.#file) return this.#file;
    // Before opening: only the file that is found damaged may be set aside.
    this.#identity = createArchiveFile(this.#options.path);
    this.#file = openArchiveFile(this.#options, this.#identity);
    return this.#file;
  }

  /** How to retry after a fault; undefined: not at all. `isSecond`: the fault occurred before. */
  #remedy(fault: Fault, isSecond: boolean): 'again' | 'wait' | 'memory' | undefined {
    switch (fault) {
      case 'busy':
        return this.#reason ? 'memory' : 'wait';
      case 'moved':
        this.#close();
        return 'wait';
      case 'damaged':
        // Once only: if the new file is damaged too, keep the old one as `.bad`.
        return isSecond ? 'memory' : this.#setAside();
      case 'schema':
        // Opening checks the tables. If they are valid, the statement is the cause.
        if (isSecond) return undefined;
        this.#close();
        return 'again';
      case 'io':
      case 'readOnly':
      case 'cannotOpen':
        // Retry with a new connection: the folder or the WAL's shared memory may be missing.
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
      const removal = setAside(path, this.#identity, this.#isMarked);
      this.#isMarked = removal === 'held';
      if (removal !== 'done') return 'wait';
    } catch {
      return 'memory';
    }
    log.warn(`The archive was damaged. It is now ${path}.bad, and a new one was created.`);
    return 'again';
  }

  async #goToMemory(fault: Fault): Promise<void> {
    const { clock } = this.#options;
    this.#isMarked = false;
    const reason = fault === 'moved' || fault === 'schema' ? 'cannotOpen' : fault;
    this.#probeDueMs = reason === 'newerSchema' ? Infinity : clock.monotonicMs() + PROBE_EVERY_MS;
    const isNews = !this.#reason;
    if (isNews) this.#memory = await this.#copyToMemory();
    this.#reason ??= reason;
    this.#close();
    if (!isNews) return;
    this.#reportOnce(
      reason,
      `The archive cannot be stored (${reason}). New data is lost when the window closes.`,
    );
    this.#healthEmitter.fire(this.health);
  }

  /** Rows on disk stay valid as far as they are readable. */
  async #copyToMemory(): Promise<ArchiveFile> {
    const memory = openArchiveFile({ path: IN_MEMORY });
    // Undefined if the extension's files are unreadable too: then memory starts empty and is not
    // written back.
    this.#copying = await import('./archiveCopy.ts').catch(() => undefined);
    await this.#copying?.copyToMemory(this.#file?.db, memory.db);
    return memory;
  }

  /** Writes the changes back from memory, if the disk accepts writes again. */
  async #goToDisk(): Promise<void> {
    const file = this.#open();
    file.probe();
    if (this.#memory) await this.#copying?.carryToDisk(this.#memory.db, file.db);
    this.#memory?.close();
    this.#memory = undefined;
    this.#reason = undefined;
    this.#probeDueMs = Infinity;
    this.#options.log.info('The archive is on disk again.');
    this.#healthEmitter.fire(this.health);
  }

  #reportLosses({ skippedCount, refusedCount }: SqliteRows): void {
    if (skippedCount > 0)
      this.#reportOnce('skipped', `Skipped ${skippedCount} invalid rows of the archive.`);
    if (refusedCount > 0)
      this.#reportOnce('refused', 'Dropped a record that the archive rejected.');
  }

  #reportOnce(what: string, sentence: string): void {
    if (!this.#reported.has(what)) this.#options.log.warn(sentence);
    this.#reported.add(what);
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /**
   * Long enough for a transaction of another window; random, so that windows do not retry in step.
   */
  #pause(): Promise<void> {
    return new Promise(resolve => {
      this.#options.clock.after(2 + Math.random() * 18, resolve);
    });
  }
}
