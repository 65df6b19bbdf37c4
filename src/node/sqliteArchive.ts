import type { Archive, ArchiveRows } from '../core/archive.ts';
import { Emitter } from '../core/base/event.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { MemoryArchive } from '../core/memoryArchive.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { HistoryQuery, Snapshot } from '../core/quota/snapshot.ts';
import type { Checkpoint, EventQuery, TailBatch, TailedFailure } from '../core/agents/tail.ts';
import { type Fault, faultOf } from './archiveFault.ts';
import {
  type ArchiveFile,
  type ArchiveFileOptions,
  createArchiveFile,
  identify,
  openArchiveFile,
  setAside,
} from './archiveFile.ts';
import { copyTail } from './sqliteTailRows.ts';
import type { ArchiveHealth, LeaseClaim, MemoryReason, ReadClaim } from '../core/base/store.ts';

/** So long we try for a lock, asynchronously. Below `CLOCK_TOLERANCE_MS`. */
const LOCK_WAIT_MS = 10_000;

/** From memory back to the disk: a user who has made room need not restart. */
const PROBE_EVERY_MS = 60_000;

/** Where the file is, and what it is opened with. */
export interface SqliteArchiveOptions extends ArchiveFileOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The archive in one SQLite file that all windows share. Opened by the first operation, not by the
 * constructor. Operations run one after the other, the first step at once if none is waiting; none
 * blocks for longer than 50 ms. A damaged file is set aside as `.bad`; what cannot be stored is
 * kept in memory, with a copy of what could be read.
 */
export class SqliteArchive implements Archive {
  readonly #options: SqliteArchiveOptions;
  #file: ArchiveFile | undefined;
  #identity: string | undefined;
  #memory: MemoryArchive | undefined;
  #probeDueMs = Infinity;
  #skippedRowCount = 0;
  readonly #reported = new Set<string>();
  #waitingCount = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();
  readonly #healthEmitter = new Emitter<ArchiveHealth>();

  readonly onDidChangeHealth = this.#healthEmitter.event;

  constructor(options: SqliteArchiveOptions) {
    this.#options = options;
  }

  get health(): ArchiveHealth {
    return this.#memory?.health ?? { kind: 'disk' };
  }

  /** How many rows were left out because they did not validate. */
  get skippedRowCount(): number {
    return this.#skippedRowCount;
  }

  appendSnapshot(snapshot: Snapshot): Promise<void> {
    return this.#run(rows => rows.appendSnapshot(snapshot));
  }

  readLatest(): Promise<readonly Snapshot[]> {
    return this.#run(rows => rows.readLatest());
  }

  readHistory(query: HistoryQuery): Promise<readonly Snapshot[]> {
    return this.#run(rows => rows.readHistory(query));
  }

  get(key: string): Promise<string | undefined> {
    return this.#run(rows => rows.get(key));
  }

  set(key: string, json: string | undefined): Promise<void> {
    return this.#run(rows => rows.set(key, json));
  }

  commitTail(batch: TailBatch): Promise<readonly TailedFailure[]> {
    return this.#run(rows => rows.commitTail(batch));
  }

  readEvents(query?: EventQuery): Promise<readonly TailedFailure[]> {
    return this.#run(rows => rows.readEvents(query));
  }

  readCheckpoints(): Promise<readonly Checkpoint[]> {
    return this.#run(rows => rows.readCheckpoints());
  }

  saveIncidents(incidents: readonly Incident[]): Promise<void> {
    return this.#run(rows => rows.saveIncidents(incidents));
  }

  readIncidents(query?: EventQuery): Promise<readonly Incident[]> {
    return this.#run(rows => rows.readIncidents(query));
  }

  takeLease(claim: LeaseClaim): Promise<boolean> {
    return this.#run(rows => rows.takeLease(claim));
  }

  releaseLease(owner: string): Promise<void> {
    return this.#run(rows => rows.releaseLease(owner));
  }

  claimRead(claim: ReadClaim): Promise<boolean> {
    return this.#run(rows => rows.claimRead(claim));
  }

  readChangeCount(): Promise<number> {
    return this.#run(rows => rows.readChangeCount());
  }

  prune(now: number): Promise<void> {
    return this.#run(rows => rows.prune(now));
  }

  /** Closes the file after the operations that were begun. */
  dispose(): void {
    this.#healthEmitter.dispose();
    void this.#inTurn(async () => {
      this.#close();
      this.#memory = new MemoryArchive('disposed');
      this.#probeDueMs = Infinity;
    });
  }

  #run<T>(work: (rows: ArchiveRows) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#attempt(work));
  }

  /** At once if nothing waits, so that a lease is given back before the window is gone. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const isFree = this.#waitingCount++ === 0;
    const turn = isFree ? task() : this.#lastTurn.then(task);
    const done = (): number => this.#waitingCount--;
    this.#lastTurn = turn.then(done, done);
    return turn;
  }

  async #attempt<T>(work: (rows: ArchiveRows) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + LOCK_WAIT_MS;
    for (let reopens = 0; ;) {
      try {
        if (clock.monotonicMs() >= this.#probeDueMs) await this.#goToDisk();
        const result = await work(this.#rows());
        this.#reportSkipped();
        return result;
      } catch (error) {
        const fault = faultOf(error);
        if (!fault) throw error;
        const remedy = clock.monotonicMs() > deadlineMs ? 'memory' : this.#remedy(fault, reopens);
        if (remedy === 'memory') await this.#goToMemory(fault);
        else if (remedy === 'wait') await this.#pause();
        else reopens++;
      }
    }
  }

  #rows(): ArchiveRows {
    if (this.#memory) return this.#memory;
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

  /** What to do before the operation is tried again; `reopens` were done before. */
  #remedy(fault: Fault, reopens: number): 'again' | 'wait' | 'memory' {
    switch (fault) {
      case 'busy':
        return this.#memory ? 'memory' : 'wait';
      case 'moved':
        this.#close();
        return 'wait';
      case 'damaged':
        // Once: if the new file is damaged as well, the old one is worth more as `.bad`.
        return reopens === 0 ? this.#setAside() : 'memory';
      case 'io':
      case 'readOnly':
      case 'cannotOpen':
        // Once more with a new connection: the folder may be gone, or the log's shared memory.
        if (reopens > 0) return 'memory';
        this.#close();
        return 'again';
      case 'full':
      case 'newerSchema':
      case 'noSqlite':
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
    const { clock, log } = this.#options;
    const reason: MemoryReason = fault === 'moved' ? 'cannotOpen' : fault;
    const isPermanent = reason === 'newerSchema' || reason === 'noSqlite';
    this.#probeDueMs = isPermanent ? Infinity : clock.monotonicMs() + PROBE_EVERY_MS;
    const isNews = !this.#memory;
    this.#memory ??= await this.#copyToMemory(reason);
    this.#close();
    if (!isNews) return;
    this.#reportOnce(reason, () =>
      log.warn(`The archive cannot be stored (${reason}): what is new is lost on closing.`),
    );
    this.#healthEmitter.fire(this.health);
  }

  /** What is on the disk is still true, as far as it can be read. */
  async #copyToMemory(reason: MemoryReason): Promise<MemoryArchive> {
    const memory = new MemoryArchive(reason);
    await this.#file?.rows.copyTo(memory).catch(() => undefined);
    return memory;
  }

  /** Takes along what came meanwhile, which also proves that something can be stored again. */
  async #goToDisk(): Promise<void> {
    const file = this.#open();
    file.probe();
    const stored = await file.rows.readLatest();
    for (const latest of (await this.#memory?.readLatest()) ?? []) {
      const isStored = stored.some(({ at, origin }) => origin === latest.origin && at >= latest.at);
      if (!isStored) await file.rows.appendSnapshot(latest);
    }
    if (this.#memory) await copyTail(this.#memory, file.rows);
    if (this.#memory) await file.rows.saveIncidents(await this.#memory.readIncidents());
    this.#memory = undefined;
    this.#probeDueMs = Infinity;
    this.#options.log.info('The archive is on the disk again.');
    this.#healthEmitter.fire(this.health);
  }

  #reportSkipped(): void {
    const count = this.#file?.rows.skippedCount ?? 0;
    if (count <= this.#skippedRowCount) return;
    this.#skippedRowCount = count;
    this.#reportOnce('skipped', () =>
      this.#options.log.warn(`Left out ${count} rows of the archive that could not be read.`),
    );
  }

  #reportOnce(what: string, report: () => void): void {
    if (!this.#reported.has(what)) report();
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
