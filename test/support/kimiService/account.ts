/** The windows of a Kimi Code plan, the shortest first. */
const WINDOW_NAMES = ['fiveHour', 'week', 'month'] as const;

export type WindowName = (typeof WINDOW_NAMES)[number];

/** What is used of one window. A test may set both; above 100 percent is possible, as at Kimi. */
interface AccountWindow {
  usedPercent: number;
  /** Epoch milliseconds by the service's clock. */
  resetsAt: number;
}

/** Extra Usage. While some is left, a spent window stops nothing (docs/kimi.md 2.5). */
export interface Wallet {
  totalCents: number;
  leftCents: number;
  currency: string;
  monthlyUsedCents: number;
  /** The user's own cap; absent means that it is switched off. */
  monthlyCapCents?: number;
}

/** Limits on a rate. `Infinity` means none. */
export interface Limits {
  concurrency: number;
  requestsPerMinute: number;
  /** Counts prompt tokens plus the most that the request allows for its answer (docs/kimi.md 4.1). */
  tokensPerMinute: number;
  tokensPerDay: number;
}

/** The open platform's side: an organization with money and rate limits. */
export interface PlatformAccount {
  limits: Limits;
  voucherBalance: number;
  /** May fall below zero; the voucher never does. */
  cashBalance: number;
  /** Made up; hexadecimal like the real ones, and short, so that no secret scanner stirs. */
  organization: string;
  project: string;
  accessKey: string;
}

/** Everything the service knows about its one user. Plain and mutable: a test sets what it needs. */
export interface Account {
  /** Such as `LEVEL_INTERMEDIATE`, which is Allegretto where goods version 1 is answered. */
  level: string;
  /** What `/me` calls the plan. */
  planName: string;
  /** 1: the legacy plans. 2: the plans of September 2026, without a week (docs/kimi.md 9.1). */
  goodsVersion: 1 | 2;
  region: 'REGION_CN' | 'REGION_OVERSEA';
  windows: Record<WindowName, AccountWindow>;
  /** Which windows can stop a request: the new plans have no week (docs/kimi.md 2.3). */
  enforcedWindows: readonly WindowName[];
  /** The share of the month's percentage that coding took; the rest is Kimi's chat. */
  monthCodePercent: number;
  limits: Limits;
  wallet: Wallet | undefined;
  /** `lapsed` answers 402 to everything but `/usages`. */
  membership: 'active' | 'lapsed';
  /** True answers 403 "Access terminated." to every completion. */
  isClosed: boolean;
  platform: PlatformAccount;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Levels whose concurrency was seen live, July to September 2026 (docs/kimi.md 2.2). */
const PARALLEL_LIMITS = {
  LEVEL_BASIC: 10,
  LEVEL_INTERMEDIATE: 20,
  LEVEL_ADVANCED: 30,
} as const;

/** An Allegretto account in the middle of a working day: 84 % of 5 h, 67 % of the week, 81 % of the month left. */
export function createAccount(now: number): Account {
  return {
    level: 'LEVEL_INTERMEDIATE',
    planName: 'Allegretto',
    goodsVersion: 1,
    region: 'REGION_OVERSEA',
    windows: {
      fiveHour: { usedPercent: 16, resetsAt: now + 2 * HOUR_MS + 5.5 * MINUTE_MS },
      week: { usedPercent: 33, resetsAt: now + 4 * DAY_MS + 3 * HOUR_MS },
      month: { usedPercent: 19, resetsAt: now + 17 * DAY_MS + 6 * HOUR_MS },
    },
    enforcedWindows: WINDOW_NAMES,
    monthCodePercent: 12,
    limits: {
      concurrency: PARALLEL_LIMITS.LEVEL_INTERMEDIATE,
      requestsPerMinute: Infinity,
      tokensPerMinute: Infinity,
      tokensPerDay: Infinity,
    },
    wallet: undefined,
    membership: 'active',
    isClosed: false,
    platform: createPlatformAccount(),
  };
}

/** Tier 1 of docs/kimi.md 9.2, with the balance of the sample in section 3. */
function createPlatformAccount(): PlatformAccount {
  return {
    limits: {
      concurrency: 50,
      requestsPerMinute: 200,
      tokensPerMinute: 2_000_000,
      tokensPerDay: Infinity,
    },
    voucherBalance: 46.58,
    cashBalance: 3,
    organization: 'org-0c0ffee0',
    project: 'proj-0c0ffee1',
    accessKey: 'ak-0c0ffee2',
  };
}

/** Tier 0 of docs/kimi.md 9.2: the only tier with a TPD limit, and one request at a time. */
export const TIER_0: Limits = {
  concurrency: 1,
  requestsPerMinute: 3,
  tokensPerMinute: 500_000,
  tokensPerDay: 1_500_000,
};
