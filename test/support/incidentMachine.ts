import assert from 'node:assert/strict';
import type { RequestStarted } from '../../src/core/agents/signal.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { Incidents, type IncidentsOptions } from '../../src/core/incidents/incidents.ts';
import type { VerdictInput } from '../../src/core/incidents/verdict.ts';
import { answer, SECOND, START, type Step, tailed } from './bursts.ts';
import { UNSURE } from './incidents.ts';

/** Epoch milliseconds of so many seconds after the beginning. */
export const at = (s: number): number => START + s * SECOND;

/** A request that begins at so many seconds. */
export function begin(s: number, fields: Partial<RequestStarted> = {}): RequestStarted {
  const { kind: _, outputTokens: __, ...own } = answer(s);
  return { ...own, kind: 'requestStarted', contentKey: `begin ${s}`, ...fields };
}

/** Incidents that are fed step by step, and what their verdicts were given. */
export class Machine {
  readonly inputs: VerdictInput[] = [];
  readonly incidents: Incidents;

  constructor(options: Partial<IncidentsOptions> = {}) {
    this.incidents = new Incidents({
      judge: input => (this.inputs.push(input), UNSURE),
      snapshots: () => [],
      ...options,
    });
  }

  get input(): VerdictInput {
    return this.inputs.at(-1) ?? assert.fail('nothing was judged');
  }

  read(...steps: (Step | RequestStarted)[]): this {
    for (const step of steps) {
      this.incidents.take(step, step.at);
      if (step.kind === 'requestFailed') this.incidents.fail(tailed(step));
    }
    return this;
  }

  at(s: number): Incident[] {
    return this.incidents.update(at(s));
  }

  last(s: number): Incident {
    return this.at(s).at(-1) ?? assert.fail('nothing changed');
  }
}
