import type { Clock } from '../core/base/ports.ts';

/**
 * Gives the event loop a turn: for other work of this window, and for other windows at the
 * database.
 */
export function pause(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Items in parallel. Node works on four, and the others wait ready. */
const BATCH = 32;

/** Works on all items, some in parallel. Rejects with the first rejection. */
export async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < items.length; i += BATCH)
    await Promise.all(items.slice(i, i + BATCH).map(work));
}

/** Runs at most `count` pieces of work in parallel. */
export function limitTo(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let left = count;
  return async work => {
    if (left === 0) await new Promise<void>(resolve => waiting.push(resolve));
    else left--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else left++;
    }
  };
}

/**
 * Longest work in one piece. With the longest single step, it stays far below the limit of 50 ms.
 */
const SLICE_MS = 4;

/** Gives the event loop turns between pieces of work. */
export interface WorkSlice {
  /** True: call `rest`. Cheap enough to check after every record. */
  isOver(): boolean;
  /** Resolves after a turn of the event loop; starts the next piece. */
  rest(): Promise<void>;
}

/** Creates a slice for pieces of a few milliseconds. */
export function createWorkSlice(clock: Pick<Clock, 'monotonicMs'>): WorkSlice {
  let startedMs = clock.monotonicMs();
  return {
    isOver: () => clock.monotonicMs() - startedMs >= SLICE_MS,
    rest: async () => {
      await new Promise(resolve => setImmediate(resolve));
      startedMs = clock.monotonicMs();
    },
  };
}

/**
 * Gives turns, one at a time. Urgent items come first, but every second turn is for the others, in
 * order of arrival.
 */
export class TurnQueue<T> {
  /** Resolves to true to get another turn after the others. Never rejects. */
  readonly #takeTurn: (item: T) => Promise<boolean>;
  readonly #urgent = new Set<T>();
  readonly #others = new Set<T>();
  #running: Promise<void> | undefined;
  #current: T | undefined;
  #isUrgentNext = true;

  constructor(takeTurn: (item: T) => Promise<boolean>) {
    this.#takeTurn = takeTurn;
  }

  /** True: the item waits for a turn or has one now. */
  has(item: T): boolean {
    return this.#current === item || this.#urgent.has(item) || this.#others.has(item);
  }

  /**
   * Adds an item for one turn. No effect if it waits already; during its turn, it gets another one.
   */
  add(item: T, isUrgent: boolean): void {
    if (isUrgent) this.#others.delete(item);
    if (!this.#urgent.has(item)) (isUrgent ? this.#urgent : this.#others).add(item);
    this.#running ??= this.#run();
  }

  delete(item: T): void {
    this.#urgent.delete(item);
    this.#others.delete(item);
  }

  clear(): void {
    this.#urgent.clear();
    this.#others.clear();
  }

  /** Resolves when no item has a turn or waits for one. */
  async whenIdle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // Collects all items of the same synchronous call before it chooses the first.
    await Promise.resolve();
    for (let item = this.#next(); item !== undefined; item = this.#next()) {
      this.#current = item;
      const wantsMore = await this.#takeTurn(item);
      this.#current = undefined;
      if (wantsMore) this.add(item, false);
    }
    this.#running = undefined;
  }

  #next(): T | undefined {
    const [first, second] = this.#isUrgentNext
      ? [this.#urgent, this.#others]
      : [this.#others, this.#urgent];
    this.#isUrgentNext = !this.#isUrgentNext;
    const [item] = first.size > 0 ? first : second;
    if (item !== undefined) this.delete(item);
    return item;
  }
}
