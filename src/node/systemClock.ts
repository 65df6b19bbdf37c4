import type { Disposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';

/** The machine's clock. Its timers keep a program alive only if `keepsAlive`: not an editor's host. */
export class SystemClock implements Clock {
  readonly #keepsAlive: boolean;

  constructor({ keepsAlive = false }: { readonly keepsAlive?: boolean } = {}) {
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
