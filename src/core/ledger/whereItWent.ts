import type { AgentId } from '../agents/signal.ts';
import { isKimi, productOfModel } from '../base/providers.ts';
import type { ValueRows } from '../base/store.ts';
import { DAY_MS, HOUR_MS } from '../base/time.ts';
import { type LocalActivity, loadLocalActivity } from '../quota/localActivity.ts';
import type { MachinePoints } from '../quota/activity.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import { type TeamAccount, teamAccount } from '../quota/team.ts';
import { loadTeamReading } from '../quota/teamRows.ts';
import { windowLengthMs } from '../quota/windows.ts';
import type { LedgerRow, LedgerRows, TokenCounts } from './ledger.ts';
import { costOf, plus, type Prices, totalOf, usualCost, ZERO_TOKENS } from './prices.ts';
import { withOthers } from './otherUse.ts';
import { type Points, pointsOf, type Reconciliation, reconcile } from './reconcile.ts';

/** What the ledger is read from. */
export type LedgerArchive = Pick<SnapshotRows, 'readHistory'> &
  Pick<LedgerRows, 'ledgerRows'> &
  Pick<ValueRows, 'get'>;

/** The history of one account and the tokens of this machine. */
export interface LedgerReading {
  /** Of one origin, oldest first. */
  readonly history: readonly Snapshot[];
  readonly rows: readonly LedgerRow[];
  readonly activity?: LocalActivity;
  /** The other machines of the account; absent without a team. */
  readonly others?: TeamAccount;
}

/** Prices are fitted to four weeks. */
const FIT_MS = 28 * DAY_MS;

/** Reads what `whereItWent` needs, as of `now`. */
export async function readLedger(
  archive: LedgerArchive,
  origin: string,
  now: number,
): Promise<LedgerReading> {
  const since = now - FIT_MS;
  const history = await archive.readHistory({ origin, since });
  const rows = await archive.ledgerRows({ from: since - HOUR_MS, to: now });
  const activity = await loadLocalActivity(archive);
  const newest = history.at(-1);
  const others = teamAccount(await loadTeamReading(archive, now), productOf(newest));
  return {
    history: history.filter(({ at }) => at <= now),
    rows: newest ? rows.filter(row => isOfAccount(row, newest)) : rows,
    ...(activity ? { activity } : {}),
    ...(others ? { others } : {}),
  };
}

const productOf = (snapshot: Snapshot | undefined): string =>
  snapshot?.balance ? 'open-platform' : 'kimi-code';

/** An unknown account counts if its model is Kimi's: too much is better than a false alarm. */
function isOfAccount({ account, model = '' }: LedgerRow, snapshot: Snapshot): boolean {
  const product = productOf(snapshot);
  if (account !== undefined) return account.split(' ', 1)[0] === product;
  const suggested = productOfModel(model);
  return isKimi(suggested ?? 'unknown') ? suggested === product : /kimi|moonshot/i.test(model);
}

/** What a group has in common. */
export const LEDGER_GROUPINGS = ['agent', 'model', 'project', 'session', 'day'] as const;

/** One of `LEDGER_GROUPINGS`. */
export type LedgerGrouping = (typeof LEDGER_GROUPINGS)[number];

/** What one agent, model, project, session or day used. */
export interface LedgerGroup {
  /** Its value; undefined where no log names it. */
  readonly key: string | undefined;
  readonly agent: AgentId;
  readonly tokens: TokenCounts;
  readonly answers: number;
  readonly failures: number;
  /** Of what this machine used, by the prices of its tokens: 0 to 100. */
  readonly sharePercent: number;
  /** Of `sharePercent`, what sub-agents used. */
  readonly subagentPercent: number;
  /** Points of the window; needs prices. */
  readonly points?: Points;
}

/** A slice of time. */
export interface LedgerBar {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Points, or millions of tokens without prices, in the order of `WhereItWent.agents`. */
  readonly values: readonly number[];
  /** Points. */
  readonly unexplained: number;
}

/** Where one window went. */
export interface WhereItWent extends Reconciliation {
  /** Tokens of this machine, by the usual proportions of prices. */
  readonly cost: number;
  /** What other machines of the account used, by their reports; the largest first. */
  readonly machines: readonly MachinePoints[];
  readonly groups: readonly LedgerGroup[];
  /** The largest first. */
  readonly agents: readonly AgentId[];
  readonly bars: readonly LedgerBar[];
}

/** What `whereItWent` is asked. */
export interface WhereOptions {
  readonly windowId: string;
  readonly by: LedgerGrouping;
  /** The day of a time, for `by: 'day'`: sorts by its text. */
  readonly dayOf?: (at: number) => string;
}

/** Compares a window with the ledger and groups what this machine used. Undefined if never read. Pure. */
export function whereItWent(
  { history, rows, activity, others }: LedgerReading,
  { windowId, by, dayOf = isoDay }: WhereOptions,
): WhereItWent | undefined {
  const compared = reconcile({ history, rows, windowId, ...(activity ? { activity } : {}) });
  if (!compared) return undefined;
  const own = rows.filter(
    ({ from }) => from >= compared.from - SLOT_TOLERANCE_MS && from < compared.to,
  );
  const cost = usualCost(sumOf(own));
  const { found, machines } = withOthers(compared, cost, others);
  const groups = groupsOf(own, row => keyOf(row, by, dayOf), found);
  const byAgent = by === 'agent' ? groups : groupsOf(own, ({ agent }) => agent, found);
  const agents = byAgent.map(({ agent }) => agent);
  return { ...found, cost, machines, groups, agents, bars: barsOf(own, agents, found) };
}

/** A slot that began just before a window is mostly inside it. */
const SLOT_TOLERANCE_MS = 2 * 60_000;

const isoDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

function keyOf(row: LedgerRow, by: LedgerGrouping, dayOf: (at: number) => string) {
  return by === 'day' ? dayOf(row.from) : row[by];
}

function groupsOf(
  rows: readonly LedgerRow[],
  keyOfRow: (row: LedgerRow) => string | undefined,
  found: Reconciliation,
): LedgerGroup[] {
  const byKey = new Map<string | undefined, LedgerRow[]>();
  for (const row of rows) {
    const key = keyOfRow(row);
    const known = byKey.get(key);
    if (known) known.push(row);
    else byKey.set(key, [row]);
  }
  const cost = (tokens: TokenCounts): number => costIn(tokens, found.prices);
  const all = cost(sumOf(rows)) || 1;
  return [...byKey]
    .map(([key, own]): LedgerGroup => {
      const tokens = sumOf(own);
      const subagents = sumOf(own.filter(({ isSubagent }) => isSubagent));
      const points = pointsOf(tokens, found);
      return {
        key,
        agent: own[0]!.agent,
        tokens,
        answers: total(own, 'answers'),
        failures: total(own, 'failures'),
        sharePercent: (100 * cost(tokens)) / all,
        subagentPercent: (100 * cost(subagents)) / all,
        ...(points ? { points } : {}),
      };
    })
    .sort((a, b) => b.sharePercent - a.sharePercent);
}

const costIn = (tokens: TokenCounts, prices: Prices | undefined): number =>
  prices ? costOf(tokens, prices).points : usualCost(tokens);

const sumOf = (rows: readonly LedgerRow[]): TokenCounts =>
  rows.reduce((sum, { tokens }) => plus(sum, tokens), ZERO_TOKENS);

const total = (rows: readonly LedgerRow[], field: 'answers' | 'failures'): number =>
  rows.reduce((sum, row) => sum + row[field], 0);

/** A bar of the 5-hour window has a quarter of an hour, of a week six hours. */
const MOST_BARS = 28;

function barsOf(
  rows: readonly LedgerRow[],
  agents: readonly AgentId[],
  { windowId, from, prices, unexplained }: Reconciliation,
): LedgerBar[] {
  const lengthMs = windowLengthMs(windowId) ?? DAY_MS;
  const count = lengthMs === 5 * HOUR_MS ? 20 : MOST_BARS;
  const stepMs = lengthMs / count;
  return Array.from({ length: count }, (_, i): LedgerBar => {
    const [start, end] = [from + i * stepMs, from + (i + 1) * stepMs];
    const inside = rows.filter(
      row => clamp(row.from, from) >= start && clamp(row.from, from) < end,
    );
    const values = agents.map(agent => {
      const tokens = sumOf(inside.filter(row => row.agent === agent));
      return prices ? costOf(tokens, prices).points : totalOf(tokens) / 1e6;
    });
    const parts = unexplained?.parts ?? [];
    const foreign = parts.reduce(
      (sum, part) => sum + part.points * sharedPart(part, start, end),
      0,
    );
    return { from: start, to: end, values, unexplained: foreign };
  });
}

const clamp = (at: number, least: number): number => Math.max(at, least);

/** Of a part, how much lies between two times: 0 to 1. */
function sharedPart(
  part: { readonly from: number; readonly to: number },
  from: number,
  to: number,
) {
  const overlap = Math.min(part.to, to) - Math.max(part.from, from);
  return overlap <= 0 ? 0 : overlap / (part.to - part.from);
}
