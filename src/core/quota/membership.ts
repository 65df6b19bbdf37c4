import type { ExtraUsage, Snapshot } from './snapshot.ts';
import type { UsagesPayload, WalletPayload } from './usagesPayload.ts';

/** Names that hold for goods version 1 only (kimi.md 2.2); the plans of Sept 2026 have others. */
const PLAN_NAMES: Readonly<Record<string, string>> = {
  LEVEL_FREE: 'Adagio',
  LEVEL_TRIAL: 'Andante',
  LEVEL_BASIC: 'Moderato',
  LEVEL_INTERMEDIATE: 'Allegretto',
  LEVEL_ADVANCED: 'Allegro',
};

/** The plan's name, the humanised level where the version knows no names, or undefined. */
export function readPlan({ user, version, goodsVersion }: UsagesPayload): string | undefined {
  const level = user?.membership?.level;
  if (level === undefined || !/^LEVEL_[A-Z_]{1,30}$/.test(level)) return undefined;
  if (level === 'LEVEL_UNSPECIFIED') return undefined;
  const isVersion1 = [version, goodsVersion].every(
    value => value === undefined || value === 'GOODS_VERSION_V1' || String(value) === '1',
  );
  return (isVersion1 ? PLAN_NAMES[level] : undefined) ?? humanise(level);
}

/** Whether an answer names its plan by Kimi's own name, and not only by its level. */
export function hasPlanName({ plan }: Pick<Snapshot, 'plan'>): boolean {
  return plan !== undefined && Object.values(PLAN_NAMES).includes(plan);
}

/** `LEVEL_SUPER_PLUS` to "Super plus". */
function humanise(level: string): string {
  const words = level.replace('LEVEL_', '').replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Kimi counts the wallet in millionths of a cent (kimi.md 2.5). */
const MICRO = 1e6;

/** The wallet, or undefined where Extra Usage was not bought. A missing `amountLeft` is 0. */
export function readExtraUsage(wallet: WalletPayload | undefined): ExtraUsage | undefined {
  if (!wallet || wallet.balance.amount <= 0) return undefined;
  const { balance, monthlyChargeLimit, monthlyUsed, monthlyChargeLimitEnabled } = wallet;
  const currency = monthlyChargeLimit?.currency ?? monthlyUsed?.currency;
  const capCents = monthlyChargeLimitEnabled ? monthlyChargeLimit?.priceInCents : undefined;
  return {
    leftCents: (balance.amountLeft ?? 0) / MICRO,
    totalCents: balance.amount / MICRO,
    ...(currency === undefined ? {} : { currency }),
    ...(capCents === undefined ? {} : { monthlyCapCents: capCents }),
    ...(capCents === undefined ? {} : { monthlyUsedCents: monthlyUsed?.priceInCents ?? 0 }),
  };
}

/** Whether Extra Usage carries on when a window is spent (help center: "seamlessly"). */
export function hasExtraUsageLeft(extraUsage: ExtraUsage | undefined): boolean {
  if (!extraUsage || extraUsage.leftCents <= 0) return false;
  const { monthlyCapCents, monthlyUsedCents = 0 } = extraUsage;
  return monthlyCapCents === undefined || monthlyUsedCents < monthlyCapCents;
}
