import type { Translate } from './ports.ts';

// Counts with their noun. A sentence with a number takes one of these as its argument, so that no
// surface shows "1 requests". `shown`: the number in the language's form.

/** `1 request`, `3 requests`. */
export const requestWords = (
  count: number,
  t: Translate,
  shown: string | number = count,
): string => (count === 1 ? t('1 request') : t('{0} requests', shown));

/** `1 failure`, `3 failures`. */
export const failureWords = (count: number, t: Translate): string =>
  count === 1 ? t('1 failure') : t('{0} failures', count);

/** `1 session`, `3 sessions`. */
export const sessionWords = (count: number, t: Translate): string =>
  count === 1 ? t('1 session') : t('{0} sessions', count);

/** `1 sub-agent`, `3 sub-agents`. */
export const subagentWords = (count: number, t: Translate): string =>
  count === 1 ? t('1 sub-agent') : t('{0} sub-agents', count);

/** `1 token`, `3 tokens`. */
export const countedTokens = (
  count: number,
  t: Translate,
  shown: string | number = count,
): string => (count === 1 ? t('1 token') : t('{0} tokens', shown));

/** `1 point`, `3 points`: percentage points of a quota. */
export const countedPoints = (
  points: number,
  t: Translate,
  shown: string | number = points,
): string => (points === 1 ? t('1 point') : t('{0} points', shown));
