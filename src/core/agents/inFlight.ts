import type { AgentId, Signal } from './signal.ts';

/** A request without an end is forgotten after so long: its agent crashed, or was killed. */
export const OPEN_REQUEST_LIMIT_MS = 10 * 60_000;
/** How long the course of the count is kept. */
export const HISTORY_MS = 60 * 60_000;
/** More points than this are thinned; one a second for an hour would be as many. */
const MOST_POINTS = 3600;

/** How many requests were open at a moment, seen from the logs of this machine. */
export interface InFlightCount {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly total: number;
  /** Only agents that have some, the busiest first. */
  readonly byAgent: readonly { readonly agent: AgentId; readonly count: number }[];
}

interface OpenRequest {
  readonly agent: AgentId;
  readonly startedAt: number;
}

/**
 * Counts the requests that are open now, from starts and ends in the order of their times. A thread
 * of an agent has one request at a time, and beside it one side request: a new start replaces the
 * old one, since an aborted request leaves no end (kimi.md 6.6). The count is a lower bound: other
 * machines and agents without logs are not seen.
 */
export class InFlight {
  readonly #open = new Map<string, OpenRequest>();
  #history: { readonly at: number; readonly total: number }[] = [];

  /** Takes one signal. Signals that are too old to matter change nothing. */
  apply(signal: Signal, now: number): void {
    // Kimi Code's session log repeats what its wire tells thread by thread.
    if (signal.isThreadUnknown) return;
    const thread = threadOf(signal);
    const open = this.#open.get(thread);
    if (signal.kind === 'requestStarted') {
      if (open && open.startedAt > signal.at) return;
      this.#open.set(thread, { agent: signal.agent, startedAt: signal.at });
    } else if (open && open.startedAt <= signal.at) {
      this.#open.delete(thread);
    }
    this.#note(now);
  }

  /** What is open at `now`. */
  count(now: number): InFlightCount {
    this.#forgetOld(now);
    const counts = new Map<AgentId, number>();
    for (const { agent } of this.#open.values()) counts.set(agent, (counts.get(agent) ?? 0) + 1);
    return {
      at: now,
      total: this.#open.size,
      byAgent: [...counts]
        .map(([agent, count]) => ({ agent, count }))
        .sort((a, b) => b.count - a.count),
    };
  }

  /** The highest count between `from` and `to`, of the hour that is kept. */
  peak(from: number, to: number): number {
    const before = this.#history.findLast(({ at }) => at < from);
    const within = this.#history.filter(({ at }) => at >= from && at <= to);
    return Math.max(0, before?.total ?? 0, ...within.map(({ total }) => total));
  }

  #forgetOld(now: number): void {
    for (const [thread, { startedAt }] of this.#open) {
      if (now - startedAt > OPEN_REQUEST_LIMIT_MS) this.#open.delete(thread);
    }
  }

  #note(now: number): void {
    this.#forgetOld(now);
    const total = this.#open.size;
    if (this.#history.at(-1)?.total === total) return;
    this.#history.push({ at: now, total });
    if (this.#history.length > MOST_POINTS || this.#history[0]!.at < now - HISTORY_MS) {
      this.#history = this.#history.filter(({ at }) => at >= now - HISTORY_MS).slice(-MOST_POINTS);
    }
  }
}

/** JSON keeps the parts apart whatever they hold. */
function threadOf({ agent, session, subagent = '', isSideRequest = false }: Signal): string {
  return JSON.stringify([agent, session, subagent, isSideRequest]);
}
