import type { Activity } from '../agents/activity.ts';
import type { Incident } from '../incidents/incident.ts';
import type { AccountView } from './quotaAccounts.ts';
import { safeToStart, type StartAdvice } from './safeToStart.ts';

/** What is known beside the numbers. */
export interface StartSurroundings {
  readonly activity: Activity;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Whether to start agents that use this account, by all that is known. Pure. */
export function startAdvice(
  { account, view }: AccountView,
  { activity: { inFlight }, incidents, now }: StartSurroundings,
): StartAdvice {
  const provider = account.id === 'kimiCode' ? 'kimi-code' : 'open-platform';
  const incident = incidents.find(it => it.state === 'running' && it.provider === provider);
  return safeToStart({
    view,
    now,
    ...(inFlight ? { inFlight } : {}),
    ...(incident ? { incident } : {}),
  });
}
