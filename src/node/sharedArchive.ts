import type { Archive } from '../core/ledger/archive.ts';
import { ArchiveFollower } from '../core/base/store.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { schedulePruning, Lease } from '../core/base/lease.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { IN_MEMORY } from './archiveFile.ts';
import { SqliteArchive } from './sqliteArchive.ts';

/** Options of `SharedArchive`. */
export interface SharedArchiveOptions {
  /** Absolute path. The folder is created when needed. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * This window's access to the archive of this machine: its rows, the lease, and notifications of
 * changes by other windows. Opens nothing before `start()`.
 */
export class SharedArchive implements Disposable {
  readonly #own = new DisposableStore();
  readonly archive: Archive;
  readonly archivePath: string;
  readonly lease: Lease;
  readonly follower: ArchiveFollower;
  /** Creates a separate, empty archive in memory. */
  readonly openMemory: () => Archive;
  /** Call after this window has stored something that it shows. */
  readonly onStored = (): void => this.follower.look();

  constructor(options: SharedArchiveOptions) {
    const { clock, log } = options;
    this.archive = this.#own.add(new SqliteArchive(options));
    this.archivePath = options.path;
    this.openMemory = () => new SqliteArchive({ ...options, path: IN_MEMORY });
    const { archive } = this;
    this.lease = this.#own.add(new Lease({ archive, clock, log, owner: crypto.randomUUID() }));
    this.follower = this.#own.add(new ArchiveFollower(archive, clock, log));
    this.#own.add(schedulePruning({ archive, lease: this.lease, clock, log }));
  }

  start(): void {
    this.lease.start();
    this.follower.start();
  }

  dispose(): void {
    this.#own.dispose();
  }
}
