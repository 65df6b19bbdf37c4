import type { Archive } from '../core/incidents/archive.ts';
import { ArchiveFollower } from '../core/base/archiveFollower.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { schedulePruning, Lease } from '../core/base/lease.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { IN_MEMORY } from './archiveFile.ts';
import { SqliteArchive } from './sqliteArchive.ts';

/** Where the archive is, and what it is opened with. */
export interface SharedArchiveOptions {
  /** Absolute; the folder is made when it is needed. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The archive of this machine as one window holds it: its rows, this window's part in the lease, and
 * word of what other windows have written. Nothing is opened before `start()`.
 */
export class SharedArchive implements Disposable {
  readonly #own = new DisposableStore();
  readonly archive: Archive;
  readonly lease: Lease;
  readonly follower: ArchiveFollower;
  /** Makes an empty archive beside it, without a file. */
  readonly openMemory: () => Archive;
  /** To be called when this window has stored something that it shows itself. */
  readonly onStored = (): void => this.follower.look();

  constructor(options: SharedArchiveOptions) {
    const { clock, log } = options;
    this.archive = this.#own.add(new SqliteArchive(options));
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
