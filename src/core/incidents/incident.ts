import type { AgentId, Attribution } from '../agents/signal.ts';
import type { SupportIds } from '../agents/supportIds.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { TAIL_RETENTION, type TailedFailure } from '../tail.ts';
import type { BurstShape, Verdict } from './verdict.ts';

/** How long incidents are kept. A row has some 3 KB. */
export const INCIDENT_RETENTION = {
  /** As long as the failures that they are made of. */
  keepMs: TAIL_RETENTION.keepMs,
  futureMs: TAIL_RETENTION.futureMs,
  /** The newest stay: a bad day has some dozens. */
  maxIncidents: 1_000,
} as const;

/** What is kept of `incidents` at `now`. */
export function keptIncidents(incidents: readonly Incident[], now: number): Incident[] {
  const { keepMs, futureMs, maxIncidents } = INCIDENT_RETENTION;
  return incidents
    .filter(({ to }) => to >= now - keepMs && to <= now + futureMs)
    .sort((a, b) => a.to - b.to)
    .slice(-maxIncidents);
}

/** The longest silence between two attempts is 60 s, of Qwen Code (agents.md 3.3). */
export const SILENCE_MS = 90_000;
/** What an agent gave up is still news for so long. */
const NEWS_MS = 5 * 60_000;

/**
 * Whether it concerns the user's Kimi account and goes on, or was given up just now. One that nobody
 * has looked at since, because the window that did is gone, goes on no longer than it could.
 */
export function isCurrent({ provider, state, to, waitUntil = to }: Incident, now: number): boolean {
  if (provider === 'other' || provider === 'unknown' || state === 'recovered') return false;
  return now <= (state === 'running' ? Math.max(to, waitUntil) + SILENCE_MS : to + NEWS_MS);
}

/** Where an incident was felt: one thread of an agent. */
export interface IncidentPlace {
  readonly agent: AgentId;
  readonly session: string;
  readonly subagent?: string;
  /** Failed attempts here. */
  readonly count: number;
}

/**
 * Failures with one cause: the same account and category, in one burst, in whichever agent and
 * session (agents.md 3.3). The limit is the account's, so the places are only a list.
 */
export interface Incident {
  /** Made of the first failure's `contentKey`: the same in every window and after a restart. */
  readonly id: string;
  readonly provider: Attribution['provider'];
  /** What the words of its failures say; null where the agents keep neither words nor status. */
  readonly category: Category | null;
  /** The rule that decided, and how sure the words are. */
  readonly rule: string | null;
  readonly wordsConfidence: Confidence | null;
  /** What stands in the words besides, of the newest failure that has it. */
  readonly fields: ErrorFields;
  /** The first and the last failure: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Failed attempts, without duplicates; `sideCount` of them were side requests. */
  readonly count: number;
  readonly sideCount: number;
  /** At most 50, the busiest first; `placeCount` is how many there were. */
  readonly places: readonly IncidentPlace[];
  readonly placeCount: number;
  /**
   * `running`: an agent still tries, or will. `recovered`: a request of one of its threads was
   * answered. `gaveUp`: the agent stopped trying. `over`: silence (agents.md 3.3 gives the times).
   */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  /** The longest wait that a failure asked for or announced ends here: epoch milliseconds. */
  readonly waitUntil?: number;
  /** The failure that says most: its words are what is shown, its record what is opened. */
  readonly example: TailedFailure;
  /** Of all its failures. For a ticket alone. */
  readonly support?: SupportIds;
  /** Failures per slice of time, oldest first, at most 60: for the timeline. */
  readonly course: readonly CoursePoint[];
  /** What was in flight around it; absent: no agent that failed tells when its requests begin. */
  readonly shape?: BurstShape;
  readonly verdict: Verdict;
}

/** What happened in one slice of an incident's time. */
export interface CoursePoint {
  /** Epoch milliseconds, the beginning of the slice. */
  readonly at: number;
  readonly failed: number;
  readonly succeeded: number;
  /** The most requests that were open in it; a lower bound. */
  readonly inFlight: number;
}
