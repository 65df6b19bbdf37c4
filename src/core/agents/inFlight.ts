import type { AgentId } from './signal.ts';

/** How many requests were open at a moment, seen from the logs of this machine. */
export interface InFlightCount {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly total: number;
  /** Only agents that have some, the busiest first. */
  readonly byAgent: readonly { readonly agent: AgentId; readonly count: number }[];
}
