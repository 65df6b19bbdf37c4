import type { Clock } from '../core/base/ports.ts';

/** Lets the event loop go round: others have the database, and this window's other work its turn. */
export function pause(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** So many at a time: the system works on four, and the rest waits ready. */
const BATCH = 32;

/** Works on all items, some of them together. Rejects as soon as the work on one does. */
export async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < items.length; i += BATCH)
    await Promise.all(items.slice(i, i + BATCH).map(work));
}

/** Does pieces of work, at most so many of them at a time. */
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

/** So long we work in one piece: with the longest single step, far from the 50 ms of the limit. */
const SLICE_MS = 4;

/** Lets the event loop go round between pieces of work. */
export interface WorkSlice {
  /** True: it is others' turn. Cheap enough to be asked after every record. */
  isOver(): boolean;
  /** Resolves when others have had their turn; begins the next piece. */
  rest(): Promise<void>;
}

/** Pieces of a few milliseconds. */
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
 * Gives turns, one at a time. Those to whom something has just happened come first, but every
 * second turn is for the others, in the order in which they came.
 */
export class TurnQueue<T> {
  /** Resolves to true: it wants another turn after the others have had theirs. Never rejects. */
  readonly #takeTurn: (item: T) => Promise<boolean>;
  readonly #urgent = new Set<T>();
  readonly #others = new Set<T>();
  #running: Promise<void> | undefined;
  #current: T | undefined;
  #isUrgentNext = true;

  constructor(takeTurn: (item: T) => Promise<boolean>) {
    this.#takeTurn = takeTurn;
  }

  /** True: it will have a turn, or has it just now. */
  has(item: T): boolean {
    return this.#current === item || this.#urgent.has(item) || this.#others.has(item);
  }

  /** Once only, however often it is added before its turn; added during its turn, it has another. */
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

  /** Resolves when nobody has a turn or waits for one. */
  async whenIdle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // What is added in the same breath is there when the first is chosen.
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
