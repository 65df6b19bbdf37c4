import type { SupportIds } from './supportIds.ts';
import type { Translate } from '../base/ports.ts';

/** The number of open requests at a time, from the logs of this machine. */
export interface InFlightCount {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly total: number;
  /** The most at one time in the last minute. Absent in counts of older versions. */
  readonly peak?: number;
  /** Only agents with open requests, the busiest first. */
  readonly byAgent: readonly { readonly agent: AgentId; readonly count: number }[];
}

const NAMES = {
  'kimi-code': 'Kimi Code',
  'claude-code': 'Claude Code',
  opencode: 'OpenCode',
  'kimi-cli': 'Kimi CLI',
  cline: 'Cline',
  'roo-code': 'Roo Code',
  'kilo-code': 'Kilo Code',
  codex: 'Codex',
  'qwen-code': 'Qwen Code',
  openclaw: 'OpenClaw',
  pi: 'pi',
  droid: 'droid',
  copilot: 'GitHub Copilot CLI',
  'copilot-chat': 'GitHub Copilot Chat',
  continue: 'Continue',
  crush: 'Crush',
  goose: 'Goose',
  aider: 'Aider',
} as const;

/** One of `AGENT_IDS`. */
export type AgentId = keyof typeof NAMES | 'other';

/** The coding agents whose logs can be read. `other`: any file that the user names. */
export const AGENT_IDS: readonly AgentId[] = [
  ...(Object.keys(NAMES) as (keyof typeof NAMES)[]),
  'other',
];

/** What one record of a log reports about one request to a model. */
export type Signal = RequestStarted | RequestEnded | RequestFailed;

interface SignalFields {
  /** The record's own time: epoch milliseconds. */
  readonly at: number;
  readonly agent: AgentId;
  readonly agentVersion?: string;
  /** The agent's id of the session. */
  readonly session: string;
  /** The agent's id of the sub-agent; absent for the main thread. */
  readonly subagent?: string;
  /** The record doesn't name the thread: it may be the main one or any sub-agent's. */
  readonly isThreadUnknown?: boolean;
  /**
   * The record doesn't name the session: `session` is the id that it has instead, such as a run.
   */
  readonly isSessionUnknown?: boolean;
  /** As named in the record. */
  readonly model?: string;
  /** Joins a start with its end within one session and thread, where the agent has an id. */
  readonly request?: string;
  /** A title, a summary, a compaction: not requested by the user. */
  readonly isSideRequest?: boolean;
  /** The last part of the path of the working folder, where the record or the session names it. */
  readonly project?: string;
  /** Evidence for the account. */
  readonly evidence: ProviderEvidence;
  /**
   * The same for every copy of an event: in another file of the agent, in a rewritten file, after a
   * restart. Made of ids, times and text; never of a path.
   */
  readonly contentKey: string;
}

/** The start of an attempt: each retry is a separate start. */
export interface RequestStarted extends SignalFields {
  readonly kind: 'requestStarted';
  /** The maximum response that it asks for, in tokens: rate limits count it (docs/kimi.md 4.1). */
  readonly maxTokens?: number;
}

/** See `isAnswer`. Without an answer and without `failure`, the request was canceled. */
export interface RequestEnded extends SignalFields {
  readonly kind: 'requestEnded';
  /** It got a response, although the record may have no tokens. */
  readonly isAnswered?: boolean;
  /** Another record of the agent reports the same response with its tokens. */
  readonly isRepeat?: boolean;
  /** All input, including what a cache served. */
  readonly inputTokens?: number;
  /** The part of `inputTokens` that the provider read from its cache. */
  readonly cacheReadTokens?: number;
  /** The part of `inputTokens` that the provider wrote into its cache. */
  readonly cacheWriteTokens?: number;
  /** Including reasoning. */
  readonly outputTokens?: number;
  /** A later record has more tokens of a response that was already reported: the difference. */
  readonly isAddition?: true;
  /**
   * It ended in a failure that another file of the agent counts. Not counted, but it may add the
   * thread, the wait or the error text. `FailureJoiner` joins the two.
   */
  readonly failure?: Failure;
}

/** Whether a signal reports a response: it has tokens, or its record says so explicitly. */
export function isAnswer(signal: Signal): signal is RequestEnded {
  if (signal.kind !== 'requestEnded' || signal.failure) return false;
  const { isAnswered = false, inputTokens, outputTokens } = signal;
  return isAnswered || inputTokens !== undefined || outputTokens !== undefined;
}

/** The result of a failed attempt. */
export interface Failure {
  /** HTTP status; absent for a broken connection, or where the agent doesn't record it. */
  readonly status?: number;
  /** `error.type` of the body, such as `rate_limit_reached_error`. */
  readonly errorType?: string;
  /**
   * The provider's error text without the agent's wrapping, redacted; empty where none is recorded.
   */
  readonly text: string;
  /** The wait before the retry, or the provider's Retry-After: milliseconds. */
  readonly retryAfterMs?: number;
  /** The agent stopped retrying. */
  readonly isFinal?: boolean;
  /** For a ticket only. */
  readonly support?: SupportIds;
}

/** A failed attempt, or several. Exactly one signal of this kind reports each failure. */
export interface RequestFailed extends SignalFields, Failure {
  readonly kind: 'requestFailed';
  /** Where no record has the exact time, it is between `at` and this: epoch milliseconds. */
  readonly notAfter?: number;
  /** The number of failed attempts in this record. Default: 1. */
  readonly attemptCount?: number;
  /** An earlier report of the failure counted so many more, which other records now count. */
  readonly fewerAttempts?: number;
  /** It only counts if no other file of the agent reports the same failure (`FailureJoiner`). */
  readonly isFallback?: boolean;
}

/** A record's evidence for the account of a request. Each field is absent when unknown. */
export interface ProviderEvidence {
  /** Host of a URL in the record. */
  readonly host?: string;
  /** The agent's id of the provider or the alias of the model, as configured by the user. */
  readonly providerId?: string;
  /**
   * Host that the agent's configuration set for `providerId`, or otherwise for all its requests, at
   * the time of the failure: stored with it, since configurations change.
   */
  readonly configuredHost?: string;
  /** Only Kimi uses this error text or type (docs/agents.md 2.4). */
  readonly hasKimiWords?: boolean;
  /** Only this product of Kimi uses the error text, the type or the path. */
  readonly product?: 'kimi-code' | 'open-platform';
  /** Another provider with a distinctive mark, by name. */
  readonly otherProvider?: string;
}

/** The account of a request, and the reason for the attribution. */
export interface Attribution {
  readonly provider: 'kimi-code' | 'open-platform' | 'other' | 'unknown';
  /** A short reason for users, in English: `host api.kimi.com`, `by configuration`. */
  readonly reason: string;
}

/** The display name of an agent. A newer version may have stored an agent unknown to this one. */
export function agentName(agent: AgentId, t: Translate): string {
  return agent === 'other' ? t('another log') : (NAMES[agent] ?? agent);
}
