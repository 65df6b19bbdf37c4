// `npm run scale:team [-- MACHINES [MINUTES [QUERIES_PER_SECOND]]]`: machines of teams of 100, simulated,
// against one real VictoriaMetrics: every machine reports every 15 s, and some ask for the others. Prints
// what docs/team.md 6 has. Exits with 1 if a wanted figure is missed.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type MachineReport, prometheusText, samplesOf } from '../../src/core/team/metrics.ts';
import { MOST_MACHINES } from '../../src/core/quota/team.ts';
import { parseTeamAnswer, teamQuery } from '../../src/core/team/teamReading.ts';
import { Engines, whyNoEngines } from './engines.ts';

const [machines = 10_000, minutes = 10, queriesPerSecond = 20] = process.argv.slice(2).map(Number);
const TEAM = 100;
const REPORT_EVERY_MS = 15_000;
const STEP_MS = 50;
const DAY_S = 86_400;
/** A machine of a team of 100 asks every 30 s. */
const QUERY_EVERY_S = (REPORT_EVERY_MS / 1000) * Math.ceil(TEAM / MOST_MACHINES);
/** Longer than any answer of an engine that keeps up. */
const PATIENCE_MS = 30_000;

/** Reports in one request: one process stands for all machines, and a request costs it most. */
const BATCH = 10;

const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const queryAgent = new http.Agent({ keepAlive: true, maxSockets: 32 });

/** A request on a connection that stays; resolves to status and text. */
function ask(
  url: string,
  body: string,
  type = 'text/plain',
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const isQuery = url.endsWith('/query');
    const options = {
      method: 'POST',
      agent: isQuery ? queryAgent : agent,
      headers,
      timeout: PATIENCE_MS,
    };
    const request = http.request(url, options, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    request.once('timeout', () => request.destroy(new Error('timeout')));
    request.once('error', reject);
    request.end(body);
  });
}

const namesOf = (index: number) => ({
  account: `team-${Math.floor(index / TEAM)}`,
  machine: `machine-${index}`,
  provider: 'kimi-code' as const,
});

/** A developer's machine: two agents, three windows, and now and then a failure. */
function reportOf(index: number, at: number, counter: number): MachineReport {
  const agents = ['claude-code', 'kimi-code'] as const;
  const classes = ['input', 'cache_read', 'cache_write', 'output'] as const;
  return {
    ...namesOf(index),
    at,
    checkedAt: at - 9000,
    windows: ['5h', 'week', 'month'].map((id, i) => ({
      id,
      remainingPercent: 80 - i - (index % 20),
      resetsAt: at + 3_600_000,
      cost: counter + 40_000 * i,
    })),
    parallelLimit: 20,
    inFlight: agents.map((name, i) => ({
      agent: name,
      count: (index + i) % 3,
    })),
    answers: agents.map(name => ({ agent: name, count: counter })),
    failures: [{ cause: 'own_concurrency', count: 1 + (index % 5) }],
    tokens: agents.flatMap(name =>
      classes.map((of, i) => ({
        agent: name,
        class: of,
        count: i === 0 ? counter : counter * (i + 1),
      })),
    ),
    tokensLastDay: counter,
    open: index % 50 === 0 ? ['own_concurrency'] : [],
  };
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

const why = whyNoEngines();
if (why !== undefined) {
  console.log(`not run: ${why}`);
  process.exit(1);
}
const engines = await Engines.create();
const store = await engines.victoriaMetrics();
const counts = { reports: 0, refused: 0, failed: 0, sentBytes: 0, readBytes: 0, queries: 0 };
const queryMs: number[] = [];
const machinesSeen: number[] = [];
let mostMemory = 0;

/** The text of each machine's report, made once: its time and its counters are put in later. */
const texts = new Map<number, string>();
const [TIME, COUNTER] = [1_111_111_111_000, 77_777_777];

function textOf(index: number, now: number): string {
  const known = texts.get(index);
  const text = known ?? prometheusText(samplesOf(reportOf(index, TIME, COUNTER)));
  if (!known) texts.set(index, text);
  return text
    .replace(` ${TIME / 1000}`, ` ${now / 1000}`)
    .replaceAll(String(COUNTER), String(COUNTER + (Math.floor(now / 100) % 1e6)));
}

async function report(from: number): Promise<void> {
  const now = Date.now();
  let body = '';
  for (let i = from; i < from + BATCH; i++) body += textOf(i % machines, now);
  counts.sentBytes += body.length;
  counts.reports += BATCH;
  const { status } = await ask(`${store}/api/v1/import/prometheus`, body);
  if (status >= 300) counts.refused++;
}

async function query(index: number): Promise<void> {
  const own = [namesOf(index)];
  // As a machine of this team: one in four is whole.
  const isLarge = TEAM > MOST_MACHINES;
  const expression = teamQuery(own, { isWhole: counts.queries % 4 === 0, isLarge });
  const form = new URLSearchParams({ query: expression, nocache: '1' });
  const from = performance.now();
  const type = 'application/x-www-form-urlencoded';
  const { text } = await ask(`${store}/api/v1/query`, form.toString(), type);
  queryMs.push(performance.now() - from);
  counts.queries++;
  counts.readBytes += text.length + form.toString().length;
  const reading = parseTeamAnswer(JSON.parse(text), { own, at: Date.now() });
  machinesSeen.push(reading?.accounts[0]?.totals.count ?? NaN);
}

const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
/** Seconds of the processor that a process took. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
const failed = (): void => void counts.failed++;

const pid = engines.pids[0]!;
const beganAt = Date.now();
const warmMs = 75_000;
let sent = 0;
let asked = 0;
let cpuAtWarm = 0;
for (let now = beganAt; now - beganAt < minutes * 60_000; now = Date.now()) {
  const due = Math.floor(((now - beganAt) * machines) / REPORT_EVERY_MS);
  for (; sent + BATCH <= due; sent += BATCH) report(sent).catch(failed);
  const isWarm = now - beganAt > warmMs;
  if (isWarm) {
    cpuAtWarm ||= cpuOf(pid);
    const dueQueries = Math.floor(((now - beganAt - warmMs) * queriesPerSecond) / 1000);
    for (; asked < dueQueries; asked++) query((asked * 7919) % machines).catch(failed);
  }
  mostMemory = Math.max(mostMemory, memoryOf(pid));
  await setTimeout(STEP_MS);
}
const seconds = (Date.now() - beganAt) / 1000;
const cpu = (cpuOf(pid) - cpuAtWarm) / (seconds - warmMs / 1000);
const stats = await (await fetch(`${store}/metrics`)).text();
const rows = [...stats.matchAll(/^vm_rows_inserted_total\{[^}]*\} (\d+)/gm)].reduce(
  (sum, [, count]) => sum + Number(count),
  0,
);
const disk = [...stats.matchAll(/^vm_data_size_bytes\{[^}]*\} (\d+)/gm)].reduce(
  (sum, [, count]) => sum + Number(count),
  0,
);
const series = samplesOf(reportOf(50, beganAt, COUNTER)).length;
const perReport = counts.sentBytes / counts.reports;
const perQuery = counts.readBytes / counts.queries;
const p95 = percentile(queryMs, 0.95);
const figures = {
  machines,
  minutes,
  'reports sent': counts.reports,
  'refused or failed': counts.refused + counts.failed,
  'samples per second taken': Math.round(rows / seconds),
  'memory of the store, MiB': Math.round(mostMemory),
  'cores of the store': cpu.toFixed(2),
  'bytes on disk per sample': (disk / rows).toFixed(2),
  queries: counts.queries,
  'median of a query, ms': percentile(queryMs, 0.5).toFixed(1),
  '95th percentile of a query, ms': p95.toFixed(1),
  'machines in a median answer': percentile(machinesSeen, 0.5),
  'series per machine': series,
  'bytes of a report': Math.round(perReport),
  'bytes of a query with its answer': Math.round(perQuery),
  'MB sent per machine and day': ((perReport * DAY_S) / 15 / 1e6).toFixed(1),
  'MB read per machine and day': ((perQuery * DAY_S) / QUERY_EVERY_S / 1e6).toFixed(1),
};
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(36)} ${value}`);
await engines.stop();
agent.destroy();
queryAgent.destroy();
const isHeld = p95 <= 100 && series <= 120 && counts.refused + counts.failed === 0;
console.log(`query <= 100 ms, series <= 120, nothing refused: ${isHeld ? 'held' : 'MISSED'}`);
process.exitCode = isHeld ? 0 : 1;
