import { joinSupportIds, type SupportIds, supportIdsIn } from '../agents/supportIds.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import type { ChecklistState } from './checklistState.ts';
import type { DirectResult } from './directResults.ts';
import type { StatusReading } from './liveStatus.ts';

/** Everything that the probes of a checklist use. */
export interface ChecklistFacts {
  readonly incident: Incident;
  readonly state: ChecklistState;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The newest reading of the account. */
  readonly snapshot?: Snapshot;
  readonly direct?: DirectResult;
  readonly activity?: Activity;
  readonly status?: StatusReading;
  readonly region?: CodeRegion;
}

/** `unknown`: no program can tell; the user can tick it. */
export type CheckState = 'done' | 'notDone' | 'unknown';

/** The button of a step, for surfaces that can do it. */
export const CHECK_ACTIONS = ['testAccount', 'findPrograms', 'testOldKey', 'statusPage'] as const;

/** One of `CHECK_ACTIONS`. */
export type CheckAction = (typeof CHECK_ACTIONS)[number];

/** The ids of an incident that Kimi support asks for. */
export function idsOf({ support, example }: Incident): SupportIds | undefined {
  return joinSupportIds(support, example.signal.support, supportIdsIn(example.signal.text));
}
