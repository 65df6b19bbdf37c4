import type { AgentId } from '../agents/signal.ts';

/** What used one window, as far as the logs of this machine show (docs/ledger.md 3). */
export interface WindowUse {
  readonly origin: string;
  readonly windowId: string;
  /** The window's beginning, and the reading it is about: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percentage points. */
  readonly used: number;
  /** The largest first. */
  readonly agents: readonly AgentUse[];
  /** Tokens of this machine, by the usual proportions of prices: to compare machines. */
  readonly cost?: number;
  /** Points that other machines of the account used, by their reports; the largest first. */
  readonly machines?: readonly MachinePoints[];
  readonly unexplained?: { readonly points: number; readonly from: number; readonly to: number };
}

/** What another machine of the account used of a window. */
export interface MachinePoints {
  readonly machine: string;
  /** Percentage points. */
  readonly points: number;
}

/** What one agent used. */
export interface AgentUse {
  readonly agent: AgentId;
  /** Of what this machine used: 0 to 100. */
  readonly sharePercent: number;
  /** Points of the window, with a range; absent while prices are unknown. */
  readonly points?: { readonly points: number; readonly low: number; readonly high: number };
}

/** Key of the value that `saveWindowUses` stores. */
export const USES_KEY = 'windowUses';
