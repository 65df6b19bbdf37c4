import type { Activity } from '../../src/core/quota/activity.ts';
import type { OtherMachine, TeamAccount } from '../../src/core/quota/team.ts';

/** Other machines of an account with their totals. */
export function teamOf(
  machines: readonly OtherMachine[],
  more: Partial<TeamAccount> = {},
): TeamAccount {
  const sum = (of: (one: OtherMachine) => number | undefined): number =>
    machines.reduce((all, one) => all + (of(one) ?? 0), 0);
  return {
    provider: 'kimi-code',
    totals: {
      count: machines.length,
      inFlight: sum(({ inFlight }) => inFlight),
      requestsLastMinute: sum(one => one.requestsLastMinute),
      tokensLastMinute: sum(one => one.tokensLastMinute),
      tokensLastDay: sum(one => one.tokensLastDay),
    },
    machines,
    silent: [],
    ...more,
  };
}

/** Activity with `here` requests in flight on this machine, and others elsewhere. */
export const activityOf = (
  here: number,
  machines: readonly OtherMachine[],
  at: number,
): Activity => ({
  inFlight: { at, total: here, byAgent: here > 0 ? [{ agent: 'claude-code', count: here }] : [] },
  team: { at, accounts: [teamOf(machines)] },
});
