import type { Disposable } from '../../src/core/base/event.ts';
import type { Clock } from '../../src/core/base/ports.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that only a test moves. Timers fire in the order in which they are due. */
export class FakeClock implements Clock {
  #now: number;
  #monotonicMs = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 9, 1, 12)) {
    this.#now = now;
  }

  /** How many callbacks are due some time: 0 after their owner was disposed. */
  get timerCount(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  /**
   * Lets `ms` pass. What a callback awaits is settled before the next one fires, as far as it
   * needs no disk or network; a timer set meanwhile fires too if it is due by then.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settled();
    for (let timer = this.#nextDueBy(endMs); timer; timer = this.#nextDueBy(endMs)) {
      this.#timers.delete(timer);
      this.#pass(timer.dueMs - this.#monotonicMs);
      timer.callback();
      await settled();
    }
    this.#pass(endMs - this.#monotonicMs);
  }

  /** Makes the wall clock jump, forward or back, as a corrected clock or a sleep does. */
  setNow(now: number): void {
    this.#now = now;
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#now += ms;
  }

  #nextDueBy(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.dueMs < next.dueMs) next = timer;
    return next && next.dueMs <= endMs ? next : undefined;
  }
}

/** Resolves when every promise that can settle without the clock has settled. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
