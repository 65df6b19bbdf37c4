import { agentName } from '../agents/signal.ts';
import { dateFormat } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { LedgerRow, TokenCounts } from './ledger.ts';

/** What rows can be grouped by. */
const LEDGER_GROUPS = ['agent', 'model', 'project', 'session', 'day'] as const;

/** One of `LEDGER_GROUPS`. */
export type LedgerGrouping = (typeof LEDGER_GROUPS)[number];

/** The sums of a group of rows. */
export interface LedgerGroup {
  /**
   * The agent's id, the model, the project, the agent's id of the session, or the local day as
   * `2026-11-30`; null: unknown.
   */
  readonly key: string | null;
  readonly answers: number;
  readonly failures: number;
  readonly retries: number;
  readonly tokens: TokenCounts;
  /** The part of all its tokens that sub-agents used. */
  readonly subagentTokens: number;
}

/** Sums rows by group, the largest first; days in their order. */
export function groupRows(
  rows: Iterable<LedgerRow>,
  by: LedgerGrouping,
  locale: Locale,
): LedgerGroup[] {
  const groups = new Map<string, LedgerGroup>();
  for (const row of rows) {
    const key = keyOf(row, by, locale);
    const id = key ?? '';
    groups.set(id, sum(groups.get(id) ?? { ...NOTHING, key }, row));
  }
  const all = [...groups.values()];
  return by === 'day'
    ? all.sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
    : all.sort((a, b) => tokenTotal(b.tokens) - tokenTotal(a.tokens));
}

/** The sum of all rows. */
export function totalOf(rows: Iterable<LedgerRow>): LedgerGroup {
  let total: LedgerGroup = { ...NOTHING, key: null };
  for (const row of rows) total = sum(total, row);
  return total;
}

/** All tokens of all classes. */
export function tokenTotal({ input, cacheRead, cacheWrite, output }: TokenCounts): number {
  return input + cacheRead + cacheWrite + output;
}

/** The name of a group for users. */
export function groupName({ key }: LedgerGroup, by: LedgerGrouping, { t }: Locale): string {
  if (key === null) return t('unknown');
  return by === 'agent' ? agentName(key as LedgerRow['agent'], t) : key;
}

const NOTHING = {
  ...{ answers: 0, failures: 0, retries: 0, subagentTokens: 0 },
  tokens: { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 },
};

function keyOf(row: LedgerRow, by: LedgerGrouping, locale: Locale): string | null {
  return by === 'day' ? dayOf(row.from, locale) : (row[by] ?? null);
}

/** In the form of ISO 8601, which Swedish uses. */
function dayOf(at: number, { timeZone }: Locale): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat('sv', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone }).format(
    at,
  );
}

function sum(group: LedgerGroup, row: LedgerRow): LedgerGroup {
  const [a, b] = [group.tokens, row.tokens];
  return {
    key: group.key,
    answers: group.answers + row.answers,
    failures: group.failures + row.failures,
    retries: group.retries + row.retries,
    tokens: {
      input: a.input + b.input,
      cacheRead: a.cacheRead + b.cacheRead,
      cacheWrite: a.cacheWrite + b.cacheWrite,
      output: a.output + b.output,
    },
    subagentTokens: group.subagentTokens + (row.isSubagent ? tokenTotal(b) : 0),
  };
}
