import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { machineFiles } from '../../src/node/fileSystem.ts';
import { RECONCILE_MS } from '../../src/node/logTailer.ts';
import { MAX_WATCHES } from '../../src/node/logWatcher.ts';
import { failure, TailFixture } from '../support/tailFixture.ts';
import { inBenchFolder } from './benchFolder.ts';
import { type BenchRow, isFull, percentile, timeMs } from './benchRow.ts';
import { BenchSink, follow } from './benchSink.ts';
import type { WriterTask } from './logWriter.ts';

const FLOOD_SECONDS = isFull ? 60 : 5;

/** How soon what is appended is known, and what it costs to follow many logs. */
export async function benchWatch(): Promise<BenchRow[]> {
  const benches = [
    benchHints,
    benchPolling,
    benchFlood,
    benchFinding,
    benchCreation,
    (folder: string) => benchIdle(folder, { count: 500, folders: 50, limit: 0.2 }),
    (folder: string) => benchIdle(folder, { count: 10_000, folders: 1_000, limit: 1 }),
    benchManyFolders,
  ];
  const rows: BenchRow[] = [];
  for (const bench of benches) rows.push(...(await inBenchFolder(bench)));
  return rows;
}

async function benchHints(folder: string): Promise<BenchRow[]> {
  const logs = writeLogs(folder, 500, 50);
  const sink = new BenchSink();
  const { tailer } = await follow(folder, sink);
  const delays: number[] = [];
  for (let i = 0; i < 300; i++) {
    const append = (): Promise<void> => {
      appendFileSync(logs[(i * 7) % logs.length]!, failure(`hint ${i}`));
      return sink.whenReported(`429 hint ${i}`);
    };
    delays.push(await timeMs(append));
  }
  tailer.dispose();
  const name = 'watch: append to event';
  return [
    { name: `${name}, p95`, figure: percentile(delays, 95), unit: 'ms', limit: 100 },
    { name: `${name}, longest`, figure: Math.max(...delays), unit: 'ms', limit: 1_000 },
  ];
}

async function benchPolling(folder: string): Promise<BenchRow[]> {
  const logs = writeLogs(folder, 500, 50);
  const sink = new BenchSink();
  const { tailer } = await follow(folder, sink, true);
  const appends = Array.from({ length: 60 }, async (_, i) => {
    await new Promise(resolve => setTimeout(resolve, i * 97));
    return timeMs(() => {
      appendFileSync(logs[i]!, failure(`poll ${i}`));
      return sink.whenReported(`429 poll ${i}`);
    });
  });
  const figure = percentile(await Promise.all(appends), 95);
  tailer.dispose();
  return [{ name: 'watch: append to event when polling, p95', figure, unit: 'ms', limit: 2_500 }];
}

/** 50 MB/s: how long until the last line is known, and that none was lost. */
async function benchFlood(folder: string): Promise<BenchRow[]> {
  const [path] = writeLogs(folder, 1, 1);
  const name = `watch: ${FLOOD_SECONDS} s of 50 MB/s`;
  return besideWriter(name, folder, {
    task: { kind: 'flood', path: path!, seconds: FLOOD_SECONDS },
    count: FLOOD_SECONDS * 50,
  });
}

/** 10,000 new logs within a second. */
async function benchCreation(folder: string): Promise<BenchRow[]> {
  const folders = [...new Set(writeLogs(folder, 1_000, 1_000).map(log => dirname(log)))];
  const count = 10_000;
  const task: WriterTask = { kind: 'files', folders, count };
  return besideWriter('watch: 10000 new logs in a second', folder, { task, count });
}

async function besideWriter(
  name: string,
  folder: string,
  { task, count }: { task: WriterTask; count: number },
): Promise<BenchRow[]> {
  const sink = new BenchSink();
  const { tailer } = await follow(folder, sink);
  const keys = Array.from({ length: count }, (_, n) => `429 ${n}`);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const script = join(import.meta.dirname, 'logWriter.ts');
  await promisify(execFile)(process.execPath, [script, JSON.stringify(task)]);
  const all = Promise.all(keys.map(key => sink.whenReported(key)));
  // What is not known by then is lost.
  const bound = new Promise(resolve => setTimeout(resolve, 10_000).unref());
  const lagMs = await timeMs(() => Promise.race([all, bound]));
  delay.disable();
  tailer.dispose();
  const lostCount = keys.filter(key => !sink.counts.has(key)).length;
  return [
    { name: `${name}, lost`, figure: lostCount, unit: 'lines', limit: 0 },
    { name: `${name}, repeated`, figure: sink.repeatedCount, unit: 'lines', limit: 0 },
    { name: `${name}, lag after its end`, figure: lagMs, unit: 'ms', limit: 2_000 },
    {
      name: `${name}, event loop blocked, p99`,
      figure: delay.percentile(99) / 1e6,
      unit: 'ms',
      limit: 10,
    },
    { name: `${name}, longest`, figure: delay.max / 1e6, unit: 'ms', limit: 50 },
  ];
}

/** Logs that are too old to be read, so that it is the finding that takes the time. */
async function benchFinding(folder: string): Promise<BenchRow[]> {
  const old = new Date(Date.now() - 30 * 86_400_000);
  for (const log of writeLogs(folder, 10_000, 1_000)) utimesSync(log, old, old);
  const fixture = new TailFixture(folder, { files: machineFiles });
  const figure = await timeMs(() => fixture.start());
  fixture.tailer.dispose();
  return [{ name: 'watch: 10000 logs in 1000 folders, found', figure, unit: 'ms', limit: 2_000 }];
}

/** Ten minutes in which nothing happens, in the time that the work of them takes. */
async function benchIdle(
  folder: string,
  { count, folders, limit }: { count: number; folders: number; limit: number },
): Promise<BenchRow[]> {
  writeLogs(folder, count, folders);
  const fixture = new TailFixture(folder, { files: machineFiles });
  await fixture.start();
  // The looks that make sure of what was read at the start.
  for (let i = 0; i < 3; i++) await fixture.look();
  const before = process.cpuUsage();
  for (let i = 0; i < 20; i++) await fixture.look();
  const { user, system } = process.cpuUsage(before);
  fixture.tailer.dispose();
  const share = ((user + system) / 1_000 / (20 * RECONCILE_MS)) * 100;
  return [{ name: `watch: ${count} logs, idle`, figure: share, unit: '% CPU', limit }];
}

async function benchManyFolders(folder: string): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const count of [50, 1_500]) {
    const root = join(folder, `${count}`);
    writeLogs(root, 2 * count, count);
    const { tailer, watchCount } = await follow(root, new BenchSink());
    const name = `watch: ${2 * count} logs in ${count} folders`;
    const limit = Math.min(count + 1, MAX_WATCHES);
    rows.push({ name, figure: watchCount(), unit: 'watches', limit });
    tailer.dispose();
  }
  return rows;
}

function writeLogs(root: string, count: number, folders: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const folder = join(root, `${i % folders}`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${i}.log`);
    writeFileSync(path, failure(`old ${i}`));
    return path;
  });
}
