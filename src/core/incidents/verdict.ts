import type { AgentId, Attribution } from '../agents/signal.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import type { OtherMachine, TeamTotals } from '../quota/team.ts';

/** The most likely cause of a failure. A closed union: `explain` has words for each. */
export const CAUSES = [
  /** More parallel requests from this machine than the plan allows. */
  'own_concurrency',
  /** Too many parallel requests from elsewhere: another device, a shared key, or Kimi's limit on non-interactive use. */
  'foreign_concurrency',
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  /** A quota of the plan is used up, but it is unknown which one. */
  'quota_unspecified',
  'rpm',
  'tpm',
  'tpd',
  'balance',
  /** The credit of a gateway or reseller, not of the Kimi account. */
  'gateway_balance',
  'overloaded',
  /** Reported as overload, but Kimi rejects the client, the effort or the plan (docs/kimi.md 5). */
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

/** The complete input of a verdict. Times are epoch milliseconds. */
export interface VerdictInput {
  readonly now: number;
  readonly provider: Attribution['provider'];
  /** Agents with failures, the busiest first. */
  readonly agents: readonly AgentId[];
  /** Meaning of the error text; null if the agent logs none. */
  readonly category: Category | null;
  readonly wordsConfidence: Confidence | null;
  readonly fields: ErrorFields;
  /** HTTP status, if logged. */
  readonly status?: number;
  readonly host?: string;
  readonly model?: string;
  readonly from: number;
  readonly to: number;
  /** Failed attempts, and the number of threads with failures. */
  readonly count: number;
  readonly threadCount: number;
  /** Several sessions failed, and no sub-agent of them. */
  readonly areSessions?: boolean;
  /** See `Incident.state`. */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  readonly waitUntil?: number;
  /** The last reading of `/usages` before the first failure, and the first one after it. */
  readonly before?: Snapshot;
  readonly after?: Snapshot;
  /** Absent if no failing agent logs the start of its requests. */
  readonly shape?: BurstShape;
  /** Other machines of the account during the failures; absent without a team (docs/team.md 4). */
  readonly others?: Others;
  /** What the agents of this machine used before; absent without a ledger. */
  readonly use?: MachineUse;
  /** Incidents of this account in the last 24 hours, newest first, at most 20. */
  readonly earlier: readonly EarlierIncident[];
}

/** What the agents of this machine used before an incident (docs/ledger.md 3). Lower bounds. */
export interface MachineUse {
  /** Of what this machine used in the five hours before: in percent, the largest first. */
  readonly agents: readonly { readonly agent: AgentId; readonly percent: number }[];
  /** Tokens of all classes in the 24 hours before. */
  readonly tokensLastDay: number;
  /** Usage of a window that no agent on this machine explains. */
  readonly unexplained?: {
    readonly windowId: string;
    readonly points: number;
    readonly from: number;
    readonly to: number;
  };
}

/** The other machines of an account: sums of all, and the busiest by name. */
export interface Others {
  readonly totals: TeamTotals;
  readonly machines: readonly OtherMachine[];
}

/** The requests around a burst, from logs. All counts are lower bounds. */
export interface BurstShape {
  /** Highest number of requests in flight at a failure, including the failed ones. */
  readonly inFlightPeak: number;
  /** In flight at `now`; absent if no longer known. */
  readonly inFlightNow?: number;
  /** Threads and agents of these requests, the busiest agent first. */
  readonly inFlightThreads: number;
  readonly inFlightAgents: readonly { readonly agent: AgentId; readonly count: number }[];
  /** Successful requests of this account between the first and the last failure. */
  readonly successesDuring: number;
  /** Those of them by agents without failures; absent if not counted. */
  readonly successesOfOtherAgents?: number;
  /** Time from the last failure to the next success; absent if none yet. */
  readonly firstSuccessAfterMs?: number;
  /** Time from the last success to the first failure; absent if none is known. */
  readonly lastSuccessBeforeMs?: number;
  /** In the minute before the first failure. */
  readonly requestsLastMinute: number;
  /** Absent if the logs have no token counts. */
  readonly tokensLastMinute?: number;
  /** The largest `max_tokens` or `max_completion_tokens` of a request, if logged. */
  readonly maxCompletionTokens?: number;
  /** Absent if too few attempts succeeded or failed. */
  readonly meters?: readonly MeterReading[];
}

/** How well a count of local requests separates rejected from accepted attempts. */
export interface MeterReading {
  /** Requests in flight, or requests or tokens of the last minute, without the attempt itself. */
  readonly meter: 'atOnce' | 'requests' | 'tokens';
  /** The best threshold: attempts at or above it were rejected. */
  readonly limit: number;
  /** Share of rejected attempts at or above `limit`, minus that of accepted ones. 1 is a perfect separation. */
  readonly share: number;
}

/** An earlier incident, reduced to what a verdict needs. */
export interface EarlierIncident {
  readonly cause: Cause;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** `certain` only if the error text names the cause. */
export type Certainty = 'certain' | 'likely' | 'unsure';

/** A verdict as plain data; `explain` puts it into words. */
export interface Verdict {
  readonly cause: Cause;
  readonly certainty: Certainty;
  /** The next best causes if the first is not certain; at most two. */
  readonly alternatives: readonly Cause[];
  /** At most eight, the most important first. */
  readonly evidence: readonly Evidence[];
  /** When to retry, in epoch milliseconds; a past time means now. Absent: useless or unknown. */
  readonly retryAt?: number;
  readonly retry: 'now' | 'at' | 'useless' | 'unknown';
  /** At most four, the most useful first. */
  readonly steps: readonly Step[];
  /** False while a later snapshot or request may still change the verdict. */
  readonly isSettled: boolean;
  /** An agent keeps retrying a request that can't succeed. */
  readonly isRunaway: boolean;
}

/** A fact with its source: numbers and ids; `explain` has the words. */
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
      /** Relative to the first failure. */
      readonly when: 'before' | 'after';
      readonly source: 'usages';
    }
  | { readonly kind: 'contradiction'; readonly id: string; readonly source: 'usages' }
  | { readonly kind: 'usagesDisagree'; readonly id: string; readonly source: 'usages' }
  | {
      /** Attempts at or above the limit were rejected, others accepted. */
      readonly kind: 'seenLimit';
      readonly meter: MeterReading['meter'];
      readonly limit: number;
      readonly source: 'log';
    }
  | {
      /** Requests in flight on the other machines of the account. */
      readonly kind: 'otherMachines';
      readonly count: number;
      /** The busiest first, at most three. */
      readonly machines: readonly { readonly machine: string; readonly inFlight: number }[];
      readonly limit?: number;
      readonly source: 'team';
    }
  | {
      /** What the other machines of the account sent: of the last minute, or of the last day. */
      readonly kind: 'otherRates';
      readonly unit: 'requests' | 'tokens';
      readonly span: 'minute' | 'day';
      readonly count: number;
      /** The busiest first, at most three. */
      readonly machines: readonly { readonly machine: string; readonly count: number }[];
      readonly source: 'team';
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
  | {
      /** Who used the quota before. */
      readonly kind: 'usedBy';
      readonly agents: readonly { readonly agent: AgentId; readonly percent: number }[];
      readonly source: 'log';
    }
  | {
      /** Tokens of this machine, compared with what Kimi counted. */
      readonly kind: 'ownTokens';
      readonly tokens: number;
      readonly counted: number;
      readonly span: 'minute' | 'day';
      readonly source: 'log';
    }
  | {
      /** Percentage points of a window that no agent on this machine explains. */
      readonly kind: 'unexplained';
      readonly id: string;
      readonly points: number;
      readonly from: number;
      readonly to: number;
      readonly source: 'usages';
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

/** A next step as a code with parameters; `explain` has the words for the agent. */
export interface Step {
  readonly id: StepId;
  readonly agent?: AgentId;
  readonly count?: number;
  /** Another machine of the account, by its alias. */
  readonly machine?: string;
}

/** A closed union; `explain` has words, and some links, for each. */
export type StepId =
  | 'fewerAgents'
  /** Run a single task: distinguishes parallel limits from other causes. */
  | 'tryAlone'
  /** One request without the agent: distinguishes account, agent and gateway. */
  | 'testDirectly'
  | 'findOtherUser'
  | 'readGuidelines'
  | 'extraUsage'
  | 'upgradePlan'
  /** No plan, or an ended one. */
  | 'renewPlan'
  /** The plan allows the model only with a shorter context. */
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
