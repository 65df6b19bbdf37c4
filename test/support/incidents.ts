import type { Incident } from '../../src/core/incidents/incident.ts';
import type { Verdict } from '../../src/core/incidents/verdict.ts';
import type { TailedFailure } from '../../src/core/agents/tail.ts';
import { NOW } from './snapshots.ts';
import { failed } from './tailBatches.ts';

/** The verdict without any facts. */
export const UNSURE: Verdict = {
  cause: 'unsure',
  certainty: 'unsure',
  alternatives: [],
  evidence: [],
  retry: 'unknown',
  steps: [],
  isSettled: false,
  isRunaway: false,
};

/** An incident of one failure, at `NOW`. */
export function incidentOf(id: string, fields: Partial<Incident> = {}): Incident {
  const example = failed(`${id} 1`) as TailedFailure;
  return {
    id,
    provider: 'kimi-code',
    category: 'rate_limited_ambiguous',
    rule: 'too-many-requests',
    wordsConfidence: 'high',
    fields: {},
    from: NOW,
    to: NOW,
    count: 1,
    sideCount: 0,
    places: [{ agent: 'kimi-code', session: 's', count: 1 }],
    placeCount: 1,
    state: 'running',
    example,
    course: [{ at: NOW, failed: 1, succeeded: 0, inFlight: 1 }],
    verdict: UNSURE,
    ...fields,
  };
}
