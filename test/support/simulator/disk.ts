import type { Signal } from '../../../src/core/agents/signal.ts';
import type { Refusal } from './truth.ts';

/** Which thread of an agent does something. */
export interface Thread {
  readonly session: string;
  /** Absent: the main thread. */
  readonly subagent?: string;
}

/** How an attempt failed, as the agent knows it. */
export interface FailedAttempt {
  readonly refusal: Refusal;
  /** Until it tries again; absent: it gives up. */
  readonly waitMs?: number;
}

/**
 * What an agent writes while it works, and what of it can be read: the signals come in the order in
 * which their records were written.
 */
export interface Disk {
  started(at: number, thread: Thread, maxTokens: number): void;
  answered(at: number, thread: Thread, tokens: number): void;
  failed(at: number, thread: Thread, attempt: FailedAttempt): void;
}

/** Takes what was read, with the time at which it was written. */
export type TakeSignal = (at: number, signal: Signal) => void;

/** A record of a log in JSON. */
export interface WrittenRecord {
  readonly type: string;
  readonly [field: string]: unknown;
}
