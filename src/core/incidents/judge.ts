import { LOW_PERCENT } from '../quota/windows.ts';
import { type Facts, factsOf, FOLLOWS_MS, type Room, windowOfCause } from './facts.ts';
import { otherMachines, otherRates } from './otherMachines.ts';
import { useEvidence } from './useEvidence.ts';
import { isRunaway, type Retry, retryOf, stepsOf } from './nextSteps.ts';
import type { Cause, Evidence, MeterReading, Verdict, VerdictInput } from './verdict.ts';
import { weigh, type Weighed } from './weigh.ts';

/** Nobody reads a longer list. */
const MAX_EVIDENCE = 8;

/** The evidence for this cause, the most important first. */
function evidenceOf(cause: Cause, facts: Facts): Evidence[] {
  return [
    ...wordsEvidence(facts),
    ...limitEvidence(facts),
    ...contradictions(cause, facts),
    ...inFlightEvidence(facts),
    ...otherMachines(facts),
    ...otherRates(cause, facts),
    ...seenLimit(cause, facts),
    ...shapeEvidence(facts),
    ...useEvidence(cause, facts),
    ...windowEvidence(facts),
    ...otherEvidence(cause, facts),
  ].slice(0, MAX_EVIDENCE);
}

function wordsEvidence({ input: { category, agents, fields, status } }: Facts): Evidence[] {
  const known = fields.status ?? status;
  const agent = agents[0];
  return [
    ...(category !== null
      ? [{ kind: 'words', category: fields.says ?? category, source: 'text' } as const]
      : []),
    ...(category === null && agent ? [{ kind: 'noWords', agent, source: 'log' } as const] : []),
    ...(known === undefined
      ? []
      : [
          {
            kind: 'status',
            status: known,
            source: status === undefined ? 'text' : 'log',
          } as const,
        ]),
  ];
}

function limitEvidence({ input: { fields }, waitMs }: Facts): Evidence[] {
  const { current, limit, retryAfterSeconds, gateway } = fields;
  return [
    ...(current === undefined && limit === undefined
      ? []
      : [
          {
            kind: 'limitInText',
            ...(current === undefined ? {} : { current }),
            ...(limit === undefined ? {} : { limit }),
            source: 'text',
          } as const,
        ]),
    ...(waitMs > 0
      ? [
          {
            kind: 'retryAfter',
            ms: waitMs,
            source: waitMs === (retryAfterSeconds ?? 0) * 1000 ? 'text' : 'log',
          } as const,
        ]
      : []),
    ...(gateway === undefined ? [] : [{ kind: 'gateway', name: gateway, source: 'text' } as const]),
  ];
}

/** `/usages` may contradict the error, or itself. The error takes precedence. */
function contradictions(cause: Cause, { rooms, input, isRoomy }: Facts): Evidence[] {
  const own = windowOfCause(cause);
  const isAgainstAll = cause === 'quota_unspecified' && isRoomy;
  const against = isAgainstAll
    ? byRoom(rooms).slice(0, 1)
    : rooms.filter(({ id, remainingPercent }) => id === own && remainingPercent > LOW_PERCENT);
  const snapshot = input.after ?? input.before;
  return [
    ...against.map(({ id }) => ({ kind: 'contradiction', id, source: 'usages' }) as const),
    ...(snapshot?.windows ?? [])
      .filter(({ contradiction }) => contradiction !== undefined)
      .map(({ id }) => ({ kind: 'usagesDisagree', id, source: 'usages' }) as const),
  ];
}

function inFlightEvidence({ input: { shape }, parallelLimit }: Facts): Evidence[] {
  if (!shape) return [];
  return [
    {
      kind: 'inFlight',
      count: shape.inFlightPeak,
      threads: shape.inFlightThreads,
      agents: shape.inFlightAgents.map(({ agent }) => agent),
      ...(parallelLimit === undefined ? {} : { limit: parallelLimit }),
      source: 'log',
    },
  ];
}

const METERS: Readonly<Partial<Record<Cause, MeterReading['meter']>>> = {
  own_concurrency: 'atOnce',
  rpm: 'requests',
  tpm: 'tokens',
};

/** The limit of this cause, if request counts show it. */
function seenLimit(cause: Cause, { seenLimits }: Facts): Evidence[] {
  const meter = METERS[cause];
  const limit = meter && seenLimits[meter];
  return meter && limit ? [{ kind: 'seenLimit', meter, limit, source: 'log' }] : [];
}

function shapeEvidence({
  input,
  isMixed,
  isAllFailed,
  forMs,
  recoveredAfterMs,
}: Facts): Evidence[] {
  return [
    ...(isMixed
      ? [{ kind: 'mixed', successes: input.shape?.successesDuring ?? 0, source: 'log' } as const]
      : []),
    ...(isAllFailed
      ? [{ kind: 'allFailed', count: input.count, forMs, source: 'log' } as const]
      : []),
    ...(recoveredAfterMs === undefined
      ? []
      : [{ kind: 'recoveredAfter', ms: recoveredAfterMs, source: 'log' } as const]),
  ];
}

/** Least quota left first. */
const byRoom = (rooms: readonly Room[]): Room[] =>
  rooms.toSorted((a, b) => a.remainingPercent - b.remainingPercent);

function windowEvidence({ rooms }: Facts): Evidence[] {
  return byRoom(rooms)
    .slice(0, 3)
    .map(({ id, remainingPercent, resetsAt, when }) => ({
      kind: 'window',
      id,
      remainingPercent,
      ...(resetsAt === undefined ? {} : { resetsAt }),
      when,
      source: 'usages',
    }));
}

/** Causes for which the host matters. */
const ADDRESSED: readonly Cause[] = [
  'wrong_key',
  'token_expired',
  'wrong_endpoint',
  'gateway_balance',
  'balance',
  'other_provider',
  'network',
  'server_error',
];

const RATED: readonly Cause[] = ['rpm', 'tpm', 'tpd', 'unsure'];

function otherEvidence(cause: Cause, { input, spent }: Facts): Evidence[] {
  const { shape, host, earlier, after, before } = input;
  const same = earlier.filter(incident => incident.cause === cause);
  const balance = (after ?? before)?.balance;
  return [
    ...(shape && RATED.includes(cause) && spent === undefined
      ? [
          {
            kind: 'rate',
            requests: shape.requestsLastMinute,
            ...(shape.tokensLastMinute === undefined ? {} : { tokens: shape.tokensLastMinute }),
            source: 'log',
          } as const,
        ]
      : []),
    ...(cause === 'tpm' && shape?.maxCompletionTokens !== undefined
      ? [{ kind: 'maxTokens', tokens: shape.maxCompletionTokens, source: 'log' } as const]
      : []),
    ...(balance
      ? [
          {
            kind: 'balance',
            available: balance.available,
            ...(balance.currency === undefined ? {} : { currency: balance.currency }),
            source: 'usages',
          } as const,
        ]
      : []),
    ...(host !== undefined && ADDRESSED.includes(cause)
      ? [{ kind: 'host', host, source: 'log' } as const]
      : []),
    ...(same.length > 0
      ? [{ kind: 'earlier', count: same.length, cause, source: 'archive' } as const]
      : []),
  ];
}

/**
 * Decides the most likely cause of a burst of failures, and when to retry. The error text decides if
 * it names a cause. If it allows several, `MARKS` decide. Without a clear lead the cause is `unsure`,
 * with alternatives. Pure; never throws.
 */
export function judge(input: VerdictInput): Verdict {
  const facts = factsOf(input);
  const weighed = weigh(facts);
  const retry = retryOf(weighed.cause, facts);
  const runaway = isRunaway(weighed.cause, facts, retry);
  return {
    ...weighed,
    evidence: evidenceOf(weighed.cause, facts),
    ...retry,
    steps: stepsOf(weighed, facts, runaway),
    isSettled: isSettled(weighed, facts, retry),
    isRunaway: runaway,
  };
}

/** After this time, nothing changes a verdict. */
const SETTLED_AFTER_MS = 10 * 60_000;

function isSettled({ certainty }: Weighed, { input }: Facts, { retry }: Retry): boolean {
  const { now, to, state, after, shape } = input;
  if (now - to > SETTLED_AFTER_MS) return true;
  // The next reading of `/usages` may contain the reset.
  if (certainty === 'certain') return retry !== 'unknown' || after !== undefined;
  if (now - to < FOLLOWS_MS) return false;
  const isOver = state !== 'running' || shape?.firstSuccessAfterMs !== undefined;
  return isOver && after !== undefined;
}
