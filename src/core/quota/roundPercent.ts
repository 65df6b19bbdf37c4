/**
 * Clamps to 0 to 100 and rounds, but never to 0 or 100 what is neither: a window must not look
 * spent or untouched because of rounding.
 */
export function roundPercent(percent: number, decimals: number): number {
  if (percent <= 0) return 0;
  if (percent >= 100) return 100;
  const step = 10 ** decimals;
  return Math.min(100 * step - 1, Math.max(1, Math.round(percent * step))) / step;
}
