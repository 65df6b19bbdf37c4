import type { Translate } from '../base/ports.ts';
import type { Activity } from '../quota/activity.ts';
import { type OtherMachine, type TeamAccount, teamAccount } from '../quota/team.ts';

/** Requests in flight of an account. A lower bound. */
export interface SlotUse {
  readonly total: number;
  /** The most at one time in the last minute, if that is more. */
  readonly peak?: number;
  /** On this machine. */
  readonly here: number;
  /** On the other machines, the busiest first. Empty: none, or no team. */
  readonly elsewhere: readonly Pick<OtherMachine, 'machine' | 'inFlight'>[];
}

/** Most machines in a sentence. */
const MOST_NAMED = 3;

/** The requests in flight of this account, here and elsewhere; undefined if neither is known. Pure. */
export function slotUse(
  { inFlight, team }: Pick<Activity, 'inFlight' | 'team'>,
  provider: TeamAccount['provider'],
): SlotUse | undefined {
  const others = teamAccount(team, provider);
  if (!inFlight && !others) return undefined;
  const here = inFlight?.total ?? 0;
  const total = here + (others?.totals.inFlight ?? 0);
  const peak = total - here + (inFlight?.peak ?? 0);
  return {
    total,
    ...(peak > total ? { peak } : {}),
    here,
    elsewhere: (others?.machines ?? []).filter(({ inFlight: count }) => count > 0),
  };
}

/** `3 here, 7 on ci-box`; empty if no other machine has requests in flight. */
export function whereWords({ total, here, elsewhere }: SlotUse, t: Translate): string {
  if (elsewhere.length === 0) return '';
  const named = elsewhere.slice(0, MOST_NAMED);
  const rest = total - here - named.reduce((sum, { inFlight }) => sum + inFlight, 0);
  return [
    t('{0} here', here),
    ...named.map(({ machine, inFlight }) => t('{0} on {1}', inFlight, machine)),
    ...(rest > 0 ? [t('{0} on other machines', rest)] : []),
  ].join(t(', '));
}
