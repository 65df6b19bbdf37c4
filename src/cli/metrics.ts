import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { faultName, type Locale } from '../core/base/ports.ts';
import type { Archive } from '../core/ledger/archive.ts';
import { providerOf } from '../core/quota/team.ts';
import { teamTable } from '../core/status/teamTable.ts';
import { prometheusText, samplesOf } from '../core/team/metrics.ts';
import { teamReports } from '../node/team/teamReports.ts';
import { displayWidth } from './displayWidth.ts';
import { openArchive, readMachine } from './machine.ts';
import { printJson, printLine, printText, printWarning } from './output.ts';

interface MetricsCall {
  readonly account: string;
  readonly machine: string;
  readonly textfile?: string;
  readonly page?: { readonly host: string; readonly port: number };
  readonly locale: Locale;
}

/** Prints, writes or serves this machine's numbers. Resolves to the exit code. */
export async function metrics(call: MetricsCall): Promise<number> {
  const archive = openArchive();
  if (!archive) return nothingStored(call.locale);
  try {
    if (call.page) return await serve(archive, call, call.page);
    const text = await textOf(archive, call);
    if (text === '')
      printWarning(call.locale.t('Nothing to report: use --account, or set KIMI_API_KEY.'));
    else if (call.textfile === undefined) printText(text);
    else return await replace(call.textfile, text, call.locale);
    return text === '' ? 5 : 0;
  } finally {
    archive.dispose();
  }
}

/** Shows the other machines of the user's accounts. Resolves to the exit code. */
export async function team({
  isJson,
  locale,
}: {
  readonly isJson: boolean;
  readonly locale: Locale;
}): Promise<number> {
  const { t } = locale;
  const archive = openArchive();
  if (!archive) return nothingStored(locale);
  const state = await readMachine(archive, Date.now());
  archive.dispose();
  const { team: reading, inFlight } = state.activity;
  if (isJson) {
    const accounts = reading?.accounts ?? null;
    const isNameTaken = reading?.isNameTaken ?? false;
    const faults = state.activity.teamFaults ?? {};
    printJson({ inFlightHere: inFlight?.total ?? 0, accounts, isNameTaken, faults }, 2);
    return reading ? 0 : 5;
  }
  const providers = ['kimi-code', 'open-platform'] as const;
  const tables = providers.flatMap(provider => {
    const view = state.accounts.find(({ account }) => providerOf(account) === provider)?.view;
    const table = teamTable({ ...state, provider, ...(view ? { view } : {}) }, locale);
    return table ? [{ provider, table }] : [];
  });
  for (const { provider, table } of tables) {
    printLine(provider === 'kimi-code' ? t('Kimi Code') : t('Open platform'));
    for (const sentence of table.summary) printLine(sentence);
    if (table.rows.length > 0) printText(columns([table.columns, ...table.rows]));
  }
  if (reading) return 0;
  printWarning(t('No numbers of other machines in the last minute. See docs/team.md.'));
  return 5;
}

/** Columns as wide as their longest cell; the last one is not padded. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => displayWidth(row[i] ?? ''))));
  return rows
    .map(row => row.map((cell, i) => cell + ' '.repeat(widths[i]! - displayWidth(cell))).join('  '))
    .map(line => `  ${line.trimEnd()}\n`)
    .join('');
}

function nothingStored({ t }: Locale): number {
  printWarning(
    t('Nothing is stored on this machine yet: run kimi-quota watch, or use the editor.'),
  );
  return 5;
}

async function textOf(archive: Archive, { account, machine }: MetricsCall): Promise<string> {
  const { KIMI_API_KEY } = process.env;
  const reports = await teamReports({
    archive,
    now: Date.now(),
    account,
    machine,
    readRows: query => archive.ledgerRows(query),
    readKey: async () => KIMI_API_KEY || undefined,
  });
  return prometheusText(reports.flatMap(samplesOf));
}

/** A collector may read at any time: it finds the old file or the new one. */
async function replace(path: string, text: string, { t }: Locale): Promise<number> {
  const next = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(next, text);
    await rename(next, path);
    return 0;
  } catch (error) {
    await rm(next, { force: true });
    printWarning(t('{0} could not be written ({1}).', path, faultName(error)));
    return 1;
  }
}

async function serve(
  archive: Archive,
  call: MetricsCall,
  { host, port }: NonNullable<MetricsCall['page']>,
): Promise<number> {
  const { t } = call.locale;
  const server = createServer((request, response) => {
    const isPage = request.method === 'GET' && /^\/(?:metrics)?$/.test(request.url ?? '');
    const text = isPage ? textOf(archive, call) : Promise.resolve('');
    text.then(
      body =>
        response
          .writeHead(isPage ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' })
          .end(body),
      () => response.writeHead(500).end(),
    );
  });
  const failed = new Promise<string>(resolve => server.once('error', it => resolve(faultName(it))));
  const ended = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(undefined));
  });
  server.listen(port, host, () =>
    printWarning(t('Serving http://{0}:{1}/metrics until interrupted.', host, port)),
  );
  const failure = await Promise.race([failed, ended]);
  server.close();
  server.closeAllConnections();
  if (failure === undefined) return 0;
  printWarning(t('{0} cannot be served ({1}).', `${host}:${port}`, failure));
  return 1;
}
