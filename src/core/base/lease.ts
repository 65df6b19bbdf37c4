import { type Disposable, Emitter, MutableDisposable } from './event.ts';
import { type Clock, faultName, type Log } from './ports.ts';
import type { LeaseRows } from './store.ts';

/** Hourly, as history is thinned to hours; it takes 5 ms. */
export const PRUNE_EVERY_MS = 3_600_000;

/** The first one after the window has found its feet. */
const FIRST_PRUNE_MS = 60_000;

/** Drops what is past its bounds, in the window that holds the lease, until it is disposed. */
export function keepPruned(options: {
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

/** The holder renews the lease so often: 6,000 small writes a day, and none is flushed by itself. */
export const HEARTBEAT_MS = 15_000;

/** The others try so often, which costs them a look and no write. */
export const TRY_MS = 1_500;

/**
 * So long a lease lasts: a busy editor may be 7 s late with its heartbeat, and after a kill
 * another window has the lease within two heartbeats (24 s + 1.5 s).
 */
export const LEASE_MS = 24_000;

/** What a `Lease` is made of. */
export interface LeaseOptions {
  readonly archive: LeaseRows;
  readonly clock: Clock;
  readonly log: Log;
  /** A random id of this window. */
  readonly owner: string;
}

/**
 * This window's part in the machine's one lease: whoever holds it polls and tails, for all. Tries
 * from `start()` on, and gives the lease back when disposed. Two windows may believe for a moment
 * that they hold it, after a sleep or a jump of the clock; `claimRead` lets only one of them read.
 */
export class Lease implements Disposable {
  readonly #options: LeaseOptions;
  readonly #timer = new MutableDisposable();
  #isStarted = false;
  #isDisposed = false;
  #wasHeld = false;
  #renewedAt = 0;
  readonly #changeEmitter = new Emitter<boolean>();

  /** Fires when the lease was taken (true) or lost (false). */
  readonly onDidChange = this.#changeEmitter.event;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** By the clock of now: false already when a machine wakes, before the next try finds out. */
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
   * Asks to read `subject` in the background: true for one window per `minGapMs`, and only while
   * it holds the lease. The caller reads at once.
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
    // Even if we do not know of it yet: the try that is under way may have taken it.
    if (this.#isStarted) void this.#options.archive.releaseLease(this.#options.owner);
    this.#wasHeld = false;
  }

  async #beat(): Promise<void> {
    try {
      if (!this.#isFresh()) await this.#take();
    } catch (error) {
      this.#options.log.error(`The lease could not be asked for: ${faultName(error)}`);
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
