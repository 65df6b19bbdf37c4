import type { AgentId } from '../agents/signal.ts';
import type { TailBatch, TailedFailure } from '../agents/tail.ts';

/** Tokens by class. The classes don't overlap; reasoning counts as output. */
export interface TokenCounts {
  /** Input that was neither read from a cache nor written to one. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** What one agent used in one slot of time (docs/ledger.md 1). */
export interface LedgerRow {
  /** Start of the slot: epoch milliseconds. */
  readonly from: number;
  /** Length of the slot: 5 minutes, or 1 hour for older rows. */
  readonly spanMs: number;
  /**
   * `kimi-code`, `open-platform` with its region where it is known (`open-platform moonshot.cn`), or
   * `other`. Absent: unknown.
   */
  readonly account?: string;
  readonly agent: AgentId;
  /** Absent in rows of one hour. */
  readonly session?: string;
  readonly isSubagent: boolean;
  readonly model?: string;
  /** The last part of the working folder's path. */
  readonly project?: string;
  readonly answers: number;
  /** Failed attempts, as logged. */
  readonly failures: number;
  /** Failed attempts after which the agent tried again. */
  readonly retries: number;
  readonly tokens: TokenCounts;
}

/** A range of slots, by their start: epoch milliseconds. */
export interface LedgerQuery {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** The ledger in the archive. */
export interface LedgerRows {
  /**
   * Stores a batch as `commitTail` does, and adds these rows to the sums, in one transaction.
   */
  addToLedger(batch: TailBatch, rows: readonly LedgerRow[]): Promise<readonly TailedFailure[]>;
  /** Ordered by time. Rows of the last 8 days span 5 minutes, older ones 1 hour. */
  ledgerRows(query: LedgerQuery): Promise<readonly LedgerRow[]>;
}
