import type { AgentId } from '../../../src/core/agents/signal.ts';
import type { Random } from './random.ts';
import type { Refusal } from './truth.ts';

/** How an agent tries again (docs/agents.md 3.3, observed). */
export interface Client {
  readonly agent: AgentId;
  /** Attempts of one request in all. */
  readonly attempts: (refusal: Refusal) => number;
  /** Seconds after the first, second ... failure; the last one repeats. */
  readonly waits: readonly number[];
  readonly keepsRetryAfter: boolean;
}

const isOneOf = (refusal: Refusal, ...statuses: number[]): boolean =>
  statuses.includes(refusal.status ?? 0);

const KIMI_CODE: Client = {
  agent: 'kimi-code',
  attempts: refusal =>
    isOneOf(refusal, 400, 401, 402, 403, 404) || refusal.type === 'exceeded_current_quota_error'
      ? 1
      : 10,
  waits: [0.8, 1.3, 2.5, 5, 10, 19, 36],
  keepsRetryAfter: true,
};

const CLAUDE_CODE: Client = {
  agent: 'claude-code',
  attempts: refusal => (isOneOf(refusal, 400, 402, 403) ? 1 : isOneOf(refusal, 404) ? 2 : 11),
  waits: [0.8, 1.3, 2.5, 5, 9, 18, 37],
  keepsRetryAfter: true,
};

const OPENCODE: Client = {
  agent: 'opencode',
  attempts: refusal => (isOneOf(refusal, 400, 401, 404) ? 1 : 6),
  waits: [2.5, 4.5, 9.5, 18, 36],
  keepsRetryAfter: true,
};

const CLINE: Client = {
  agent: 'cline',
  attempts: refusal => (isOneOf(refusal, 400, 401, 403, 404) ? 1 : 6),
  waits: [2, 4, 8, 16, 32],
  keepsRetryAfter: false,
};

const CODEX: Client = {
  agent: 'codex',
  attempts: refusal =>
    isOneOf(refusal, 429, 400) ? 1 : isOneOf(refusal, 401, 402, 403, 404) ? 6 : 30,
  waits: [0.4, 0.6, 1, 1.8, 3.4, 5],
  keepsRetryAfter: true,
};

/** By id: those whose files are written as they write them, and those known by their signals. */
export const CLIENTS = {
  'kimi-code': KIMI_CODE,
  'claude-code': CLAUDE_CODE,
  opencode: OPENCODE,
  cline: CLINE,
  codex: CODEX,
} as const;

/** One of the simulated agents. */
export type ClientId = keyof typeof CLIENTS;

/** How long a client waits after its so manyth failure (from 1 on), with its jitter. */
export function waitMs(client: Client, failure: number, refusal: Refusal, random: Random): number {
  const { waits, keepsRetryAfter } = client;
  const own = waits[Math.min(failure, waits.length) - 1]! * 1000 * random.between(0.95, 1.2);
  return keepsRetryAfter ? Math.max(own, refusal.retryAfterMs ?? 0) : own;
}
