import * as z from 'zod/mini';
import { parseJson, type Shape, StoredTime } from '../base/store.ts';
import { DAY_MS, HOUR_MS } from '../base/time.ts';

/** What an archive keeps of one snapshot: two columns to ask for, and the rest. */
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

/** Undefined: another version of the extension, or damage, wrote what this one cannot read. */
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
 * One answer of the quota endpoint, as plain data. What the answer did not say is absent: never 0
 * and never 100. Percentages are of the window's allowance that is *used*, clamped to 0 to 100.
 */
export interface Snapshot {
  readonly kind: 'snapshot';
  /** When the answer was read, by the local clock, in epoch milliseconds. */
  readonly at: number;
  /** Who answered: `https://api.kimi.com`, or a relay with its path. See `sourceOf`. */
  readonly origin: string;
  /** How far the server's clock is ahead of ours, from its `Date` header; 0 if it sent none. */
  readonly clockSkewMs: number;
  /** At most `MAX_WINDOWS`: the known ones first (5h, week, month), then others as they came. Of more
   * those that bind are kept. */
  readonly windows: readonly QuotaWindow[];
  /** How many requests the plan allows at the same time. */
  readonly parallelLimit?: number;
  /** The plan's name where the answer's version allows one, else the humanised level. */
  readonly plan?: string;
  readonly extraUsage?: ExtraUsage;
  /** Open platform only: there is money instead of windows. */
  readonly balance?: Balance;
}

/**
 * Money of an open-platform account (`/v1/users/me/balance`, docs/kimi.md 3), in whole units of the
 * currency. `available` is voucher and cash together; at or below 0 requests are refused.
 */
export interface Balance {
  readonly available: number;
  /** Never negative. */
  readonly voucher?: number;
  /** May be negative. */
  readonly cash?: number;
  /** ISO 4217, known by the host: USD on moonshot.ai, CNY on moonshot.cn. */
  readonly currency?: string;
}

/** A span of time with an allowance. `id` is stable; unknown windows keep Kimi's own label. */
export interface QuotaWindow {
  /** `5h`, `week`, `month`, or a slug of the label Kimi sent. */
  readonly id: string;
  /** Kimi's own words for an unknown window, reduced to plain characters; absent for known ones. */
  readonly label?: string;
  readonly usedPercent?: number;
  /** Epoch milliseconds, by the server's clock. */
  readonly resetsAt?: number;
  /** Two fields for this one window that are more than 5 points apart. The larger one is shown. */
  readonly contradiction?: Contradiction;
  /** The share of `usedPercent` that coding took, where the month is shared with Kimi's chat. */
  readonly codeUsedPercent?: number;
}

/** The lowest and the highest used percentage that fields of one answer gave for one window. */
interface Contradiction {
  readonly lowestUsedPercent: number;
  readonly highestUsedPercent: number;
}

/** Money bought on top of a plan ("Extra Usage"): while some is left, a spent window stops nothing. */
export interface ExtraUsage {
  readonly leftCents: number;
  readonly totalCents: number;
  /** ISO 4217, such as `USD`; absent where the answer did not name it. */
  readonly currency?: string;
  /** The user's own cap on spending per month, where it is switched on. */
  readonly monthlyCapCents?: number;
  readonly monthlyUsedCents?: number;
}

/** An answer that could not be read as a quota. Nothing of its values is kept. */
export interface Malformed {
  readonly kind: 'malformed';
  /** What was wrong, for the log and the command line, in English. */
  readonly issues: readonly string[];
  /** Field names and types of the answer without any value, safe to copy into a report. */
  readonly shape?: string;
}

/**
 * How long history is kept. Every five minutes for 90 days would be 26,000 rows and 8 MB an account;
 * this is at most 4,000 rows and 1.3 MB, within the 2 MB that the database may have.
 */
export const RETENTION = {
  /** Every snapshot: as long as the longest window whose pace is forecast, the week. */
  fullDetailMs: 7 * DAY_MS,
  /** After that the last one of each hour, until it is dropped. */
  keepMs: 90 * DAY_MS,
  thinnedSpanMs: HOUR_MS,
  /** Snapshots from further ahead were read while the clock was wrong. */
  futureMs: DAY_MS,
  /** In all, for somebody with many accounts; the oldest go. */
  maxSnapshots: 5_000,
} as const;

/** More rows than this are not shown: no plan is known to have more than four windows. */
export const MAX_WINDOWS = 8;

/** The history of answers. */
export interface SnapshotRows {
  appendSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest readable snapshot of each origin, ordered by origin. */
  readLatest(): Promise<readonly Snapshot[]>;
  /** Oldest first. Rows that do not validate are left out. */
  readHistory(query: HistoryQuery): Promise<readonly Snapshot[]>;
}

/** Which part of the history. */
export interface HistoryQuery {
  readonly origin: string;
  /** Epoch milliseconds, inclusive; default: all that is kept. */
  readonly since?: number;
}
