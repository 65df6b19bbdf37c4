import type { AgentId, Attribution } from '../agents/signal.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import type { Snapshot } from '../quota/snapshot.ts';

/** What a failure most likely was. A closed union: `explain` has words for each. */
export const CAUSES = [
  /** More requests of this machine at once than the plan allows. */
  'own_concurrency',
  /** Too many at once, but not ours: another machine, a shared key, or Kimi's limit of unattended use. */
  'foreign_concurrency',
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  /** A window of the plan is spent, and nothing tells which. */
  'quota_unspecified',
  'rpm',
  'tpm',
  'tpd',
  'balance',
  /** The money of a program or reseller in between, not Kimi's. */
  'gateway_balance',
  'overloaded',
  /** Called overload, but the client, the effort or the plan is refused (docs/kimi.md 5). */
  'disguised_overload',
  'wrong_key',
  'token_expired',
  'client_not_accepted',
  'membership',
  'entitlement',
  'account_closed',
  'wrong_endpoint',
  'context_length',
  'bad_request',
  'server_error',
  'network',
  'other_provider',
  'unsure',
] as const;

/** One of `CAUSES`. */
export type Cause = (typeof CAUSES)[number];

/** Everything that a verdict is made of: nothing else is looked at. Times are epoch milliseconds. */
export interface VerdictInput {
  readonly now: number;
  readonly provider: Attribution['provider'];
  /** The agents that failed, the busiest first. */
  readonly agents: readonly AgentId[];
  /** What the words say; null where the agent keeps none. */
  readonly category: Category | null;
  readonly wordsConfidence: Confidence | null;
  readonly fields: ErrorFields;
  /** HTTP status, where one is kept. */
  readonly status?: number;
  readonly host?: string;
  readonly model?: string;
  readonly from: number;
  readonly to: number;
  /** Failed attempts, and how many threads they were in. */
  readonly count: number;
  readonly threadCount: number;
  /** Whether the agents gave up, or one of the threads was answered since. */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  readonly waitUntil?: number;
  /** The newest answer of `/usages` before the first failure, and the first one after it. */
  readonly before?: Snapshot;
  readonly after?: Snapshot;
  /** Absent: no agent that failed tells when its requests begin. */
  readonly shape?: BurstShape;
  /** Earlier incidents of the last day with this account, newest first, at most 20. */
  readonly earlier: readonly EarlierIncident[];
}

/** What the logs tell of the requests around a burst. All counts are lower bounds. */
export interface BurstShape {
  /** The most requests that were open at a failure, with those that failed. */
  readonly inFlightPeak: number;
  /** Open at `now`; absent where it is not known any more. */
  readonly inFlightNow?: number;
  /** In how many threads, and in which agents, the busiest first. */
  readonly inFlightThreads: number;
  readonly inFlightAgents: readonly { readonly agent: AgentId; readonly count: number }[];
  /** Requests of this account that were answered between the first and the last failure. */
  readonly successesDuring: number;
  /** How many of them were of agents of which no request failed; absent: not counted. */
  readonly successesOfOtherAgents?: number;
  /** How long after the last failure the first success came; absent: none yet. */
  readonly firstSuccessAfterMs?: number;
  /** How long before the first failure the last success was; absent: none known. */
  readonly lastSuccessBeforeMs?: number;
  /** In the minute before the first failure. */
  readonly requestsLastMinute: number;
  /** Absent where the logs do not tell tokens. */
  readonly tokensLastMinute?: number;
  /** The largest `max_tokens` or `max_completion_tokens` that a request asked for, where logged. */
  readonly maxCompletionTokens?: number;
  /** Absent: too few attempts were let in or refused to tell them apart by anything. */
  readonly meters?: readonly MeterReading[];
}

/** How well a count of our own requests tells attempts that were refused from those let in. */
export interface MeterReading {
  /** Requests that run, or requests or tokens of the last minute; without the attempt itself. */
  readonly meter: 'atOnce' | 'requests' | 'tokens';
  /** The count that tells them apart best: with as much, attempts were refused. */
  readonly limit: number;
  /** Share of the refused that met as much, less that of those let in. 1: it tells all apart. */
  readonly share: number;
}

/** What is needed of an incident of before. */
export interface EarlierIncident {
  readonly cause: Cause;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How sure: `certain` only where the words say it themselves. */
export type Certainty = 'certain' | 'likely' | 'unsure';

/** A verdict as plain data, without words for people: `explain` has those. */
export interface Verdict {
  readonly cause: Cause;
  readonly certainty: Certainty;
  /** The next best causes, where the first is not certain; at most two. */
  readonly alternatives: readonly Cause[];
  /** At most eight, those that count most first. */
  readonly evidence: readonly Evidence[];
  /** When to try again: epoch milliseconds; in the past: now. Absent: waiting is useless or unknown. */
  readonly retryAt?: number;
  readonly retry: 'now' | 'at' | 'useless' | 'unknown';
  /** At most four, the most useful first. */
  readonly steps: readonly Step[];
  /** False while an after-snapshot or the shape may still change it. */
  readonly isSettled: boolean;
  /** An agent repeats what cannot succeed. */
  readonly isRunaway: boolean;
}

/** A short fact with its source. Numbers and ids only; the words are `explain`'s. */
export type Evidence =
  | { readonly kind: 'words'; readonly category: Category; readonly source: 'text' }
  | { readonly kind: 'status'; readonly status: number; readonly source: 'text' | 'log' }
  | {
      readonly kind: 'inFlight';
      readonly count: number;
      readonly threads: number;
      readonly agents: readonly AgentId[];
      readonly limit?: number;
      readonly source: 'log';
    }
  | {
      readonly kind: 'window';
      readonly id: string;
      readonly remainingPercent: number;
      readonly resetsAt?: number;
      /** When it was read, against the first failure. */
      readonly when: 'before' | 'after';
      readonly source: 'usages';
    }
  | { readonly kind: 'contradiction'; readonly id: string; readonly source: 'usages' }
  | { readonly kind: 'usagesDisagree'; readonly id: string; readonly source: 'usages' }
  | {
      /** From so many on, attempts were refused; with fewer, they were let in. */
      readonly kind: 'seenLimit';
      readonly meter: MeterReading['meter'];
      readonly limit: number;
      readonly source: 'log';
    }
  | { readonly kind: 'mixed'; readonly successes: number; readonly source: 'log' }
  | {
      readonly kind: 'allFailed';
      readonly count: number;
      readonly forMs: number;
      readonly source: 'log';
    }
  | { readonly kind: 'recoveredAfter'; readonly ms: number; readonly source: 'log' }
  | {
      readonly kind: 'rate';
      readonly requests: number;
      readonly tokens?: number;
      readonly source: 'log';
    }
  | {
      readonly kind: 'limitInText';
      readonly current?: number;
      readonly limit?: number;
      readonly source: 'text';
    }
  | { readonly kind: 'retryAfter'; readonly ms: number; readonly source: 'text' | 'log' }
  | { readonly kind: 'gateway'; readonly name: string; readonly source: 'text' }
  | { readonly kind: 'host'; readonly host: string; readonly source: 'log' }
  | { readonly kind: 'maxTokens'; readonly tokens: number; readonly source: 'log' }
  | {
      readonly kind: 'earlier';
      readonly count: number;
      readonly cause: Cause;
      readonly source: 'archive';
    }
  | { readonly kind: 'noWords'; readonly agent: AgentId; readonly source: 'log' }
  | {
      readonly kind: 'balance';
      readonly available: number;
      readonly currency?: string;
      readonly source: 'usages';
    };

/** What to do, as a code with what it needs: `explain` has the words for the agent at hand. */
export interface Step {
  readonly id: StepId;
  readonly agent?: AgentId;
  readonly count?: number;
}

/** A closed union; `explain` has words, and where it helps a link, for each. */
export type StepId =
  | 'fewerAgents'
  /** Run one task alone: the check that tells too many at once from the rest. */
  | 'tryAlone'
  | 'findOtherUser'
  | 'readGuidelines'
  | 'extraUsage'
  | 'upgradePlan'
  /** There is none, or it ended. */
  | 'renewPlan'
  /** The plan allows the model with a shorter context. */
  | 'limitContext'
  | 'topUp'
  | 'topUpGateway'
  | 'lowerMaxTokens'
  | 'slowDown'
  | 'raiseTier'
  | 'checkStatusPage'
  | 'lowerEffort'
  | 'switchModel'
  | 'checkKey'
  | 'checkHost'
  | 'signInAgain'
  | 'useSupportedClient'
  | 'contactSupport'
  | 'compact'
  | 'stopAgent'
  | 'checkNetwork'
  | 'askProvider'
  | 'checkUsages'
  | 'turnOnDebug'
  | 'copyTicket';
