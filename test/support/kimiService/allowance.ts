import type { Account, WindowName } from './account.ts';

/**
 * Our rule for what a request costs; Kimi's own is not known. The 5-hour figure gives 2 million
 * tokens per window, within the "300 to 1,200 calls" of docs/kimi.md 9.1 at a few thousand tokens each.
 */
const TOKENS_PER_PERCENT: Record<WindowName, number> = {
  fiveHour: 20_000,
  week: 100_000,
  month: 300_000,
};

/** What Extra Usage pays per cent of money. Our rule. */
const TOKENS_PER_CENT = 10_000;

const HOUR_MS = 3_600_000;

/** The end of the window after the one that ended at `resetsAt`. */
const NEXT_RESET: Record<WindowName, (resetsAt: number) => number> = {
  fiveHour: resetsAt => resetsAt + 5 * HOUR_MS,
  week: resetsAt => resetsAt + 7 * 24 * HOUR_MS,
  month: resetsAt => {
    const next = new Date(resetsAt);
    return next.setUTCMonth(next.getUTCMonth() + 1);
  },
};

/** Empties every window whose reset time has passed by `now`. Called before any window is looked at. */
export function renewWindows(account: Account, now: number): void {
  for (const name of windowNames(account)) {
    const window = account.windows[name];
    while (window.resetsAt <= now) {
      window.resetsAt = NEXT_RESET[name](window.resetsAt);
      window.usedPercent = 0;
      if (name === 'month') account.monthCodePercent = 0;
    }
  }
}

/** The spent window that stops a request, the longest first since it stops for longest; or none. */
export function findSpentWindow(account: Account): WindowName | undefined {
  const isSpent = (name: WindowName): boolean => account.windows[name].usedPercent >= 100;
  return account.enforcedWindows.toReversed().find(isSpent);
}

/** Whether Extra Usage pays for requests beyond a spent window. */
export function hasExtraUsage(account: Account): boolean {
  const { wallet } = account;
  if (!wallet || wallet.leftCents <= 0) return false;
  return wallet.monthlyCapCents === undefined || wallet.monthlyUsedCents < wallet.monthlyCapCents;
}

/** Books `tokens` on every window; on the wallet instead where a window is spent already. */
export function chargeTokens(account: Account, tokens: number): void {
  if (findSpentWindow(account) && account.wallet) {
    const cents = tokens / TOKENS_PER_CENT;
    account.wallet.leftCents = Math.max(0, account.wallet.leftCents - cents);
    account.wallet.monthlyUsedCents += cents;
    return;
  }
  for (const name of windowNames(account))
    account.windows[name].usedPercent += tokens / TOKENS_PER_PERCENT[name];
  account.monthCodePercent += tokens / TOKENS_PER_PERCENT.month;
}

function windowNames(account: Account): WindowName[] {
  return Object.keys(account.windows) as WindowName[];
}
