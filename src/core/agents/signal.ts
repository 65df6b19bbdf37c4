import type { SupportIds } from './supportIds.ts';
import type { Translate } from '../base/ports.ts';

/** How many requests were open at a moment, seen from the logs of this machine. */
export interface InFlightCount {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly total: number;
  /** Only agents that have some, the busiest first. */
  readonly byAgent: readonly { readonly agent: AgentId; readonly count: number }[];
}

/** The coding agents whose logs can be read. `other`: any file that the user names. */
export const AGENT_IDS = [
  'kimi-code',
  'claude-code',
  'opencode',
  'kimi-cli',
  'cline',
  'roo-code',
  'kilo-code',
  'codex',
  'qwen-code',
  'openclaw',
  'pi',
  'droid',
  'copilot',
  'continue',
  'crush',
  'goose',
  'aider',
  'other',
] as const;

/** One of `AGENT_IDS`. */
export type AgentId = (typeof AGENT_IDS)[number];

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
  /** The record does not tell the thread: it may be the main one or any sub-agent's. */
  readonly isThreadUnknown?: boolean;
  /** The record does not tell the session: `session` is what it has instead, such as a run. */
  readonly isSessionUnknown?: boolean;
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
  /** The largest answer that it asks for, in tokens: rate limits are charged on it (docs/kimi.md 4.1). */
  readonly maxTokens?: number;
}

/** See `isAnswer`. Without an answer and without `failure`, the request was broken off. */
export interface RequestEnded extends SignalFields {
  readonly kind: 'requestEnded';
  /** It was answered, though the record has no tokens. */
  readonly isAnswered?: boolean;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /**
   * It ended in a failure that another file of the agent counts: no failure of its own, but it may
   * know the thread, the wait or the words. `FailureJoiner` brings the two together.
   */
  readonly failure?: Failure;
}

/** Whether a signal tells of an answer: it has tokens, or its record says so. */
export function isAnswer(signal: Signal): signal is RequestEnded {
  if (signal.kind !== 'requestEnded' || signal.failure) return false;
  const { isAnswered = false, inputTokens, outputTokens } = signal;
  return isAnswered || inputTokens !== undefined || outputTokens !== undefined;
}

/** What became of a failed attempt. */
export interface Failure {
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
  /** For a ticket alone. */
  readonly support?: SupportIds;
}

/** An attempt that failed, or several. Each failure is told by one signal of this kind. */
export interface RequestFailed extends SignalFields, Failure {
  readonly kind: 'requestFailed';
  /** Where no record tells the moment, it lies between `at` and this: epoch milliseconds. */
  readonly notAfter?: number;
  /** How many failed attempts this one record stands for. Default: 1. */
  readonly attemptCount?: number;
  /** It counts only if no other file of the agent tells of the same failure (`FailureJoiner`). */
  readonly isFallback?: boolean;
}

/** What a record tells of whose account a request concerned. Each absent when it says nothing. */
export interface ProviderEvidence {
  /** Host of a URL in the record. */
  readonly host?: string;
  /** The agent's id of the provider or the alias of the model, as configured by the user. */
  readonly providerId?: string;
  /**
   * Host that the agent's configuration gave for `providerId`, or else for all that it asks, when
   * the failure happened: noted as it is read, since a configuration changes.
   */
  readonly configuredHost?: string;
  /** The words or the type are Kimi's alone (docs/agents.md 2.4). */
  readonly hasKimiWords?: boolean;
  /** The words, the type or the path are of this product of Kimi alone. */
  readonly product?: 'kimi-code' | 'open-platform';
  /** A mark of another provider, by name. */
  readonly otherProvider?: string;
}

/** Whose account a request concerned, and why we say so. */
export interface Attribution {
  readonly provider: 'kimi-code' | 'open-platform' | 'other' | 'unknown';
  /** A short reason for people, in English: `host api.kimi.com`, `by configuration`. */
  readonly reason: string;
}

const names: Readonly<Record<Exclude<AgentId, 'other'>, string>> = {
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
  continue: 'Continue',
  crush: 'Crush',
  goose: 'Goose',
  aider: 'Aider',
};

/** What a person calls an agent. A newer version may have stored one that this one does not know. */
export function agentName(agent: AgentId, t: Translate): string {
  return agent === 'other' ? t('another log') : (names[agent] ?? agent);
}
