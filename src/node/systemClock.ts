import type { Disposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';

/**
 * The machine's clock. `keepsAlive`: its timers keep the process alive. Default: no, for the
 * editor's extension host.
 */
export class SystemClock implements Clock {
  readonly #keepsAlive: boolean;

  constructor({ keepsAlive = false }: { readonly keepsAlive?: boolean } = {}) {
    this.#keepsAlive = keepsAlive;
  }

  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    // Not `performance`, which Node loads on its first use.
    return Number(process.hrtime.bigint()) / 1e6;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, delayMs);
    if (!this.#keepsAlive) timer.unref();
    return { dispose: () => clearTimeout(timer) };
  }
}
