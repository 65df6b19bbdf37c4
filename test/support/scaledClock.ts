import type { Disposable } from '../../src/core/base/event.ts';
import type { Clock } from '../../src/core/base/ports.ts';

/**
 * The real clock, run `speed` times as fast: the same for all processes that use the same speed,
 * so that they can wait out real limits together in a fraction of the time.
 */
export class ScaledClock implements Clock {
  readonly #speed: number;

  constructor(speed = 1) {
    this.#speed = speed;
  }

  now(): number {
    return Math.round(Date.now() * this.#speed);
  }

  monotonicMs(): number {
    return performance.now() * this.#speed;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, delayMs / this.#speed);
    return { dispose: () => clearTimeout(timer) };
  }
}
