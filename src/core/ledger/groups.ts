import type { AgentId } from '../agents/signal.ts';
import { dateFormat } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { LedgerGrouping, LedgerRow, TokenCounts } from './ledger.ts';
import { factorOf, type ModelPrice } from './ledgerFit.ts';
import { totalOf } from './tokens.ts';

/** The sums of a group of rows. */
export interface LedgerSums {
  /**
   * The agent's id, the model, the project, the agent's id of the session, or the local day as
   * `2026-11-30`. Undefined: no log names it.
   */
  readonly key: string | undefined;
  /** Of its first row. */
  readonly agent: AgentId;
  readonly answers: number;
  readonly failures: number;
  readonly retries: number;
  readonly tokens: TokenCounts;
  /** The part of all its tokens that sub-agents used. */
  readonly subagentTokens: number;
  /** `tokens`, those of a model that costs twice as much twice. */
  readonly weighed: TokenCounts;
  /** Of `weighed`, the part that sub-agents used. */
  readonly weighedOfSubagents: TokenCounts;
}

/** How to sum rows. */
export interface GroupOptions {
  readonly keyOf: (row: LedgerRow) => string | undefined;
  /** Default: models cost the usual number of times as much. */
  readonly models?: readonly ModelPrice[];
}

/** Sums rows by group, in the order of their first row. Pure. */
export function groupRows(
  rows: Iterable<LedgerRow>,
  { keyOf, models = [] }: GroupOptions,
): LedgerSums[] {
  const groups = new Map<string | undefined, Sums>();
  const factors = new Map<string | undefined, number>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key) ?? newSums(key, row.agent);
    groups.set(key, group);
    let factor = factors.get(row.model);
    if (factor === undefined) factors.set(row.model, (factor = factorOf(row.model, models)));
    addTo(group, row, factor);
  }
  return [...groups.values()];
}

/** What a row is grouped by, in the user's time zone. Pure. */
export function keyWriter(
  by: LedgerGrouping,
  { timeZone }: Pick<Locale, 'timeZone'>,
): (row: LedgerRow) => string | undefined {
  if (by !== 'day') return row => row[by];
  const zone = timeZone === undefined ? {} : { timeZone };
  // Swedish uses the form of ISO 8601.
  const format = dateFormat('sv', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone });
  const days = new Map<number, string>();
  return ({ from }) => {
    const known = days.get(from) ?? format.format(from);
    days.set(from, known);
    return known;
  };
}

/** The largest first; days in their order. Pure. */
export function sortedGroups<T extends Pick<LedgerSums, 'key' | 'tokens'>>(
  groups: readonly T[],
  by: LedgerGrouping,
): T[] {
  return by === 'day'
    ? groups.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
    : groups.toSorted((a, b) => totalOf(b.tokens) - totalOf(a.tokens));
}

type Counts = { -readonly [K in keyof TokenCounts]: TokenCounts[K] };
type Sums = { -readonly [K in keyof LedgerSums]: LedgerSums[K] } & {
  readonly tokens: Counts;
  readonly weighed: Counts;
  readonly weighedOfSubagents: Counts;
};

const noTokens = (): Counts => ({ input: 0, cacheRead: 0, cacheWrite: 0, output: 0 });

const newSums = (key: string | undefined, agent: AgentId): Sums => ({
  ...{ key, agent, answers: 0, failures: 0, retries: 0, subagentTokens: 0 },
  ...{ tokens: noTokens(), weighed: noTokens(), weighedOfSubagents: noTokens() },
});

function addTo(group: Sums, row: LedgerRow, factor: number): void {
  group.answers += row.answers;
  group.failures += row.failures;
  group.retries += row.retries;
  addTokens(group.tokens, row.tokens, 1);
  addTokens(group.weighed, row.tokens, factor);
  if (!row.isSubagent) return;
  group.subagentTokens += totalOf(row.tokens);
  addTokens(group.weighedOfSubagents, row.tokens, factor);
}

function addTokens(sum: Counts, tokens: TokenCounts, factor: number): void {
  sum.input += tokens.input * factor;
  sum.cacheRead += tokens.cacheRead * factor;
  sum.cacheWrite += tokens.cacheWrite * factor;
  sum.output += tokens.output * factor;
}
