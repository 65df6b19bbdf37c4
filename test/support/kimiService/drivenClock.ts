/** The service's time, as a test sees it. Epoch milliseconds. */
export interface ServiceClock {
  now(): number;
  /** Moves time on by `ms`; what falls due on the way happens, in order, before this returns. */
  advance(ms: number): void;
  /** Moves time to `ms` and stops it there: from then on only `advance` and `set` move it. */
  set(ms: number): void;
}

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** The longest delay `setTimeout` takes; a later timer is armed again on waking. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A clock that follows real time, or stays at `startAt` until a test drives it. */
export class DrivenClock implements ServiceClock {
  #base: number;
  /** The monotonic reading that belongs to `#base`; absent while the clock is stopped. */
  #anchorMs: number | undefined;
  #timers: Timer[] = [];
  #wakeUp: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(startAt?: number) {
    this.#base = startAt ?? Date.now();
    this.#anchorMs = startAt === undefined ? performance.now() : undefined;
  }

  now(): number {
    if (this.#anchorMs === undefined) return this.#base;
    return Math.floor(this.#base + performance.now() - this.#anchorMs);
  }

  advance(ms: number): void {
    this.#moveTo(this.now() + ms);
  }

  set(ms: number): void {
    this.#base = this.now();
    this.#anchorMs = undefined;
    this.#moveTo(ms);
  }

  /** Calls back once when `delayMs` have passed on this clock; immediately if it is 0. */
  after(delayMs: number, callback: () => void): void {
    if (this.#isDisposed) return;
    if (delayMs <= 0) return callback();
    this.#timers.push({ dueAt: this.now() + delayMs, callback });
    this.#timers.sort((a, b) => a.dueAt - b.dueAt);
    this.#arm();
  }

  /** Drops every timer; later ones are never called. */
  dispose(): void {
    this.#isDisposed = true;
    this.#timers = [];
    clearTimeout(this.#wakeUp);
  }

  #moveTo(target: number): void {
    // Time stops at each timer on the way, so that a callback which asks for the time, or sets the
    // next timer of a chain, sees the moment it was due.
    for (let next = this.#takeDue(target); next; next = this.#takeDue(target)) {
      this.#rebase(Math.max(next.dueAt, this.now()));
      next.callback();
    }
    this.#rebase(target);
    this.#arm();
  }

  #rebase(now: number): void {
    this.#base = now;
    if (this.#anchorMs !== undefined) this.#anchorMs = performance.now();
  }

  #takeDue(target: number): Timer | undefined {
    const [first] = this.#timers;
    return first && first.dueAt <= target ? this.#timers.shift() : undefined;
  }

  #arm(): void {
    clearTimeout(this.#wakeUp);
    const [first] = this.#timers;
    if (this.#anchorMs === undefined || !first) return;
    const delayMs = Math.min(Math.max(first.dueAt - this.now(), 0), MAX_DELAY_MS);
    this.#wakeUp = setTimeout(() => this.#wake(), delayMs);
  }

  #wake(): void {
    for (let next = this.#takeDue(this.now()); next; next = this.#takeDue(this.now()))
      next.callback();
    this.#arm();
  }
}
