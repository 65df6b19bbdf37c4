import { FailureJoiner, joinFailures } from '../core/agents/failureJoiner.ts';
import { agentName } from '../core/agents/signal.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { countedIn } from '../core/ledger/counted.ts';
import { groupRows, type LedgerSums } from '../core/ledger/groups.ts';
import { type BalanceUse, readBalanceUses } from '../core/ledger/moneyUse.ts';
import type { LedgerGrouping, LedgerQuery, LedgerRow } from '../core/ledger/ledger.ts';
import { IN_MEMORY, openArchiveFile } from '../node/archiveFile.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { totalOf } from '../core/ledger/tokens.ts';
import { SqliteLedger } from '../node/sqliteLedger.ts';
import { displayWidth, padToWidth } from './displayWidth.ts';
import { openArchive } from './machine.ts';
import { printJson, printLine } from './output.ts';
import { tailingBatches } from './tailing.ts';
import { moneyJson, moneyLines } from './usageMoney.ts';
import {
  answerUsage,
  readUsage,
  storedRows,
  usageJson,
  type UsageQuestion,
  type UsageRows,
} from './usageReport.ts';

/** A call of `kimi-quota usage`. */
export interface UsageCall {
  readonly by: LedgerGrouping;
  readonly spanMs: number;
  /** As typed. */
  readonly span: string;
  /** Also counts requests to other providers. */
  readonly hasOthers: boolean;
  readonly form: 'text' | 'json' | 'csv';
  readonly locale: Locale;
  /** Default: the user's home folder. */
  readonly home?: string;
}

/** Runs `kimi-quota usage`. Resolves to the exit code. */
export async function usage(call: UsageCall): Promise<number> {
  const read = await readUsage(call, query => readRows(call, query));
  const { rows, groups } = read;
  const balances = read.source === 'archive' && call.form !== 'csv' ? await readBalances(read) : [];
  if (call.form === 'json') printJson({ ...usageJson(call, read), balances: moneyJson(balances) });
  else if (call.form === 'csv') printCsv(groups, call.by);
  else {
    printTable(groups, groupRows(rows, { keyOf: () => undefined })[0], call);
    for (const line of moneyLines(balances, call.locale)) printLine(line);
  }
  return 0;
}

async function readBalances({
  from: since,
  to: now,
}: {
  readonly from: number;
  readonly to: number;
}): Promise<readonly BalanceUse[]> {
  const archive = openArchive();
  if (!archive) return [];
  try {
    return await readBalanceUses(archive, { since, now });
  } finally {
    archive.dispose();
  }
}

/** The answer for an agent. */
export const usageReport = (question: UsageQuestion): Promise<object> =>
  answerUsage(question, query => readRows({}, query));

/** From the archive or, without a complete one, from the logs. */
async function readRows(call: Pick<UsageCall, 'home'>, query: LedgerQuery): Promise<UsageRows> {
  const archive = call.home === undefined ? openArchive() : undefined;
  try {
    const stored = archive && (await storedRows(archive)(query));
    if (stored?.isComplete) return stored;
  } finally {
    archive?.dispose();
  }
  return { rows: await scannedRows(call, query), source: 'logs', isComplete: true };
}

/** Counts what the logs have, in a database in memory: the keys of a million responses need 6 MB. */
async function scannedRows(
  { home }: Pick<UsageCall, 'home'>,
  query: LedgerQuery,
): Promise<readonly LedgerRow[]> {
  const { db, close } = openArchiveFile({ path: IN_MEMORY });
  const ledger = new SqliteLedger(db);
  const joiner = new FailureJoiner();
  const places = { files: [], ...(home === undefined ? {} : { home }) };
  const options = tailingBatches(places, batch => {
    const recent = batch.signals.filter(({ signal }) => signal.at >= query.from);
    const counted = countedIn({ signals: recent }, joinFailures(joiner, recent), {
      hasProjects: true,
    });
    ledger.add(counted, { now: batch.readAt, isDetailed: true });
  });
  try {
    const reading = { hasTokens: true, maxBacklogBytes: Infinity };
    db.exec('BEGIN');
    await readLogsOnce({ ...options, since: query.from, reading });
    return await ledger.rows(query);
  } finally {
    close();
  }
}

const COLUMNS = [
  ...['answers', 'input', 'cache_read', 'cache_write', 'output', 'total', 'by_subagents'],
  ...['failures', 'retries'],
];

function printCsv(groups: readonly LedgerSums[], by: LedgerGrouping): void {
  printLine([by, ...COLUMNS].join(','));
  for (const group of groups) printLine([csvText(group.key ?? ''), ...numbersOf(group)].join(','));
}

function numbersOf({ answers, failures, retries, tokens, subagentTokens }: LedgerSums): number[] {
  const { input, cacheRead, cacheWrite, output } = tokens;
  const counts = [input, cacheRead, cacheWrite, output, totalOf(tokens), subagentTokens];
  return [answers, ...counts, failures, retries];
}

/** A spreadsheet would run a text that begins like a formula. */
function csvText(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function printTable(
  groups: readonly LedgerSums[],
  total: LedgerSums | undefined,
  call: UsageCall,
): void {
  const { by, locale } = call;
  const { t } = locale;
  if (!total) {
    printLine(t('No tokens found in the logs.'));
    return;
  }
  const heads = [
    ...[t('responses'), t('input'), t('cache read'), t('cache write'), t('output'), t('total')],
    t('failed'),
  ];
  const number = new Intl.NumberFormat(locale.language);
  const line = (name: string, { answers, failures, tokens }: LedgerSums): string[] => [
    name,
    ...[answers, tokens.input, tokens.cacheRead, tokens.cacheWrite, tokens.output]
      .concat(totalOf(tokens), failures)
      .map(count => number.format(count)),
  ];
  printColumns([
    ['', ...heads],
    ...groups.map(group => line(nameOf(group, by, t), group)),
    ...(groups.length > 1 ? [line(t('all'), total)] : []),
  ]);
  const { tokens, subagentTokens } = total;
  const share = Math.round((100 * subagentTokens) / totalOf(tokens));
  if (share > 0) printLine(t('Sub-agents used {0}% of the tokens.', share));
}

function nameOf({ key, agent }: LedgerSums, by: LedgerGrouping, t: Translate): string {
  return by === 'agent' ? agentName(agent, t) : (key ?? t('unknown'));
}

/** The first column is text, the others are numbers. */
function printColumns(lines: readonly (readonly string[])[]): void {
  const [first] = lines;
  const widths = first?.map((_, column) =>
    Math.max(...lines.map(line => displayWidth(line[column] ?? ''))),
  );
  for (const [name = '', ...cells] of lines) {
    const numbers = cells.map((cell, index) => {
      const width = widths?.[index + 1] ?? 0;
      return ' '.repeat(width - displayWidth(cell)) + cell;
    });
    printLine([padToWidth(name, widths?.[0] ?? 0), ...numbers].join('  '));
  }
}
