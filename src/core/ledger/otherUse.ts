import type { MachinePoints } from '../quota/windowUse.ts';
import type { TeamAccount } from '../quota/team.ts';
import type { Reconciliation } from './reconcile.ts';

/** Less of a window remains unmentioned, as without other machines. */
const LEAST_UNEXPLAINED = 4;
/** Fewer points of this machine say too little about what a token costs. */
const LEAST_OWN_POINTS = 2;

/** Usage of a window with what other machines explain of it. */
interface WithOthers {
  /** Without the part of `unexplained` that other machines reported. */
  readonly found: Reconciliation;
  readonly machines: readonly MachinePoints[];
}

/**
 * Explains usage by what the other machines of the account reported. Their tokens cost what this
 * machine's cost; if nothing was used here, the unexplained part is theirs, in the proportion of their
 * tokens. `ownCost`: tokens of this machine, by the usual proportions of prices. Pure.
 */
export function withOthers(
  found: Reconciliation,
  ownCost: number,
  others: TeamAccount | undefined,
): WithOthers {
  const { explained, unexplained, used, windowId } = found;
  const costs = (others?.machines ?? []).flatMap(({ machine, costs: all = [] }) => {
    const cost = all.find(one => one.windowId === windowId)?.cost ?? 0;
    return cost > 0 ? [{ machine, cost }] : [];
  });
  const cost = costs.reduce((sum, one) => sum + one.cost, 0);
  if (cost === 0) return { found, machines: [] };
  const ownPoints = explained?.points ?? 0;
  const perCost = ownPoints >= LEAST_OWN_POINTS && ownCost > 0 ? ownPoints / ownCost : undefined;
  const most = Math.max(0, used - ownPoints);
  const points =
    perCost === undefined ? (unexplained?.points ?? 0) : Math.min(most, perCost * cost);
  if (points === 0) return { found, machines: [] };
  const machines = costs
    .map(one => ({ machine: one.machine, points: (points * one.cost) / cost }))
    .sort((a, b) => b.points - a.points);
  return { found: withoutPoints(found, points), machines };
}

function withoutPoints(found: Reconciliation, points: number): Reconciliation {
  const { unexplained, ...rest } = found;
  if (!unexplained) return found;
  const left = Math.floor(unexplained.points - points);
  if (left < LEAST_UNEXPLAINED) return rest;
  const share = left / unexplained.points;
  const parts = unexplained.parts.map(part => ({ ...part, points: part.points * share }));
  return { ...rest, unexplained: { ...unexplained, points: left, parts } };
}
