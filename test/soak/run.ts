// `npm run soak [-- DAYS]`: a machine over 30 days in five minutes, with a table at the end; then a
// backfill of the ledger that is killed a hundred times.
// Exits with 1 when something leaks, is lost, is reported twice or grows without bound.
import { spawnSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { join } from 'node:path';
import { type Incident, INCIDENT_RETENTION } from '../../src/core/incidents/incident.ts';
import { EXTRA_READ_GAP_MS } from '../../src/core/quota/readRhythm.ts';
import { RETENTION } from '../../src/core/quota/snapshot.ts';
import { TAIL_RETENTION } from '../../src/core/agents/tail.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { inBenchFolder } from '../bench/benchFolder.ts';
import { sizesOf, SoakMachine } from './soakMachine.ts';
import { MAX_VALUES } from '../../src/core/base/store.ts';

/** From this day on everything that is remembered for a day or two has its size. */
const WARM_DAYS = 3;
const MOST_GROWN_MB = 5;

interface Row {
  readonly name: string;
  readonly figure: number | string;
  /** Absent: only reported. */
  readonly isHeld?: boolean;
  readonly limit?: string;
}

const days = Number(process.argv[2] ?? 30);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
// What a window loads when it first needs it is not to be counted as a leak.
await import('../../src/core/incidents/incident.ts');
await inBenchFolder(async folder => {
  const rows = await soak(join(folder, 'archive.db'));
  console.log();
  for (const { name, figure, limit = '', isHeld } of rows) {
    if (isHeld === false) process.exitCode = 1;
    const verdict = isHeld === undefined ? '' : isHeld ? 'held' : 'OVER';
    const number = typeof figure === 'number' ? String(Math.round(figure * 100) / 100) : figure;
    console.log([name.padEnd(60), number.padStart(12), limit.padStart(16), verdict].join('  '));
  }
});

const killed = spawnSync(
  process.execPath,
  ['test/editor/unit.ts', 'test/node/ledgerBackfill.test.ts'],
  { env: { ...process.env, KIMI_QUOTA_KILLS: '100' }, stdio: 'inherit' },
);
if (killed.status !== 0) process.exitCode = 1;

async function soak(path: string): Promise<Row[]> {
  const startedMs = performance.now();
  const plan = { days, fullDiskDay: Math.ceil(days / 3), updateDay: Math.ceil(days / 2) };
  const machine = new SoakMachine(path, plan);
  const heaps: number[] = [];
  const most: Record<string, number> = {};
  machine.onDidEndDay(day => {
    heaps.push(heapMb());
    for (const [name, size] of Object.entries(sizesOf(path)))
      most[name] = Math.max(most[name] ?? 0, size);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    console.log(`day ${day}: heap ${heaps.at(-1)?.toFixed(1)} MB, ${seconds} s`);
  });
  await machine.run();
  const incidents = await readIncidents(path, machine);
  const grownMb = (heaps.at(-1) ?? 0) - (heaps[Math.min(WARM_DAYS, heaps.length) - 1] ?? 0);
  const seconds = (performance.now() - startedMs) / 1000;
  return [
    { name: 'simulated days', figure: days },
    { name: 'real seconds', figure: seconds },
    { name: 'log events', figure: machine.agents.length },
    { name: 'failures among them, each once', figure: machine.agents.failureCount },
    { name: 'windows opened, 10 at most at a time', figure: machine.openedCount },
    ...incidentRows(incidents, machine),
    ...requestRows(machine),
    ...sizeRows(most),
    atMost('heap grown from day 3 on, MB', grownMb, MOST_GROWN_MB),
    atMost('timers left', machine.clock.timerCount, 0),
    atMost('defects of the poller', machine.defectCount, 0),
    atMost('errors in the log', machine.log.counts.error, 0),
    { name: 'warnings in the log', figure: machine.log.counts.warn },
    ...[...machine.log.messages].map(([name, figure]) => ({ name: `  ${name}`, figure })),
  ];
}

function atMost(name: string, figure: number, limit: number): Row {
  return { name, figure, limit: `at most ${limit}`, isHeld: figure <= limit };
}

async function readIncidents(path: string, { clock, log }: SoakMachine) {
  const archive = new SqliteArchive({ path, clock, log });
  const incidents = await archive.readIncidents();
  archive.dispose();
  return incidents;
}

function incidentRows(incidents: readonly Incident[], { agents }: SoakMachine): Row[] {
  const { bursts } = agents;
  const byFrom = new Map<number, Incident[]>();
  for (const one of incidents) byFrom.set(one.from, [...(byFrom.get(one.from) ?? []), one]);
  const lost = bursts.filter(({ from }) => !byFrom.has(from));
  const froms = new Set(bursts.map(({ from }) => from));
  const surplus = incidents.length - [...froms].filter(from => byFrom.has(from)).length;
  const wrong = bursts.filter(({ from, to, count }) =>
    (byFrom.get(from) ?? []).some(it => it.count !== count || it.to !== to),
  );
  const open = incidents.filter(({ state }) => state === 'running');
  for (const { from, count } of [...lost, ...wrong].slice(0, 10))
    console.log(
      new Date(from),
      count,
      byFrom.get(from)?.map(it => [it.count, it.state]),
    );
  return [
    { name: 'bursts of failures', figure: bursts.length },
    atMost('incidents lost', lost.length, 0),
    atMost('incidents repeated', surplus, 0),
    atMost('incidents with a wrong count or end', wrong.length, 0),
    atMost('incidents that are still open', open.length, 0),
  ];
}

function requestRows({ kimi, agreedRequests, lonelyRequestCount }: SoakMachine): Row[] {
  const gaps = agreedRequests.slice(1).map((at, index) => at - (agreedRequests[index] ?? 0));
  const least = Math.min(...gaps.filter(gap => gap >= 0));
  return [
    { name: 'requests to Kimi', figure: kimi.requests.length },
    { name: '  while the disk was full, by each window', figure: lonelyRequestCount },
    {
      name: 'least gap between two that reached it, s',
      figure: least / 1000,
      limit: `at least ${EXTRA_READ_GAP_MS / 1000}`,
      isHeld: least >= EXTRA_READ_GAP_MS,
    },
  ];
}

/** What is pruned hourly may be over its bound by what an hour brings. */
function sizeRows(most: Readonly<Record<string, number>>): Row[] {
  const bounds: Record<string, number> = {
    snapshot: RETENTION.maxSnapshots,
    value: MAX_VALUES,
    event: TAIL_RETENTION.maxEvents + 500,
    checkpoint: TAIL_RETENTION.maxCheckpoints,
    incident: INCIDENT_RETENTION.maxIncidents,
    lastRead: 10,
    lease: 1,
    megabytes: 25,
  };
  return Object.entries(most).map(([name, figure]) =>
    atMost(name === 'megabytes' ? 'archive, MB' : `rows of ${name}`, figure, bounds[name] ?? 0),
  );
}

function heapMb(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}
