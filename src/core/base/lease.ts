import { type Disposable, Emitter, MutableDisposable } from './event.ts';
import { type Clock, faultName, type Log } from './ports.ts';
import type { LeaseRows } from './store.ts';

/** Hourly, like the thinning of the history; takes 5 ms. */
export const PRUNE_EVERY_MS = 3_600_000;

/** The first run waits until the window has started. */
const FIRST_PRUNE_MS = 60_000;

/** Prunes the archive periodically in the window that holds the lease, until disposed. */
export function schedulePruning(options: {
  readonly archive: { prune(now: number): Promise<void> };
  readonly lease: Pick<Lease, 'isHeld'>;
  readonly clock: Clock;
  readonly log: Log;
}): Disposable {
  const { archive, lease, clock, log } = options;
  const timer = new MutableDisposable();
  const prune = async (): Promise<void> => {
    try {
      if (lease.isHeld) await archive.prune(clock.now());
    } catch (error) {
      log.error(`The archive could not be pruned: ${faultName(error)}`);
    }
    timer.value = clock.after(PRUNE_EVERY_MS, () => void prune());
  };
  timer.value = clock.after(FIRST_PRUNE_MS, () => void prune());
  return timer;
}

/**
 * How often the holder renews the lease: 6,000 small writes a day, without a flush of their own.
 */
export const HEARTBEAT_MS = 15_000;

/** How often the other windows try, which costs a read and no write. */
export const TRY_MS = 1_500;

/**
 * Lifetime of a lease: the heartbeat of a busy editor may be 7 s late, and after a kill another
 * window takes the lease within two heartbeats (24 s + 1.5 s).
 */
export const LEASE_MS = 24_000;

/** Options of a `Lease`. */
export interface LeaseOptions {
  readonly archive: LeaseRows;
  readonly clock: Clock;
  readonly log: Log;
  /** A random id of this window. */
  readonly owner: string;
}

/**
 * This window's claim to the machine's only lease: the holder polls and tails for all windows.
 * Tries from `start()` on, and releases the lease when disposed. After sleep or a clock jump two
 * windows may briefly both hold it; `claimRead` lets only one of them read.
 */
export class Lease implements Disposable {
  readonly #options: LeaseOptions;
  readonly #timer = new MutableDisposable();
  #isStarted = false;
  #isDisposed = false;
  #wasHeld = false;
  #renewedAt = 0;
  readonly #changeEmitter = new Emitter<boolean>();

  /** Fires when this window takes (true) or loses (false) the lease. */
  readonly onDidChange = this.#changeEmitter.event;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** By the current clock: false as soon as the machine wakes, before the next try notices. */
  get isHeld(): boolean {
    const ageMs = this.#options.clock.now() - this.#renewedAt;
    return this.#wasHeld && ageMs >= 0 && ageMs <= LEASE_MS;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.#beat();
  }

  /**
   * Claims a background read of `subject`: true for one window per `minGapMs`, and only while it
   * holds the lease. The caller then reads immediately.
   */
  claimRead(subject: string, minGapMs: number): Promise<boolean> {
    const { archive, clock, owner } = this.#options;
    return archive.claimRead({ subject, now: clock.now(), minGapMs, owner });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#timer.dispose();
    this.#changeEmitter.dispose();
    // Also when this window doesn't know yet: a try in progress may have taken the lease.
    if (this.#isStarted) void this.#options.archive.releaseLease(this.#options.owner);
    this.#wasHeld = false;
  }

  async #beat(): Promise<void> {
    try {
      if (!this.#isFresh()) await this.#take();
    } catch (error) {
      this.#options.log.error(`The lease could not be requested: ${faultName(error)}`);
    }
    this.#timer.value = this.#options.clock.after(TRY_MS, () => void this.#beat());
  }

  /** Held, and renewed less than a heartbeat ago by a clock that has not jumped back. */
  #isFresh(): boolean {
    const ageMs = this.#options.clock.now() - this.#renewedAt;
    return this.#wasHeld && ageMs >= 0 && ageMs < HEARTBEAT_MS;
  }

  async #take(): Promise<void> {
    const { archive, clock, owner } = this.#options;
    const now = clock.now();
    const isHeld = await archive.takeLease({ owner, now, leaseMs: LEASE_MS });
    if (this.#isDisposed) return;
    this.#renewedAt = now;
    if (isHeld === this.#wasHeld) return;
    this.#wasHeld = isHeld;
    this.#changeEmitter.fire(isHeld);
  }
}
