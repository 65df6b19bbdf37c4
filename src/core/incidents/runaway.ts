import type { AgentId } from '../agents/signal.ts';
import type { Facts } from './facts.ts';
import type { Retry } from './retryTime.ts';
import type { Cause } from './verdict.ts';

/**
 * How often an agent tries one request by itself at most when it is refused (agents.md 3.3). More in
 * one thread is not a retry but a loop.
 */
const TRIES: Readonly<Partial<Record<AgentId, number>>> = {
  'kimi-code': 10,
  'claude-code': 11,
  opencode: 6,
  codex: 6,
  cline: 6,
  'qwen-code': 4,
  openclaw: 10,
  // Three by three, inside its SDK too (kimi.md 7).
  'kimi-cli': 9,
  continue: 33,
};
const MOST_TRIES = 11;

/** A shorter wait is worth trying through. */
const LONG_WAIT_MS = 10 * 60_000;

/** Whether an agent goes on repeating what cannot succeed for long, beyond its own retries. */
export function isRunaway(cause: Cause, { input }: Facts, { retry, retryAt }: Retry): boolean {
  if (input.state !== 'running' || cause === 'unsure') return false;
  const isHopeless =
    retry === 'useless' || (retryAt !== undefined && retryAt - input.to > LONG_WAIT_MS);
  const agent = input.agents[0];
  const tries = (agent && TRIES[agent]) ?? MOST_TRIES;
  return isHopeless && input.count > tries * Math.max(1, input.threadCount);
}
