import type { ForbiddenReason } from './outcome.ts';

/**
 * What the words of a 402 or 403 say (kimi.md 4.2, both wording sets, seen Feb to Oct 2026). The
 * words decide, not the status: a spent quota and too many requests at once come as 403 too.
 */
const REASONS: readonly (readonly [words: RegExp, reason: ForbiddenReason])[] = [
  [/concurrent request limit/i, 'concurrency'],
  [/usage limit|quota will (?:be refreshed|reset)|purchase extra usage/i, 'quota'],
  [/credit balance is insufficient/i, 'quota'],
  [/membership/i, 'membership'],
  [/only available for coding agents/i, 'clientNotAccepted'],
  [/access terminated\b/i, 'accountClosed'],
];

/** Reads at most the first 4 KB. */
export function forbiddenReason(body: string): ForbiddenReason {
  const text = body.slice(0, 4096);
  return REASONS.find(([words]) => words.test(text))?.[1] ?? 'unknown';
}
