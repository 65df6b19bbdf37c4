/** The coding agents whose logs are read. */
export type AgentId = 'kimi-code' | 'claude-code';

/** What one record of a log says about one request to a model. */
export type Signal = RequestStarted | RequestEnded | RequestFailed;

interface SignalFields {
  /** When it happened, by the record's own time: epoch milliseconds. */
  readonly at: number;
  readonly agent: AgentId;
  readonly agentVersion?: string;
  /** The agent's own id of the session. */
  readonly session: string;
  /** The agent's own id of the sub-agent; absent for the main thread. */
  readonly subagent?: string;
  /** As the record names it. */
  readonly model?: string;
  /** Joins a start with its end within one session and thread, where the agent gives an id. */
  readonly request?: string;
  /** A title, a summary, a compaction: not what the user asked for. */
  readonly isSideRequest?: boolean;
  /** What tells whose account it was. */
  readonly evidence: ProviderEvidence;
  /**
   * The same for every copy of what happened: in another file of the agent, in a file that was
   * rewritten, after a restart. Made of ids, times and words; never of a path.
   */
  readonly contentKey: string;
}

/** An attempt has begun: a retry is a start of its own. */
export interface RequestStarted extends SignalFields {
  readonly kind: 'requestStarted';
}

/** An attempt was answered well. */
export interface RequestEnded extends SignalFields {
  readonly kind: 'requestEnded';
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/** An attempt failed, whatever the reason. */
export interface RequestFailed extends SignalFields {
  readonly kind: 'requestFailed';
  /** HTTP status; absent for a cut connection, or where the agent does not keep it. */
  readonly status?: number;
  /** `error.type` of the body, such as `rate_limit_reached_error`. */
  readonly errorType?: string;
  /** The provider's words without the agent's wrapping, redacted; empty where it keeps none. */
  readonly text: string;
  /** How long the agent waits before it tries again, or was told to. */
  readonly retryAfterMs?: number;
  /** The agent gives up: no further attempt follows. */
  readonly isFinal?: boolean;
  /** How many failed attempts this one record stands for. Default: 1. */
  readonly attemptCount?: number;
}

/** What a record tells of whose account a request concerned. Each absent when it says nothing. */
export interface ProviderEvidence {
  /** Host of a URL in the record. */
  readonly host?: string;
  /** The agent's id of the provider or the alias of the model, as configured by the user. */
  readonly providerId?: string;
  /** The words or the type are Kimi's alone (agents.md 2.4). */
  readonly hasKimiWords?: boolean;
  /** A mark of another provider, by name. */
  readonly otherProvider?: string;
}

/** Whose account a request concerned, and why we say so. */
export interface Attribution {
  readonly provider: 'kimi-code' | 'open-platform' | 'other' | 'unknown';
  /** A short reason for people, in English: `host api.kimi.com`, `by configuration`. */
  readonly reason: string;
}
