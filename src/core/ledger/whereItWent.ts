import type { AgentId } from '../agents/signal.ts';
import { hostOf, regionOfApi } from '../base/kimiHosts.ts';
import { isKimi, productOfModel } from '../base/providers.ts';
import type { Locale } from '../base/ports.ts';
import type { ValueRows } from '../base/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/time.ts';
import { type LocalActivity, loadLocalActivity } from '../quota/localActivity.ts';
import type { MachinePoints } from '../quota/windowUse.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import { type TeamAccount, teamAccount } from '../quota/team.ts';
import { loadTeamReading } from '../quota/teamRows.ts';
import { windowLengthMs } from '../quota/windows.ts';
import { groupRows, keyWriter, type LedgerSums } from './groups.ts';
import type { LedgerGrouping, LedgerRow, LedgerRows, TokenCounts } from './ledger.ts';
import { weighed } from './ledgerFit.ts';
import { withOthers } from './otherUse.ts';
import { costOf, type Prices, usualCost } from './prices.ts';
import { type Points, pointsOf, type Reconciliation, reconcile, windowSpan } from './reconcile.ts';
import { totalOf } from './tokens.ts';

/** What the ledger is read from. */
export type LedgerArchive = Pick<SnapshotRows, 'readHistory'> &
  Pick<LedgerRows, 'ledgerRows'> &
  Pick<ValueRows, 'get'>;

/** The history of one account and the tokens of this machine. */
export interface LedgerReading {
  /** Of one origin, oldest first. */
  readonly history: readonly Snapshot[];
  /** Need no sessions and projects. */
  readonly rows: readonly LedgerRow[];
  /** The sums of one window, by session and project. */
  readonly details?: readonly LedgerRow[];
  readonly activity?: LocalActivity;
  /** The other machines of the account; absent without a team. */
  readonly others?: TeamAccount;
}

/** What `readLedger` reads. */
export interface LedgerReadingQuery {
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Default: without sessions and projects. */
  readonly detailsOf?: Pick<WhereOptions, 'windowId' | 'by'>;
}

/** Prices are fitted to this time: the longest window is inside. */
export const FIT_MS = 31 * DAY_MS;

/** How far back `readLedger` reads: Kimi counts tokens late. */
export const LEDGER_MS = FIT_MS + HOUR_MS;

/** Reads what `whereItWent` needs, as of `now`. */
export async function readLedger(
  archive: LedgerArchive,
  { origin, now, detailsOf }: LedgerReadingQuery,
): Promise<LedgerReading> {
  const since = now - FIT_MS;
  const whole = await archive.readHistory({ origin, since });
  const history = whole.filter(({ at }) => at >= since && at <= now);
  const newest = history.at(-1);
  const others = teamAccount(await loadTeamReading(archive, now), productOf(newest));
  const own = (rows: readonly LedgerRow[]): readonly LedgerRow[] =>
    newest ? rows.filter(row => isOfAccount(row, newest)) : rows;
  const rows = await archive.ledgerRows({ from: now - LEDGER_MS, to: now, detail: 'coarse' });
  const activity = await loadLocalActivity(archive);
  const hasDetails = detailsOf?.by === 'project' || detailsOf?.by === 'session';
  const window = hasDetails ? windowSpan(history, detailsOf.windowId) : undefined;
  const details =
    window &&
    (await archive.ledgerRows({
      from: window.from - SLOT_TOLERANCE_MS,
      to: window.to,
      detail: 'total',
    }));
  return {
    history,
    rows: own(rows),
    ...(details ? { details: own(details) } : {}),
    ...(activity ? { activity } : {}),
    ...(others ? { others } : {}),
  };
}

const productOf = (snapshot: Snapshot | undefined): string =>
  snapshot?.balance ? 'open-platform' : 'kimi-code';

/** An unknown account counts if its model is Kimi's: too much is better than a false alarm. */
export function isOfAccount({ account, model = '' }: LedgerRow, snapshot: Snapshot): boolean {
  const product = productOf(snapshot);
  if (account !== undefined) {
    const [own, region] = account.split(' ', 2);
    const asked = regionOfApi(hostOf(snapshot.origin) ?? '')?.region;
    return own === product && (region === undefined || asked === undefined || region === asked);
  }
  const suggested = productOfModel(model);
  return isKimi(suggested ?? 'unknown') ? suggested === product : /kimi|moonshot/i.test(model);
}

/** What one agent, model, project, session or day used. */
export interface LedgerGroup extends LedgerSums {
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
  /** For the days. Default: the system's time zone. */
  readonly locale?: Pick<Locale, 'timeZone'>;
}

/** Compares a window with the ledger and groups what this machine used. Undefined if never read. Pure. */
export function whereItWent(
  { history, rows, details, activity, others }: LedgerReading,
  { windowId, by, locale = {} }: WhereOptions,
): WhereItWent | undefined {
  const compared = reconcile({ history, rows, windowId, ...(activity ? { activity } : {}) });
  if (!compared) return undefined;
  const isInside = ({ from }: LedgerRow): boolean =>
    from >= compared.from - SLOT_TOLERANCE_MS && from < compared.to;
  const own = rows.filter(isInside);
  const cost = weighed(own, []).reduce((sum, { tokens }) => sum + usualCost(tokens), 0);
  const { found, machines } = withOthers(compared, cost, others);
  const byAgent = groupsOf(own, keyWriter('agent', locale), found);
  const groups = by === 'agent' ? byAgent : groupsOf(details ?? own, keyWriter(by, locale), found);
  const agents = byAgent.map(({ agent }) => agent);
  return { ...found, cost, machines, groups, agents, bars: barsOf(own, agents, found) };
}

/** A slot that began just before a window is mostly inside it. */
const SLOT_TOLERANCE_MS = 2 * MINUTE_MS;

function groupsOf(
  rows: readonly LedgerRow[],
  keyOf: (row: LedgerRow) => string | undefined,
  found: Reconciliation,
): LedgerGroup[] {
  const { models } = found;
  const cost = (tokens: TokenCounts): number => costIn(tokens, found.prices);
  const groups = groupRows(rows, { keyOf, models });
  const all = groups.reduce((sum, { weighed }) => sum + cost(weighed), 0) || 1;
  return groups
    .map((group): LedgerGroup => {
      const points = pointsOf(group.weighed, found);
      return {
        ...group,
        sharePercent: (100 * cost(group.weighed)) / all,
        subagentPercent: (100 * cost(group.weighedOfSubagents)) / all,
        ...(points ? { points } : {}),
      };
    })
    .sort((a, b) => b.sharePercent - a.sharePercent);
}

const costIn = (tokens: TokenCounts, prices: Prices | undefined): number =>
  prices ? costOf(tokens, prices).points : usualCost(tokens);

/** A bar of the 5-hour window has a quarter of an hour, of a week six hours. */
const MOST_BARS = 28;

function barsOf(
  rows: readonly LedgerRow[],
  agents: readonly AgentId[],
  { windowId, from, prices, models, unexplained }: Reconciliation,
): LedgerBar[] {
  const lengthMs = windowLengthMs(windowId) ?? DAY_MS;
  const count = lengthMs === 5 * HOUR_MS ? 20 : MOST_BARS;
  const stepMs = lengthMs / count;
  const barOf = (row: LedgerRow): number => Math.floor((Math.max(row.from, from) - from) / stepMs);
  const keyOf = (row: LedgerRow): string => `${barOf(row)} ${row.agent}`;
  const sums = new Map(groupRows(rows, { keyOf, models }).map(group => [group.key, group]));
  return Array.from({ length: count }, (_, i): LedgerBar => {
    const [start, end] = [from + i * stepMs, from + (i + 1) * stepMs];
    const values = agents.map(agent => {
      const own = sums.get(`${i} ${agent}`);
      if (!own) return 0;
      return prices ? costOf(own.weighed, prices).points : totalOf(own.tokens) / 1e6;
    });
    const parts = unexplained?.parts ?? [];
    const foreign = parts.reduce(
      (sum, part) => sum + part.points * sharedPart(part, start, end),
      0,
    );
    return { from: start, to: end, values, unexplained: foreign };
  });
}

/** Of a part, how much lies between two times: 0 to 1. */
function sharedPart(
  part: { readonly from: number; readonly to: number },
  from: number,
  to: number,
) {
  const overlap = Math.min(part.to, to) - Math.max(part.from, from);
  return overlap <= 0 ? 0 : overlap / (part.to - part.from);
}
