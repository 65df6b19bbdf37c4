import type { Disposable } from './event.ts';
import { type Clock, faultName, type Log } from './ports.ts';

/** Options of a `Debounce`. */
export interface DebounceOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Runs when there was no call for this long. */
  readonly quietMs: number;
  /** The longest wait after the first call, however many calls follow. */
  readonly longestMs: number;
  readonly run: () => void;
}

/** Runs once for many calls: when they pause, or after the longest wait. */
export class Debounce implements Disposable {
  readonly #options: DebounceOptions;
  #timer: Disposable | undefined;
  #firstMs = 0;

  constructor(options: DebounceOptions) {
    this.#options = options;
  }

  ask(): void {
    const { clock, quietMs, longestMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#timer) this.#firstMs = nowMs;
    this.#timer?.dispose();
    const waitMs = Math.min(quietMs, Math.max(0, this.#firstMs + longestMs - nowMs));
    this.#timer = clock.after(waitMs, () => this.#run());
  }

  #run(): void {
    this.#timer = undefined;
    this.#options.run();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}

/**
 * For work that nobody awaits. A failure is logged in one line with the kind of the fault: VS Code
 * attributes an unhandled rejection to the extension host, which all extensions share.
 */
export function inBackground(work: PromiseLike<unknown>, log: Pick<Log, 'error'>): void {
  work.then(undefined, (fault: unknown) =>
    log.error(`A task in the background failed: ${faultName(fault)}`),
  );
}
