import * as z from 'zod/mini';
import { parseJson, type Shape, StoredTime } from '../base/store.ts';
import { DAY_MS, HOUR_MS } from '../base/time.ts';

/** One stored snapshot: two columns for queries, and the rest. */
export interface StoredSnapshot {
  readonly at: number;
  readonly origin: string;
  /** The other fields, without `kind`, as JSON. */
  readonly json: string;
}

/** Leaves `kind`, `at` and `origin` out of the JSON: 80 bytes less for each of thousands. */
export function storeSnapshot(snapshot: Snapshot): StoredSnapshot {
  const { kind: _kind, at, origin, ...rest } = snapshot;
  return { at, origin, json: JSON.stringify(rest) };
}

/** Undefined if another version of the extension or damage made the row unreadable. */
export function parseStoredSnapshot(row: Record<string, unknown>): Snapshot | undefined {
  const { at, origin, json } = row;
  const parsed = snapshotSchema.safeParse({
    ...Object(parseJson(json)),
    kind: 'snapshot',
    at,
    origin,
  });
  return parsed.success ? parsed.data : undefined;
}

const percent = z.number().check(z.minimum(0), z.maximum(100));

const windowSchema = z.object({
  id: z.string(),
  label: z.exactOptional(z.string()),
  usedPercent: z.exactOptional(percent),
  resetsAt: z.exactOptional(StoredTime),
  contradiction: z.exactOptional(
    z.object({ lowestUsedPercent: percent, highestUsedPercent: percent }),
  ),
  codeUsedPercent: z.exactOptional(percent),
} satisfies Shape<Snapshot['windows'][number]>);

const extraUsageSchema = z.object({
  leftCents: z.number(),
  totalCents: z.number(),
  currency: z.exactOptional(z.string()),
  monthlyCapCents: z.exactOptional(z.number()),
  monthlyUsedCents: z.exactOptional(z.number()),
} satisfies Shape<NonNullable<Snapshot['extraUsage']>>);

const balanceSchema = z.object({
  available: z.number(),
  voucher: z.exactOptional(z.number()),
  cash: z.exactOptional(z.number()),
  currency: z.exactOptional(z.string()),
} satisfies Shape<NonNullable<Snapshot['balance']>>);

const snapshotSchema = z.object({
  kind: z.literal('snapshot'),
  at: StoredTime,
  origin: z.string(),
  clockSkewMs: z.number(),
  windows: z.array(windowSchema),
  parallelLimit: z.exactOptional(z.number()),
  plan: z.exactOptional(z.string()),
  extraUsage: z.exactOptional(extraUsageSchema),
  balance: z.exactOptional(balanceSchema),
} satisfies Shape<Snapshot>);

/**
 * One response of the quota endpoint, as plain data. Missing values are absent, never 0 or 100.
 * Percentages are the *used* share of a quota, clamped to 0 to 100.
 */
export interface Snapshot {
  readonly kind: 'snapshot';
  /** Time of the response, by the local clock, in epoch milliseconds. */
  readonly at: number;
  /** The responding origin: `https://api.kimi.com`, or a relay with its path. See `sourceOf`. */
  readonly origin: string;
  /** Server clock minus local clock, from the `Date` header; 0 without one. */
  readonly clockSkewMs: number;
  /** At most `MAX_WINDOWS`: known ones first (5h, week, month), then others in response order. The
   * tightest are kept. */
  readonly windows: readonly QuotaWindow[];
  /** The plan's limit of parallel requests. */
  readonly parallelLimit?: number;
  /** The plan's name if the response's version has names, otherwise the humanized level. */
  readonly plan?: string;
  readonly extraUsage?: ExtraUsage;
  /** Open platform only: a balance instead of quotas. */
  readonly balance?: Balance;
}

/**
 * Balance of an open platform account (`/v1/users/me/balance`, docs/kimi.md 3), in whole units of the
 * currency. `available` is voucher plus cash; at or below 0, requests are rejected.
 */
export interface Balance {
  readonly available: number;
  /** Never negative. */
  readonly voucher?: number;
  /** May be negative. */
  readonly cash?: number;
  /** ISO 4217, by host: USD on moonshot.ai, CNY on moonshot.cn. */
  readonly currency?: string;
}

/** A quota for a period. `id` is stable; unknown quotas keep Kimi's label. */
export interface QuotaWindow {
  /** `5h`, `week`, `month`, or a slug of the label Kimi sent. */
  readonly id: string;
  /** Kimi's label of an unknown quota, reduced to plain characters; absent for known ones. */
  readonly label?: string;
  readonly usedPercent?: number;
  /** Epoch milliseconds, by the server's clock. */
  readonly resetsAt?: number;
  /** Two fields of this quota that differ by more than 5 points. The larger one is shown. */
  readonly contradiction?: Contradiction;
  /** The part of `usedPercent` used by coding, if the monthly quota is shared with Kimi's chat. */
  readonly codeUsedPercent?: number;
}

/** The lowest and the highest used percentage of one quota in one response. */
interface Contradiction {
  readonly lowestUsedPercent: number;
  readonly highestUsedPercent: number;
}

/** Credit bought on top of a plan ("Extra Usage"): while some is left, a used-up quota stops nothing. */
export interface ExtraUsage {
  readonly leftCents: number;
  readonly totalCents: number;
  /** ISO 4217, such as `USD`; absent if the response has none. */
  readonly currency?: string;
  /** The user's monthly spending cap, if enabled. */
  readonly monthlyCapCents?: number;
  readonly monthlyUsedCents?: number;
}

/** A response that is no quota. None of its values are kept. */
export interface Malformed {
  readonly kind: 'malformed';
  /** Problems in English, for the log and the command line. */
  readonly issues: readonly string[];
  /** Field names and types of the response without values, safe to share. */
  readonly shape?: string;
}

/**
 * How long history is kept. Every five minutes for 90 days would be 26,000 rows and 8 MB an account;
 * this is at most 4,000 rows and 1.3 MB, within the 2 MB limit of the database.
 */
export const RETENTION = {
  /** Every snapshot is kept for the longest forecast quota, the weekly one. */
  fullDetailMs: 7 * DAY_MS,
  /** Then only the last one of each hour. */
  keepMs: 90 * DAY_MS,
  thinnedSpanMs: HOUR_MS,
  /** Snapshots further in the future were stored by a wrong clock. */
  futureMs: DAY_MS,
  /** In total, for users with many accounts; the oldest are deleted. */
  maxSnapshots: 5_000,
} as const;

/** Most quotas shown: no known plan has more than four. */
export const MAX_WINDOWS = 8;

/** The history of snapshots. */
export interface SnapshotRows {
  appendSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest readable snapshot of each origin, ordered by origin. */
  readLatest(): Promise<readonly Snapshot[]>;
  /** Oldest first. Invalid rows are skipped. */
  readHistory(query: HistoryQuery): Promise<readonly Snapshot[]>;
}

/** A part of the history. */
export interface HistoryQuery {
  readonly origin: string;
  /** Epoch milliseconds, inclusive. Default: everything. */
  readonly since?: number;
}
