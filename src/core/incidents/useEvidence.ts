import { type Facts, windowOfCause } from './facts.ts';
import type { Cause, Evidence } from './verdict.ts';

/** Below this part of what Kimi counted, most of it was used elsewhere. */
const MOST_ELSEWHERE = 0.5;

/** Evidence from the ledger: who used the quota, and what was used elsewhere. */
export function useEvidence(cause: Cause, facts: Facts): Evidence[] {
  const { agents = [], unexplained } = facts.input.use ?? {};
  const isQuota = windowOfCause(cause) !== undefined || cause === 'quota_unspecified';
  const own = ownTokens(cause, facts);
  return [
    ...(isQuota && agents.length > 0 ? [{ kind: 'usedBy', agents, source: 'log' } as const] : []),
    ...(isQuota && unexplained ? [unexplainedEvidence(unexplained)] : []),
    ...(own ? [own] : []),
  ];
}

const unexplainedEvidence = ({
  windowId: id,
  points,
  from,
  to,
}: NonNullable<NonNullable<Facts['input']['use']>['unexplained']>): Evidence => ({
  kind: 'unexplained',
  id,
  points,
  from,
  to,
  source: 'usages',
});

/**
 * How much was not used on this machine: points of a window, or tokens of a daily limit or a limit
 * per minute. Undefined if little or unknown.
 */
export function usedElsewhere(cause: Cause, facts: Facts): number | undefined {
  const { unexplained } = facts.input.use ?? {};
  if (windowOfCause(cause) !== undefined) return unexplained?.points;
  const own = ownTokens(cause, facts);
  if (!own || own.tokens > own.counted * MOST_ELSEWHERE) return undefined;
  return own.counted - own.tokens;
}

function ownTokens(cause: Cause, { input }: Facts) {
  const { fields, use, shape } = input;
  const counted = fields.current ?? fields.limit;
  if (counted === undefined) return undefined;
  if (cause === 'tpd' && use)
    return {
      kind: 'ownTokens',
      tokens: Math.min(use.tokensLastDay, counted),
      counted,
      span: 'day',
      source: 'log',
    } as const;
  // Reserved output counts as well, and no log shows all of it (docs/kimi.md 4.2).
  if (cause !== 'tpm' || shape?.tokensLastMinute === undefined) return undefined;
  const reserved =
    (shape.maxCompletionTokens ?? 0) * (shape.requestsLastMinute + shape.inFlightPeak);
  const tokens = Math.min(counted, shape.tokensLastMinute + reserved);
  return { kind: 'ownTokens', tokens, counted, span: 'minute', source: 'log' } as const;
}
