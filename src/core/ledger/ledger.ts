import type { AgentId } from '../agents/signal.ts';
import type { ValueRows } from '../base/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/time.ts';
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

/** An answer or a failure, to be added to the row of its slot. */
export interface Counted {
  /** Time: epoch milliseconds. */
  readonly at: number;
  /** The same for every copy of the record. Each key is counted once. */
  readonly key: string;
  /** `from` and `spanMs` are those of the slot of 5 minutes. */
  readonly row: LedgerRow;
}

/** What rows can be grouped by. */
export const LEDGER_GROUPINGS = ['agent', 'model', 'project', 'session', 'day'] as const;

/** One of `LEDGER_GROUPINGS`. */
export type LedgerGrouping = (typeof LEDGER_GROUPINGS)[number];

/** How long the ledger is kept, and in which detail. */
export const LEDGER_RETENTION = {
  slotMs: 5 * MINUTE_MS,
  /** Older rows are sums of an hour without the session. */
  fullDetailMs: 8 * DAY_MS,
  hourMs: HOUR_MS,
  /** The same as the history of snapshots. */
  keepMs: 90 * DAY_MS,
  /** Older records are not counted: the keys of counted ones are not kept for longer. */
  countedMs: 30 * DAY_MS,
  /** A later time was written while a clock was wrong. */
  futureMs: DAY_MS,
  /** The newest are kept: a heavy user has 70,000 (docs/ledger.md 2). */
  maxRows: 150_000,
} as const;

/** A range of slots, by their start: epoch milliseconds. */
export interface LedgerQuery {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /**
   * `coarse`: without sessions and projects, a tenth of the rows. `total`: sums of the whole time,
   * with the first slot of each. Default: every row.
   */
  readonly detail?: 'coarse' | 'total';
}

/** The ledger in the archive. */
export interface LedgerRows {
  /**
   * Stores a batch as `commitTail` does and adds to the sums what was not counted before, in one
   * transaction. Ignores what is older than `LEDGER_RETENTION.countedMs`.
   */
  addToLedger(batch: TailBatch, counted: readonly Counted[]): Promise<readonly TailedFailure[]>;
  /** Ordered by time. Rows of the last 8 days span 5 minutes, older ones 1 hour. */
  ledgerRows(query: LedgerQuery): Promise<readonly LedgerRow[]>;
}

const BACKFILL = 'ledger.backfill';

/** Whether the logs of the last 30 days are counted. */
export async function isLedgerComplete(values: ValueRows): Promise<boolean> {
  return (await values.get(BACKFILL)) !== undefined;
}

/** Notes that the logs of the last 30 days are counted. */
export async function saveLedgerComplete(values: ValueRows, now: number): Promise<void> {
  await values.set(BACKFILL, JSON.stringify(now));
}
