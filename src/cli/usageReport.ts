import type { Locale } from '../core/base/ports.ts';
import { HOUR_MS } from '../core/base/time.ts';
import type { Archive } from '../core/ledger/archive.ts';
import { groupRows, keyWriter, type LedgerSums, sortedGroups } from '../core/ledger/groups.ts';
import {
  isLedgerComplete,
  LEDGER_RETENTION,
  type LedgerGrouping,
  type LedgerQuery,
  type LedgerRow,
} from '../core/ledger/ledger.ts';
import { totalOf } from '../core/ledger/tokens.ts';

/**
 * What an agent asks for. Projects and sessions are not among the groupings: their names stay on
 * this machine.
 */
export interface UsageQuestion {
  readonly by: 'agent' | 'model' | 'day';
  readonly hours: number;
  readonly locale: Locale;
}

/** Reads the rows of a query. */
type ReadRows = (query: LedgerQuery) => Promise<UsageRows>;

/** Rows and where they are from. */
export interface UsageRows {
  readonly rows: readonly LedgerRow[];
  readonly source: 'archive' | 'logs';
  /** False: the logs are still being counted. */
  readonly isComplete: boolean;
}

/** Tokens by group. */
interface UsageGroups extends UsageRows {
  readonly from: number;
  readonly to: number;
  readonly groups: readonly LedgerSums[];
}

/** Sums the tokens since `spanMs` ago. */
export async function readUsage(
  call: {
    readonly by: LedgerGrouping;
    readonly spanMs: number;
    /** Also counts requests to other providers. */
    readonly hasOthers: boolean;
    readonly locale: Locale;
  },
  readRows: ReadRows,
): Promise<UsageGroups> {
  const now = Date.now();
  const { slotMs } = LEDGER_RETENTION;
  const from = now - call.spanMs;
  const query = { from: from - (from % slotMs), to: Infinity };
  const read = await readRows(query);
  const rows = read.rows.filter(({ account }) => call.hasOthers || account !== 'other');
  const keyOf = keyWriter(call.by, call.locale);
  const groups = sortedGroups(groupRows(rows, { keyOf }), call.by);
  return { ...read, from: query.from, to: now, groups, rows };
}

/** The answer for an agent. */
export async function answerUsage(question: UsageQuestion, readRows: ReadRows): Promise<object> {
  const { by, hours } = question;
  const call = { ...question, spanMs: hours * HOUR_MS, hasOthers: false };
  const usage = await readUsage(call, readRows);
  return {
    ...usageJson({ by, span: `${hours}h` }, usage),
    ...(usage.isComplete ? {} : { isComplete: false }),
  };
}

/** The rows in the archive. */
export const storedRows =
  (archive: Archive): ReadRows =>
  async query => ({
    rows: await archive.ledgerRows(query),
    source: 'archive',
    isComplete: await isLedgerComplete(archive),
  });

/** What `kimi-quota usage --json` prints, see docs/cli.md. */
export function usageJson(
  { by, span }: { readonly by: LedgerGrouping; readonly span: string },
  { from, to, source, groups }: UsageGroups,
): object {
  return {
    kind: 'usage',
    by,
    since: span,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    source,
    groups: groups.map(({ key = null, answers, failures, retries, subagentTokens, tokens }) => ({
      [by]: key,
      ...{ answers, failures, retries, subagentTokens },
      tokens: { ...tokens, total: totalOf(tokens) },
    })),
  };
}
