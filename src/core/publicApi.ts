// What Kimi Quota tells other extensions. This file imports nothing, so that it can be copied.

/** What `extension.exports` is: numbers and codes to read, nothing to change, no text of logs. */
export interface KimiQuotaApi {
  /** Grows when something is taken away or means something else; additions leave it. */
  readonly version: 1;
  /** How things stand now. Asks nobody: it is what the last answer said. */
  snapshot(): Promise<KimiQuotaSnapshot>;
  /** Failed requests of the last day with one cause each, the newest first, at most 50. */
  incidents(): Promise<readonly KimiQuotaIncident[]>;
  /** `snapshot` or `incidents` may say something else now. */
  readonly onDidChange: (listener: () => void) => { dispose(): void };
}

/** How things stand at a moment. All times are epoch milliseconds; what is not known is absent. */
export interface KimiQuotaSnapshot {
  readonly at: number;
  /** Those with a key, or at least the first. */
  readonly accounts: readonly KimiQuotaAccount[];
  /** How many requests of agents on this machine are running, as far as their logs tell. */
  readonly inFlight?: number;
}

/** One account. */
export interface KimiQuotaAccount {
  readonly id: 'kimiCode' | 'moonshot.ai' | 'moonshot.cn';
  readonly state: KimiQuotaState;
  /** How old the numbers are. */
  readonly ageMs?: number;
  readonly windows: readonly KimiQuotaWindow[];
  /** The window that stops the user first, by its place in `windows`. */
  readonly binding?: number;
  /** How many requests the plan allows at the same time. */
  readonly parallelLimit?: number;
  /** Open platform: money, in whole units of an ISO 4217 currency. */
  readonly balance?: { readonly available: number; readonly currency?: string };
  readonly start: KimiQuotaStart;
}

/**
 * `ok` and `low` have numbers of now; the others say why there are none, or that nothing goes.
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

/** A span of time with an allowance. */
export interface KimiQuotaWindow {
  readonly id: '5h' | 'week' | 'month' | 'other';
  /** 0 to 100. */
  readonly remainingPercent?: number;
  readonly resetsAt?: number;
}

/** Whether to start agents now. */
export interface KimiQuotaStart {
  readonly advice: 'go' | 'fewer' | 'wait' | 'unknown';
  readonly reason?:
    'room' | 'extraUsage' | 'lowWindow' | 'concurrency' | 'spent' | 'incident' | 'balance';
  /** How many more requests fit at once. */
  readonly agents?: number;
  /** With `wait`. */
  readonly until?: number;
}

/** Failed requests that have one cause. */
export interface KimiQuotaIncident {
  readonly cause: KimiQuotaCause;
  readonly certainty: 'certain' | 'likely' | 'unsure';
  /** `running`: an agent still tries. */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  readonly provider: 'kimi-code' | 'open-platform' | 'other' | 'unknown';
  /** The agents that failed, by their ids, the busiest first: `kimi-code`, `claude-code`. */
  readonly agents: readonly string[];
  /** The first and the last failure. */
  readonly from: number;
  readonly to: number;
  /** Failed attempts. */
  readonly count: number;
  /** Whether to try again; `useless`: not before something else is done. */
  readonly retry: 'now' | 'at' | 'useless' | 'unknown';
  readonly retryAt?: number;
}

/**
 * What a failure most likely was. More may come within a version: treat others as `unsure`.
 * @public
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
