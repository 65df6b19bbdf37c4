import type { AgentId } from '../agents/signal.ts';
import type { LocalActivity } from '../quota/localActivity.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import { groupRows } from './groups.ts';
import { BALANCE, timesWithoutTopUp, TokenSums } from './intervals.ts';
import type { LedgerRow, TokenCounts } from './ledger.ts';
import { fitLedger, type ModelPrice, weighed } from './ledgerFit.ts';
import { CLASSES, costOf, isKnown, type Prices } from './prices.ts';
import { ALARM_ERRORS, AS_ROWS_SHOW, MISFIT, pointsOf, pointsWithoutTokens } from './reconcile.ts';
import { plus, ZERO_TOKENS } from './tokens.ts';
import { type LedgerArchive, readLedger } from './whereItWent.ts';

/** Money, with the range that holds nine times of ten. */
export interface Money {
  readonly amount: number;
  readonly low: number;
  readonly high: number;
}

/** Where the money of one open platform account went. Amounts in whole units of the currency. */
export interface MoneyUse {
  /** The first and the last reading: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** ISO 4217. */
  readonly currency?: string;
  /** What went, without the times of top-ups. */
  readonly used: number;
  /** Of a million tokens of each class whose price is known. */
  readonly perMillion?: Partial<TokenCounts>;
  /** What all agents of this machine used; needs prices. */
  readonly explained?: Money;
  /** At least this much was used by no agent of this machine. */
  readonly unexplained?: number;
  /** For `moneyOf`. In cents. */
  readonly fit: { readonly prices?: Prices; readonly models: readonly ModelPrice[] };
}

/** What `moneyUse` compares. */
export interface MoneyInput {
  /** Of one origin, oldest first; some weeks. */
  readonly history: readonly Snapshot[];
  /** Of its account, of the same time. */
  readonly rows: readonly LedgerRow[];
  /** Where the answer begins; prices are fitted to the whole history. Epoch milliseconds. */
  readonly since: number;
  /** When agents ran, even those whose logs have no tokens. Default: as the rows show. */
  readonly activity?: LocalActivity;
}

/** Smaller amounts are lost in rounding: cents. */
const LEAST_CENTS = 10;

/** Compares the money that went since a time with the ledger; undefined without two balances. Pure. */
export function moneyUse(input: MoneyInput): MoneyUse | undefined {
  const { history, rows, since, activity = AS_ROWS_SHOW } = input;
  const spans = timesWithoutTopUp(history.filter(({ at }) => at >= since));
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) return undefined;
  const { prices, lateMs, models, intervals } = fitLedger(history, BALANCE, rows);
  const currency = history.findLast(({ balance }) => balance)?.balance?.currency;
  const used = spans.reduce((sum, { points }) => sum + points, 0);
  const base = {
    ...{ from: first.from, to: last.to, used: used / 100 },
    ...(currency === undefined ? {} : { currency }),
    fit: { models, ...(prices ? { prices } : {}) },
  };
  if (!prices) return base;
  const sums = new TokenSums(weighed(rows, models));
  const tokens = spans
    .map(({ from, to }) => sums.between(from - lateMs, to - lateMs))
    .reduce(plus, ZERO_TOKENS);
  // For some minutes at each end, it is unknown whether Kimi counted them here.
  const edges = spans
    .flatMap(({ from, to }) => [
      sums.between(from - 2 * lateMs, from),
      sums.between(to - lateMs, to),
    ])
    .reduce(plus, ZERO_TOKENS);
  const { points, error } = costOf(tokens, prices);
  const margin = ALARM_ERRORS * Math.hypot(error, prices.deviation, points * MISFIT) + 1;
  const own = intervals.filter(({ from }) => from >= first.from);
  const unknown = costOf(edges, prices).points + pointsWithoutTokens(own, activity);
  const beyond = used - points - unknown;
  const known = CLASSES.filter(name => isKnown(prices, name));
  return {
    ...base,
    perMillion: Object.fromEntries(known.map(name => [name, prices.perMillion[name] / 100])),
    explained: moneyOf(tokens, base)!,
    ...(beyond < Math.max(LEAST_CENTS, margin) ? {} : { unexplained: Math.floor(beyond) / 100 }),
  };
}

/** Money of a part of the tokens, weighed by model. Never more than was used. Pure. */
export function moneyOf(
  tokens: TokenCounts,
  { fit: { prices }, used }: Pick<MoneyUse, 'fit' | 'used'>,
): Money | undefined {
  const cents = prices && pointsOf(tokens, { prices, used: 100 * used });
  return cents && { amount: cents.points / 100, low: cents.low / 100, high: cents.high / 100 };
}

/** Where the money of one account went, and to whom. */
export interface BalanceUse extends MoneyUse {
  readonly origin: string;
  /** The largest first; empty while prices are unknown. */
  readonly agents: readonly { readonly agent: AgentId; readonly money: Money }[];
}

/** Reads where the money of each open platform account went since a time, as of `now`. */
export async function readBalanceUses(
  archive: LedgerArchive & Pick<SnapshotRows, 'readLatest'>,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<readonly BalanceUse[]> {
  const latest = (await archive.readLatest()).filter(({ balance }) => balance);
  const uses = latest.map(async ({ origin }): Promise<BalanceUse[]> => {
    const reading = await readLedger(archive, { origin, now });
    const use = moneyUse({ ...reading, since });
    return use ? [{ ...use, origin, agents: moneyByAgent(use, reading.rows) }] : [];
  });
  return (await Promise.all(uses)).flat();
}

/** The money of each agent, the largest first; empty while prices are unknown. Pure. */
export function moneyByAgent(use: MoneyUse, rows: readonly LedgerRow[]): BalanceUse['agents'] {
  const own = rows.filter(({ from }) => from >= use.from && from < use.to);
  const groups = groupRows(own, { keyOf: ({ agent }) => agent, models: use.fit.models });
  return groups
    .flatMap(({ agent, weighed: tokens }) => {
      const money = moneyOf(tokens, use);
      return money ? [{ agent, money }] : [];
    })
    .sort((a, b) => b.money.amount - a.money.amount);
}
