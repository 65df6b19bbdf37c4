import type { Disposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';

/** The machine's clock. Its timers do not keep a program alive. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, delayMs).unref();
    return { dispose: () => clearTimeout(timer) };
  }
}
