import type { Cause } from '../../../src/core/incidents/verdict.ts';

/** What the simulated service really refuses for. Nobody but the judge of the verdicts sees it. */
export type TrueCause = Exclude<Cause, 'unsure' | 'quota_unspecified'>;

/** How a request was refused, as an agent sees it. */
export interface Refusal {
  /** Absent: the connection was cut. */
  readonly status?: number;
  readonly type?: string;
  readonly text: string;
  readonly retryAfterMs?: number;
}

/** One refusal, with what was true of it. */
export interface TrueRefusal {
  readonly at: number;
  readonly session: string;
  readonly cause: TrueCause;
  /** How many requests of this machine and of others were open at it, with itself. */
  readonly own: number;
  readonly foreign: number;
}

/** How specific the error text is. */
export type Wording = 'named' | 'family' | 'ambiguous';
