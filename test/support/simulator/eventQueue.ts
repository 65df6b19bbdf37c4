/** What is still to happen, in the order of its time; of equal times, in the order it was added. */
export class EventQueue {
  #events: { readonly at: number; readonly run: () => void }[] = [];
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): void {
    const at = Math.max(this.#now, Math.round(time));
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { at, run });
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#now + delayMs, run);
  }

  /** Lets everything happen that is due until then. */
  runUntil(end: number): void {
    for (let next = this.#events[0]; next && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}
