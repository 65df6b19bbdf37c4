import type { Locale } from '../core/base/ports.ts';
import { clockWords } from '../core/base/format.ts';
import { sourceOf } from '../core/accounts/endpoint.ts';
import type { Snapshot } from '../core/quota/snapshot.ts';
import { windowName } from '../core/status/windowWords.ts';
import { openArchive, readAccounts } from './machine.ts';
import { printJson, printLine, printText, terminalColumns } from './output.ts';

/** A call of `kimi-quota history`. */
export interface HistoryCall {
  readonly spanMs: number;
  readonly format: 'chart' | 'json' | 'csv';
  readonly locale: Locale;
}

interface Point {
  readonly at: number;
  readonly window: string;
  readonly remainingPercent: number;
  readonly resetsAt: number | undefined;
}

/** Prints the stored numbers of the first account. Resolves to the exit code; 5: there are none. */
export async function history({ spanMs, format, locale }: HistoryCall): Promise<number> {
  const now = Date.now();
  const since = now - spanMs;
  const points = await readPoints(since, now);
  if (format === 'json') {
    printJson({ schema: 1, since: iso(since), points: points.map(reportOf) }, 2);
  } else if (format === 'csv') {
    printLine('at,window,remainingPercent,resetsAt');
    for (const point of points) {
      const { at, window, remainingPercent, resetsAt } = reportOf(point);
      printLine(`${at},${csvText(window)},${remainingPercent},${resetsAt ?? ''}`);
    }
  } else if (points.length === 0) {
    printLine(
      locale.t('No numbers yet. An editor with Kimi Quota or kimi-quota watch stores them.'),
    );
  } else {
    const columns = Math.max(30, Math.min(terminalColumns() ?? 80, 200));
    printText(`${chartsOf(points, { since, now, columns, locale }).join('\n')}\n`);
  }
  return points.length === 0 ? 5 : 0;
}

const iso = (at: number): string => new Date(at).toISOString();
/** Names of unknown quotas come from the server; a spreadsheet runs what begins with these characters. */
const csvText = (text: string): string =>
  /^[\w.-]+$/.test(text) && !/^[-+=@]/.test(text) ? text : `"'${text.replaceAll('"', '""')}"`;

const reportOf = ({ at, window, remainingPercent, resetsAt }: Point) => ({
  at: iso(at),
  window,
  remainingPercent: Math.round(remainingPercent * 100) / 100,
  resetsAt: resetsAt === undefined ? null : iso(resetsAt),
});

async function readPoints(since: number, now: number): Promise<readonly Point[]> {
  const archive = openArchive();
  if (!archive) return [];
  const [first] = await readAccounts(archive, now);
  const endpoint = first?.account.endpoint;
  const snapshots =
    endpoint && !('problem' in endpoint)
      ? await archive.readHistory({ origin: sourceOf(endpoint), since })
      : [];
  archive.dispose();
  return snapshots.flatMap(pointsOf);
}

const pointsOf = ({ at, windows }: Snapshot): Point[] =>
  windows.flatMap(({ id, usedPercent, resetsAt }) =>
    usedPercent === undefined
      ? []
      : [{ at, window: id, remainingPercent: 100 - usedPercent, resetsAt }],
  );

interface ChartContext {
  readonly since: number;
  readonly now: number;
  readonly columns: number;
  readonly locale: Locale;
}

const ROWS = 5;
const BLOCKS = ' ▁▂▃▄▅▆▇█';

function chartsOf(points: readonly Point[], context: ChartContext): string[] {
  const windows = [...new Set(points.map(({ window }) => window))];
  return windows.flatMap((window, index) => {
    const own = points.filter(point => point.window === window);
    const lines = chartOf(window, own, context);
    return index === 0 ? lines : ['', ...lines];
  });
}

const isNamed = (id: string): boolean => ['5h', 'week', 'month'].includes(id);

/** The lowest number of each column's time; a gap where there is none. */
function chartOf(window: string, points: readonly Point[], context: ChartContext): string[] {
  const { since, now, columns, locale } = context;
  const width = columns - 7;
  const values: (number | undefined)[] = Array.from({ length: width });
  for (const { at, remainingPercent } of points) {
    const column = Math.min(width - 1, Math.floor(((at - since) / (now - since)) * width));
    values[column] = Math.min(values[column] ?? 100, remainingPercent);
  }
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const base = ((ROWS - 1 - row) / ROWS) * 100;
    const label = row === 0 ? '100%' : row === ROWS - 1 ? '0%' : '';
    const blocks = values.map(value => blockOf(value, base)).join('');
    return `${label.padStart(4)} │${blocks}`.trimEnd();
  });
  const last = points.at(-1)?.remainingPercent ?? 0;
  const name = windowName(
    { id: window, isResetting: false, ...(isNamed(window) ? {} : { label: window }) },
    locale.t,
  );
  const from = clockWords(since, now, locale);
  return [
    `${name}: ${locale.t('{0} left', `${Math.floor(last)}%`)}`,
    ...rows,
    `     └${'─'.repeat(width)}`,
    `      ${from} → ${locale.t('now')}`,
  ];
}

/** The part of a bar in the row that begins at `base` percent; the lowest row shows any number. */
function blockOf(value: number | undefined, base: number): string {
  if (value === undefined) return ' ';
  const eighths = Math.round(((value - base) / (100 / ROWS)) * 8);
  const least = base === 0 ? 1 : 0;
  return BLOCKS.charAt(Math.max(least, Math.min(8, eighths)));
}
