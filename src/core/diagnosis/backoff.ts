import type { AgentId } from '../agents/signal.ts';
import type { Translate } from '../base/ports.ts';

/** Whether an agent waits longer after each refusal, and the setting that changes it. */
interface Backoff {
  /** Attempts for one request. */
  readonly attempts: number;
  /** Seconds from the first attempt to the last. */
  readonly seconds: number;
  /** The setting or variable; absent: there is none. */
  readonly setting?: string;
}

/** What agents do on a 429 (docs/agents.md 3.3). */
const BACKOFFS: Readonly<Partial<Record<AgentId, Backoff>>> = {
  'kimi-code': { attempts: 10, seconds: 150, setting: 'max_attempts_per_step' },
  'claude-code': { attempts: 11, seconds: 180, setting: 'CLAUDE_CODE_MAX_RETRIES' },
  opencode: { attempts: 6, seconds: 70 },
  'kilo-code': { attempts: 6, seconds: 70 },
  codex: { attempts: 6, seconds: 7, setting: 'request_max_retries' },
  cline: { attempts: 6, seconds: 63 },
  'qwen-code': { attempts: 4, seconds: 240, setting: 'maxRetries' },
  continue: { attempts: 33, seconds: 120 },
  openclaw: { attempts: 10, seconds: 150 },
  pi: { attempts: 4, seconds: 14 },
  droid: { attempts: 5, seconds: 5 },
  copilot: { attempts: 6, seconds: 58 },
  'kimi-cli': { attempts: 9, seconds: 15, setting: 'max_retries_per_step' },
};

/** How an agent retries, and what changes it. */
export function backoffWords(agent: AgentId | undefined, name: string, t: Translate): string {
  const backoff = agent && BACKOFFS[agent];
  if (!backoff) return t('Retry with backoff: wait 1, 2, 4, then 8 s, plus a random delay.');
  const { attempts, seconds, setting } = backoff;
  const does = t('{0} tries {1} times within about {2} s.', name, attempts, seconds);
  return setting === undefined ? does : t('{0} {1} changes it.', does, setting);
}
