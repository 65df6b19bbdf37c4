import type { Clock } from '../core/ports.ts';

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
