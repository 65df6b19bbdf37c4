import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kimiCode } from '../../src/core/agents/kimiCode.ts';
import { Emitter } from '../../src/core/base/event.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { AgentLogs } from '../../src/node/agentLogs.ts';
import { SqliteArchive, type SqliteArchiveOptions } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { fill } from '../support/archiveFixture.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { inBenchFolder } from './benchFolder.ts';
import { type BenchRow, percentile } from './benchRow.ts';

const RUNS = 40;
/** Longer than the gap between two updates: each failure is the first one of its turn. */
const GAP_MS = 400;
/** As many as 90 days leave. */
const SNAPSHOTS = 4000;

/** Time from a line of a log to the judged incident in the archive. */
export async function benchVerdict(): Promise<BenchRow[]> {
  const figures = await inBenchFolder(folder => measure(folder));
  return [
    {
      name: 'verdict: from a line in a log to the archive, p95',
      figure: percentile(figures, 95),
      unit: 'ms',
      limit: 150,
    },
  ];
}

async function measure(folder: string): Promise<number[]> {
  const path = join(folder, 'archive.db');
  const clock = new SystemClock();
  const startedAt = clock.now();
  fill(path, SNAPSHOTS, i => startedAt - (SNAPSHOTS - i) * 300_000);
  const archive = new TellingArchive({ path, clock, log: new FakeLog() });
  const home = join(folder, 'home');
  const file = join(home, '.kimi-code/sessions/wd_a/session_a/logs/kimi-code.log');
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, '\n');
  const logs = followAt(home, archive, clock);
  await pass(2000);
  const figures: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const stored = new Promise<void>(resolve => {
      const listening = archive.onDidSave(incidents => {
        if (!incidents.some(({ count }) => count === run)) return;
        listening.dispose();
        resolve();
      });
    });
    const writtenMs = performance.now();
    await appendFile(file, lineAt(clock.now(), run));
    await stored;
    figures.push(performance.now() - writtenMs);
    await pass(GAP_MS);
  }
  logs.dispose();
  archive.dispose();
  return figures;
}

class TellingArchive extends SqliteArchive {
  readonly #saveEmitter = new Emitter<readonly Incident[]>();
  readonly onDidSave = this.#saveEmitter.event;

  constructor(options: SqliteArchiveOptions) {
    super(options);
    const save = this.saveIncidents;
    this.saveIncidents = async incidents => {
      await save(incidents);
      this.#saveEmitter.fire(incidents);
    };
  }
}

/** The readers of logs take the home folder of the process. */
function followAt(home: string, archive: SqliteArchive, clock: SystemClock): AgentLogs {
  const { HOME, USERPROFILE } = process.env;
  Object.assign(process.env, { HOME: home, USERPROFILE: home });
  const logs = new AgentLogs({
    archive,
    clock,
    log: new FakeLog(),
    isWatched: ({ id }) => id === kimiCode.id,
    places: () => ({}),
    otherLogs: [],
  });
  logs.start();
  Object.assign(process.env, { HOME, USERPROFILE });
  if (USERPROFILE === undefined) delete process.env.USERPROFILE;
  return logs;
}

const WORDS = "429 You've reached your concurrent request limit.";

const lineAt = (at: number, step: number): string =>
  `${new Date(at).toISOString()} WARN  llm request failed  turnStep=0.${step} model=kimi-code/k errorMessage="${WORDS}" statusCode=429\n`;

const pass = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
