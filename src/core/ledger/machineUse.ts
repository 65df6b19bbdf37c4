import { DAY_MS, HOUR_MS } from '../base/time.ts';
import type { Incident } from '../incidents/incident.ts';
import type { MachineUse } from '../incidents/verdict.ts';
import type { WindowUse } from '../quota/windowUse.ts';
import { loadUses } from '../quota/windowUseRows.ts';
import type { ValueRows } from '../base/store.ts';
import type { LedgerRow, LedgerRows, TokenCounts } from './ledger.ts';
import { usualCost } from './prices.ts';
import { totalOf } from './tokens.ts';

const BEFORE_MS = 5 * HOUR_MS;
/** Incidents that can still change began within this time. */
const OLDEST_MS = DAY_MS;
const MOST_AGENTS = 3;
const LEAST_PERCENT = 1;

/**
 * Reads what the agents of this machine used. The answer gives it for the time before an incident:
 * by whom, how many tokens, and what none of them explains.
 */
export async function readMachineUse(
  archive: Pick<LedgerRows, 'ledgerRows'> & Pick<ValueRows, 'get'>,
  now: number,
): Promise<(provider: Incident['provider'], at: number) => MachineUse | undefined> {
  const rows = await archive.ledgerRows({
    from: now - OLDEST_MS - DAY_MS,
    to: now,
    detail: 'coarse',
  });
  const uses = await loadUses(archive, now);
  return (provider, at) => useBefore(rows.filter(isOf(provider)), uses, at);
}

/** An unknown account may be this one. */
const isOf =
  (provider: Incident['provider']) =>
  ({ account }: LedgerRow): boolean =>
    account === undefined || account.split(' ', 1)[0] === provider;

/** Undefined without tokens. Pure. */
export function useBefore(
  rows: readonly LedgerRow[],
  uses: readonly WindowUse[],
  at: number,
): MachineUse | undefined {
  const lastDay = rows.filter(({ from }) => from < at && from >= at - DAY_MS);
  if (lastDay.length === 0) return undefined;
  const shares = sharesOf(lastDay.filter(({ from }) => from >= at - BEFORE_MS));
  const foreign = uses.find(
    ({ from, to, unexplained }) =>
      unexplained && from < at && unexplained.from < at && to <= at + BEFORE_MS,
  );
  return {
    agents: shares,
    tokensLastDay: lastDay.reduce((sum, { tokens }) => sum + totalOf(tokens), 0),
    ...(foreign?.unexplained
      ? { unexplained: { windowId: foreign.windowId, ...foreign.unexplained } }
      : {}),
  };
}

function sharesOf(rows: readonly LedgerRow[]): MachineUse['agents'] {
  const costs = new Map<LedgerRow['agent'], number>();
  const cost = (tokens: TokenCounts): number => usualCost(tokens);
  for (const { agent, tokens } of rows) costs.set(agent, (costs.get(agent) ?? 0) + cost(tokens));
  const all = [...costs.values()].reduce((sum, each) => sum + each, 0) || 1;
  return [...costs]
    .map(([agent, each]) => ({ agent, percent: Math.round((100 * each) / all) }))
    .filter(({ percent }) => percent >= LEAST_PERCENT)
    .sort((a, b) => b.percent - a.percent)
    .slice(0, MOST_AGENTS);
}
