import type { AgentId } from '../../src/core/agents/signal.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';

interface Use {
  readonly at: number;
  readonly points: number;
  readonly by: string;
}

/** What `SimulatedWindow` is like. */
export interface SimulatedWindowOptions {
  readonly windowId: string;
  readonly lengthMs: number;
  /** Epoch milliseconds. */
  readonly startsAt: number;
}

/** A window at Kimi: begins with the first use, is counted late, and is reported in whole percent. */
export class SimulatedWindow {
  readonly #options: SimulatedWindowOptions;
  /** Not counted yet. */
  #coming: Use[] = [];
  #counted: Use[] = [];
  #used = 0;
  #beganAt: number;

  constructor(options: SimulatedWindowOptions) {
    this.#options = options;
    this.#beganAt = options.startsAt;
  }

  /** `at`: when Kimi counts it. */
  use(at: number, points: number, by: string): void {
    this.#coming.push({ at, points, by });
  }

  /** Percent used. A new window begins with the first use after the end of the last one. */
  usedAt(at: number): number {
    const { lengthMs } = this.#options;
    const due = this.#coming.filter(one => one.at <= at).sort((a, b) => a.at - b.at);
    this.#coming = this.#coming.filter(one => one.at > at);
    for (const one of due) {
      if (one.at >= this.#beganAt + lengthMs)
        [this.#beganAt, this.#counted, this.#used] = [one.at, [], 0];
      this.#counted.push(one);
      this.#used += one.points;
    }
    return at >= this.#beganAt + lengthMs ? 0 : this.#used;
  }

  readingAt(at: number): Snapshot {
    const { windowId, lengthMs } = this.#options;
    const usedPercent = Math.min(100, Math.round(this.usedAt(at)));
    return {
      kind: 'snapshot',
      at,
      origin: 'https://api.kimi.com',
      clockSkewMs: 0,
      windows: [{ id: windowId, usedPercent, resetsAt: this.#beganAt + lengthMs }],
    };
  }

  /** Points in the window of the last reading, by agent and of others. */
  truth(at: number): { readonly byAgent: ReadonlyMap<AgentId, number>; readonly foreign: number } {
    const byAgent = new Map<AgentId, number>();
    let foreign = 0;
    const isOver = at >= this.#beganAt + this.#options.lengthMs;
    for (const { by, points } of isOver ? [] : this.#counted)
      if (by === 'foreign') foreign += points;
      else byAgent.set(by as AgentId, (byAgent.get(by as AgentId) ?? 0) + points);
    return { byAgent, foreign };
  }
}
