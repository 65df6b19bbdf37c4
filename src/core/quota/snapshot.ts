/**
 * One answer of the quota endpoint, as plain data. What the answer did not say is absent: never 0
 * and never 100. Percentages are of the window's allowance that is *used*, clamped to 0 to 100.
 */
export interface Snapshot {
  readonly kind: 'snapshot';
  /** When the answer was read, by the local clock, in epoch milliseconds. */
  readonly at: number;
  /** Scheme and host that answered, such as `https://api.kimi.com`. */
  readonly origin: string;
  /** How far the server's clock is ahead of ours, from its `Date` header; 0 if it sent none. */
  readonly clockSkewMs: number;
  /** At most `MAX_WINDOWS`: the known ones first (5h, week, month), then others as they came. */
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
 * Money of an open-platform account (`/v1/users/me/balance`, kimi.md 3), in whole units of the
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
export interface Contradiction {
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

/** More rows than this are not shown: no plan is known to have more than four windows. */
export const MAX_WINDOWS = 8;
