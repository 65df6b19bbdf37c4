// The API for other extensions. This file imports nothing, so that it can be copied.

/** The type of `extension.exports`: read-only numbers and codes, no log text. */
export interface KimiQuotaApi {
  /** Increases with breaking changes; additions don't change it. */
  readonly version: 1;
  /** The current state by the last response. Sends no request. */
  snapshot(): Promise<KimiQuotaSnapshot>;
  /** Incidents of the last 24 hours, the newest first, at most 50. */
  incidents(): Promise<readonly KimiQuotaIncident[]>;
  /** `snapshot` or `incidents` may have changed. */
  readonly onDidChange: (listener: () => void) => { dispose(): void };
}

/** The state at a time. All times are epoch milliseconds; unknown values are absent. */
export interface KimiQuotaSnapshot {
  readonly at: number;
  /** Accounts with a key; the first account if there is none. */
  readonly accounts: readonly KimiQuotaAccount[];
  /** Requests in flight of agents on this machine, as far as their logs show. */
  readonly inFlight?: number;
}

/** One account. */
export interface KimiQuotaAccount {
  readonly id: 'kimiCode' | 'moonshot.ai' | 'moonshot.cn';
  readonly state: KimiQuotaState;
  /** Age of the numbers. */
  readonly ageMs?: number;
  readonly windows: readonly KimiQuotaWindow[];
  /** The tightest window, as an index of `windows`. */
  readonly binding?: number;
  /** Parallel limit of the plan. */
  readonly parallelLimit?: number;
  /** Open platform: the balance in units of an ISO 4217 currency. */
  readonly balance?: { readonly available: number; readonly currency?: string };
  readonly start: KimiQuotaStart;
}

/**
 * `ok` and `low` have current numbers; the others say why there are none, or that requests fail.
 * @public
 */
export type KimiQuotaState =
  | 'loading'
  | 'ok'
  | 'low'
  | 'exhausted'
  | 'extraUsage'
  | 'resetting'
  | 'stale'
  | 'unknown'
  | 'badBaseUrl'
  | 'signedOut'
  | 'tokenExpired'
  | 'noKeyRing'
  | 'keyRefused'
  | 'forbidden'
  | 'noPlan'
  | 'limited'
  | 'offline'
  | 'endpointChanged';

/** A quota window. */
export interface KimiQuotaWindow {
  readonly id: '5h' | 'week' | 'month' | 'other';
  /** 0 to 100. */
  readonly remainingPercent?: number;
  readonly resetsAt?: number;
  /** What the agents of this machine used, the largest first; absent while unknown. */
  readonly usedBy?: readonly KimiQuotaUse[];
  /** At least so many percentage points that no agent of this machine explains. */
  readonly unexplainedPoints?: number;
}

/** What one agent used of a window. */
export interface KimiQuotaUse {
  readonly agent: string;
  /** Of what this machine used: 0 to 100. */
  readonly sharePercent: number;
  /** Percentage points of the window; absent while token prices are unknown. */
  readonly points?: number;
}

/** Whether to start agents now. */
export interface KimiQuotaStart {
  readonly advice: 'go' | 'fewer' | 'wait' | 'unknown';
  readonly reason?:
    'room' | 'extraUsage' | 'lowWindow' | 'concurrency' | 'spent' | 'incident' | 'balance';
  /** Free parallel slots. */
  readonly agents?: number;
  /** With `wait`. */
  readonly until?: number;
}

/** Failed requests with the same cause. */
export interface KimiQuotaIncident {
  readonly cause: KimiQuotaCause;
  readonly certainty: 'certain' | 'likely' | 'unsure';
  /** `running`: an agent still retries. */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  readonly provider: 'kimi-code' | 'open-platform' | 'other' | 'unknown';
  /** Ids of the agents that failed, the most failures first: `kimi-code`, `claude-code`. */
  readonly agents: readonly string[];
  /** Time of the first and the last failure. */
  readonly from: number;
  readonly to: number;
  /** Failed attempts. */
  readonly count: number;
  /** Whether to retry; `useless`: only after a change. */
  readonly retry: 'now' | 'at' | 'useless' | 'unknown';
  readonly retryAt?: number;
}

/**
 * The likely cause of a failure. A version may add causes: treat unknown ones as `unsure`. @public
 */
export type KimiQuotaCause =
  | 'own_concurrency'
  | 'foreign_concurrency'
  | 'quota_5h'
  | 'quota_weekly'
  | 'quota_monthly'
  | 'quota_unspecified'
  | 'rpm'
  | 'tpm'
  | 'tpd'
  | 'balance'
  | 'gateway_balance'
  | 'overloaded'
  | 'disguised_overload'
  | 'wrong_key'
  | 'token_expired'
  | 'client_not_accepted'
  | 'membership'
  | 'entitlement'
  | 'account_closed'
  | 'wrong_endpoint'
  | 'context_length'
  | 'bad_request'
  | 'server_error'
  | 'network'
  | 'other_provider'
  | 'unsure';
