import type { AgentId } from '../agents/signal.ts';
import type { VerdictInput } from './verdict.ts';

type Failures = Pick<
  VerdictInput,
  'agents' | 'from' | 'to' | 'now' | 'count' | 'status' | 'fields'
>;

/** After so many ms the first, second ... retry of a request comes at the earliest (docs/agents.md 3.3). */
const RETRIES_MS = [600, 1700, 3800, 8000, 16_000, 32_000, 64_000, 96_000, 128_000];
/** Later on, the next prompts follow. */
const LAST_RETRY_MS = 128_000;
/** Agents that write one record for each failed attempt, when it fails. */
const PACED: readonly AgentId[] = ['kimi-code', 'claude-code', 'opencode'];

/** What agents do not try again by themselves, and write each of (docs/agents.md 3.3). */
const TRIED_ONCE: Readonly<Partial<Record<AgentId, readonly number[]>>> = {
  'kimi-code': [400, 401, 402, 403, 404],
  'claude-code': [400, 403],
  opencode: [401, 404],
  cline: [400, 401, 403, 404],
  'qwen-code': [400, 401, 403, 404],
  openclaw: [400, 401, 403, 404],
  pi: [401],
  droid: [403],
};
/** A person who sends it off once more takes so long at least. */
const RESEND_MS = 8000;

const isTriedOnce = ({ agents, status, fields }: Failures): boolean => {
  const known = status ?? fields.status;
  return known !== undefined && agents.every(agent => TRIED_ONCE[agent]?.includes(known));
};

const isPaced = ({ agents }: Failures): boolean => agents.every(agent => PACED.includes(agent));

/** Records need not tell the thread: more failures than one thread has attempts are of several. */
export function threadsByPace(failures: Failures): number {
  return isPaced(failures) ? Math.ceil(failures.count / attemptsOf(failures)) : 1;
}

/** The threads of a fan-out are refused within seconds of each other: after that, none follows. */
export const FOLLOWS_MS = 5000;

/**
 * Whether one thread alone was refused, as far as the pace tells: each time it was is on disk, and no
 * other followed. Of Kimi Code's log alone, any thread may be meant.
 */
export function isOneByPace(failures: Failures): boolean {
  return (
    isTriedOnce(failures) &&
    !failures.agents.includes('kimi-code') &&
    failures.now - failures.to >= FOLLOWS_MS &&
    failures.count <= attemptsOf(failures)
  );
}

const forMs = ({ from, to }: Failures): number => Math.max(0, to - from);

/** How often one thread tries in so much time at most; without a bound where prompts follow. */
function attemptsOf(failures: Failures): number {
  const ms = forMs(failures);
  if (isTriedOnce(failures)) return 1 + ms / RESEND_MS;
  return ms > LAST_RETRY_MS ? Infinity : 1 + RETRIES_MS.filter(after => after <= ms).length;
}
