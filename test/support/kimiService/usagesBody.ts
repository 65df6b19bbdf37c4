import type { Account, Wallet, WindowName } from './account.ts';
import type { ServiceState } from './serviceState.ts';

/** The forms in which `/usages` has been seen to answer (docs/kimi.md 2.2 to 2.4 and 2.6). */
export type UsagesShape = 'A' | 'B' | 'C' | 'array';

/** A shape, and the ways in which real answers of that shape differ. */
export interface ShapedUsages {
  readonly shape: UsagesShape;
  /** Which windows to name, where the shape has a place for them. Default: as captured. */
  readonly windows?: readonly WindowName[];
  /** Shape C: whether the ratios of the counted windows are 0 whatever the counts say. Default true. */
  readonly hasLyingZeros?: boolean;
  /** Digits after the second in `resetTime`. Default 6. */
  readonly fractionDigits?: 0 | 6 | 9;
  /** Which counts stand next to `limit`; a zero is always left out. Default both. */
  readonly counts?: 'both' | 'used' | 'remaining' | 'none';
  /** Decimal strings as captured, or JSON numbers. */
  readonly numbers?: 'strings' | 'numbers';
}

/** A live answer takes its numbers from here. */
export interface UsagesSource {
  readonly account: Account;
  /** One id for each request in flight. */
  readonly inFlight: readonly string[];
}

/** What a running service has to say about its account. */
export function usagesSource({ account, kimiCode }: ServiceState): UsagesSource {
  return { account, inFlight: [...kimiCode.running] };
}

type Json = Record<string, unknown>;

const CAPTURED_WINDOWS: Record<UsagesShape, readonly WindowName[]> = {
  A: ['fiveHour', 'week'],
  B: ['fiveHour', 'month'],
  C: ['fiveHour', 'week'],
  array: ['fiveHour', 'week'],
};

const RATIO_KEYS: Record<WindowName, string> = {
  fiveHour: 'limit_5h',
  week: 'limit_7d',
  month: 'limit_month_total',
};

const FIVE_HOURS = { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' };

/** The body of an answer in the given shape, with the account's numbers. */
export function usagesBody(source: UsagesSource, shaped: ShapedUsages): Json {
  const windows = shaped.windows ?? CAPTURED_WINDOWS[shaped.shape];
  return BODIES[shaped.shape](source, { ...shaped, windows });
}

type Ask = ShapedUsages & { readonly windows: readonly WindowName[] };

const BODIES: Record<UsagesShape, (source: UsagesSource, ask: Ask) => Json> = {
  A: ({ account, inFlight }, ask) => ({
    user: {
      userId: 'stand-in-user',
      region: account.region,
      membership: { level: account.level },
      businessId: '',
    },
    ...counted(account, ask),
    parallel: { limit: String(account.limits.concurrency), ...listed('details', inFlight) },
    totalQuota: {},
    authentication: { method: 'METHOD_API_KEY', scope: 'FEATURE_CODING' },
    subType: 'TYPE_PURCHASE',
    domain: 'DOMAIN_NEXUS',
    ...(account.wallet && { boosterWallet: walletBody(account.wallet) }),
    version: 'GOODS_VERSION_V1',
  }),
  B: ({ account }, ask) => ({
    ...counted(account, { ...ask, windows: ask.windows.filter(name => name === 'fiveHour') }),
    usages: ratios(account, ask.windows),
    goods_version: 2,
    booster_wallet: account.wallet ? snakeCased(walletBody(account.wallet)) : {},
  }),
  C: (source, ask) => ({
    ...BODIES.A(source, ask),
    usages:
      ask.hasLyingZeros === false
        ? ratios(source.account, ask.windows)
        : zeroed(ratios(source.account, ask.windows)),
  }),
  array: ({ account }, ask) => {
    const { usage, limits } = counted(account, ask);
    return { usages: [{ scope: 'FEATURE_CODING', detail: usage, limits }] };
  },
};

/** Shape A's part: the week in `usage`, the five hours in `limits`; a month has no place there. */
function counted(account: Account, ask: Ask): Json {
  const detail = (name: WindowName): Json => ({
    ...counts(account.windows[name].usedPercent, ask),
    resetTime: timestamp(account.windows[name].resetsAt, ask.fractionDigits ?? 6),
  });
  return {
    ...(ask.windows.includes('week') && { usage: detail('week') }),
    ...(ask.windows.includes('fiveHour') && {
      limits: [{ window: FIVE_HOURS, detail: detail('fiveHour') }],
    }),
  };
}

/** Counts of 100, which are percentages since February 2026. proto3 leaves a zero out. */
function counts(usedPercent: number, ask: Ask): Json {
  const used = Math.round(usedPercent);
  const remaining = Math.max(0, 100 - used);
  const which = ask.counts ?? 'both';
  const write = (count: number): unknown => (ask.numbers === 'numbers' ? count : String(count));
  return {
    limit: write(100),
    ...(used > 0 && (which === 'both' || which === 'used') && { used: write(used) }),
    ...(remaining > 0 &&
      (which === 'both' || which === 'remaining') && { remaining: write(remaining) }),
  };
}

function ratios(account: Account, windows: readonly WindowName[]): Json {
  const entry = (usedPercent: number, resetsAt: number): Json => ({
    used_ratio: Math.round(usedPercent * 100) / 10_000,
    reset_time: timestamp(resetsAt, 0),
  });
  const { month } = account.windows;
  const entries = windows.map(name => {
    const { usedPercent, resetsAt } = account.windows[name];
    return [RATIO_KEYS[name], entry(usedPercent, resetsAt)];
  });
  const code = entry(account.monthCodePercent, month.resetsAt);
  return {
    ...Object.fromEntries(entries),
    ...(windows.includes('month') && { limit_month_code: code }),
  };
}

/** kimi-code #3908: the ratios of accounts that have counts stay at 0. */
function zeroed(entries: Json): Json {
  const zero = ([key, value]: [string, unknown]): [string, unknown] => [
    key,
    { ...(value as Json), used_ratio: 0 },
  ];
  return Object.fromEntries(Object.entries(entries).map(zero));
}

function walletBody(wallet: Wallet): Json {
  const money = (cents: number): Json => ({
    currency: wallet.currency,
    priceInCents: String(Math.round(cents)),
  });
  return {
    balance: {
      type: 'BOOSTER',
      amount: fixedPoint(wallet.totalCents),
      // A missing `amountLeft` is 0: the wallet is empty.
      ...(wallet.leftCents > 0 && { amountLeft: fixedPoint(wallet.leftCents) }),
      unit: 'UNIT_CURRENCY',
    },
    ...(wallet.monthlyCapCents !== undefined && {
      monthlyChargeLimitEnabled: true,
      monthlyChargeLimit: money(wallet.monthlyCapCents),
    }),
    monthlyUsed: wallet.monthlyUsedCents > 0 ? money(wallet.monthlyUsedCents) : {},
  };
}

/** Millionths of a cent, which is how the wallet writes money. */
function fixedPoint(cents: number): string {
  return String(Math.round(cents * 1_000_000));
}

function listed(key: string, ids: readonly string[]): Json {
  return ids.length > 0 ? { [key]: ids } : {};
}

/** RFC 3339 in UTC. The digits below a millisecond are made up, as a nanosecond clock would show some. */
function timestamp(epochMs: number, fractionDigits: 0 | 6 | 9): string {
  const [seconds, fraction] = new Date(epochMs).toISOString().slice(0, -1).split('.');
  return fractionDigits === 0
    ? `${seconds}Z`
    : `${seconds}.${fraction}${'248979'.slice(0, fractionDigits - 3)}Z`;
}

function snakeCased(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const rename = ([key, inner]: [string, unknown]): [string, unknown] => [
    key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
    snakeCased(inner),
  ];
  return Object.fromEntries(Object.entries(value).map(rename));
}
