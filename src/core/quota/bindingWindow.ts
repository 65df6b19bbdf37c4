/** What decides which window stops the user first. */
export interface WindowRoom {
  /** Percent left, 0 to 100; absent where it is unknown or being reset. */
  readonly remainingPercent?: number;
  /** Epoch milliseconds. */
  readonly resetsAt?: number;
}

/**
 * The window that will stop the user first. Spent windows come before all others, and among them
 * the one that stays shut longest: a spent week makes a full 5-hour window worthless (openusage
 * #160). Otherwise the one with the smallest share left; of two equal ones the one that resets
 * later. Windows whose share is unknown bind nothing.
 */
export function bindingWindow<T extends WindowRoom>(windows: readonly T[]): T | undefined {
  const known = windows.filter(window => window.remainingPercent !== undefined);
  return [...known].sort(
    (a, b) =>
      (a.remainingPercent ?? 0) - (b.remainingPercent ?? 0) ||
      // A reset that is not told may be far away.
      (b.resetsAt ?? Infinity) - (a.resetsAt ?? Infinity) ||
      0,
  )[0];
}
