import { type Disposable, Emitter, MutableDisposable } from './event.ts';
import { type Clock, faultName, type Log } from './ports.ts';
import type { ChangeCount } from './store.ts';

/** Every window shows a change within 2 s; one check takes about 30 µs. */
export const FOLLOW_MS = 1_500;

/**
 * Reports when any window, this one included, stores something, so that each window shows what
 * another one read. Checks start with `start()`.
 */
export class ArchiveFollower implements Disposable {
  readonly #archive: ChangeCount;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timer = new MutableDisposable();
  #isStarted = false;
  #isDisposed = false;
  #lastCount: number | undefined;
  readonly #changeEmitter = new Emitter<void>();

  /** Fires once for any number of changes since the last check; not for the initial content. */
  readonly onDidChange = this.#changeEmitter.event;

  constructor(archive: ChangeCount, clock: Clock, log: Log) {
    this.#archive = archive;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.look();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
    this.#changeEmitter.dispose();
  }

  /** Checks now: this window has just stored something. */
  look(): void {
    if (this.#isStarted && !this.#isDisposed) void this.#look();
  }

  async #look(): Promise<void> {
    this.#timer.value = undefined;
    try {
      const count = await this.#archive.readChangeCount();
      const isFirst = this.#lastCount === undefined;
      // Not "greater": a new file that replaces a damaged one starts at 0.
      const isChanged = count !== this.#lastCount;
      this.#lastCount = count;
      if (isChanged && !isFirst && !this.#isDisposed) this.#changeEmitter.fire();
    } catch (error) {
      this.#log.error(`The archive could not be followed: ${faultName(error)}`);
    }
    this.#timer.value = this.#clock.after(FOLLOW_MS, () => void this.#look());
  }
}
