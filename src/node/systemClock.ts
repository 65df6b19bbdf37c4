import type { Disposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';

/**
 * The machine's clock. Its timers do not keep a program alive, unless it `keepsAlive`: for a command
 * that must not end, silently and with exit code 0, while it waits on one.
 */
export class SystemClock implements Clock {
  readonly #keepsAlive: boolean;

  constructor({ keepsAlive = false } = {}) {
    this.#keepsAlive = keepsAlive;
  }

  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, delayMs);
    if (!this.#keepsAlive) timer.unref();
    return { dispose: () => clearTimeout(timer) };
  }
}
