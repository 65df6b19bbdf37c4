import type { Others } from '../../../src/core/incidents/verdict.ts';
import { SILENT_MS } from '../../../src/core/quota/team.ts';
import { teamOf } from '../team.ts';

/** As `TeamLink` does it: reports and queries every 15 s, each machine at its own time. */
const EVERY_MS = 15_000;
const MINUTE_MS = 60_000;
const MACHINES = ['ci-box', 'server'] as const;

interface Change {
  readonly at: number;
  readonly machine: string;
  readonly change: 1 | -1;
  readonly tokens: number;
}

/** The requests of a second and a third machine, and what they report of them. */
export class Elsewhere {
  readonly #changes: Change[] = [];

  /** The machine of the worker with this number. */
  static machineOf(worker: number): string {
    return MACHINES[worker % MACHINES.length]!;
  }

  started(at: number, machine: string, tokens: number): void {
    this.#changes.push({ at, machine, change: 1, tokens });
  }

  ended(at: number, machine: string): void {
    this.#changes.push({ at, machine, change: -1, tokens: 0 });
  }

  /** What this machine has read of the others at `now`. */
  readAt(now: number): Others {
    const askedAt = lastTick(now, 0.5);
    return teamOf(
      MACHINES.map((machine, index) => {
        const at = lastTick(askedAt, index / MACHINES.length + 0.2);
        const own = this.#changes.filter(one => one.machine === machine && one.at <= at);
        const inFlight = own.reduce((sum, { change }) => sum + change, 0);
        const recent = own.filter(one => one.change > 0 && one.at > at - MINUTE_MS);
        return {
          machine,
          inFlight,
          requestsLastMinute: recent.length,
          tokensLastMinute: recent.reduce((sum, { tokens }) => sum + tokens, 0),
          ageMs: Math.min(SILENT_MS, now - at),
        };
      }),
    );
  }
}

/** The last moment of a clock that ticks every 15 s. `phase`: 0 to 1. */
const lastTick = (now: number, phase: number): number =>
  Math.floor(now / EVERY_MS - phase) * EVERY_MS + phase * EVERY_MS;
