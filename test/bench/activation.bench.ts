import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { outputFolder, root } from '../editor/paths.ts';
import { npmCommand, runCommand } from '../editor/program.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { bundleExtension } from '../support/tidy/bundle.ts';
import { median, type BenchRow } from './benchRow.ts';

const RUNS = 20;
const ORIGIN = 'https://api.kimi.com';

interface Figures {
  readonly requireMs: number;
  readonly activateMs: number;
  readonly firstTextMs: number;
}

/**
 * Loading, activating and the first number on the screen, each in fresh processes on a mock of the
 * editor; and the sizes of bundle and package.
 */
export async function benchActivation(): Promise<BenchRow[]> {
  const vsixPath = path.join(outputFolder, 'bench.vsix');
  if ((await runCommand(npmCommand('run', '--silent', 'package', '--', vsixPath))) !== 0)
    throw new Error('The package could not be built.');
  const storage = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-bench-'));
  try {
    await fillArchive(path.join(storage, 'kimi-quota.db'));
    const figures: Figures[] = [];
    for (let run = 0; run < RUNS; run++) figures.push(await probe(storage));
    const row = (name: string, measure: (it: Figures) => number, limit: number): BenchRow => ({
      name,
      figure: median(figures.map(measure)),
      unit: 'ms',
      limit,
    });
    return [
      row('activate() returns', it => it.activateMs, 20),
      row('require + activate', it => it.requireMs + it.activateMs, 60),
      row('first status text after activation, from the archive', it => it.firstTextMs, 300),
      {
        name: 'what a window loads when it starts, minified',
        figure: (await bundleExtension()).eager.text.length / 1024,
        unit: 'KiB',
        limit: 130,
      },
      await size('dist/extension.mjs, minified', path.join(root, 'dist/extension.mjs'), 120),
      await size('package (.vsix)', vsixPath, 1024),
    ];
  } finally {
    await rm(storage, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function probe(storage: string): Promise<Figures> {
  const script = path.join(import.meta.dirname, 'activationProbe.cjs');
  const bundle = path.join(root, 'dist/extension.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, bundle, storage]);
  return JSON.parse(stdout) as Figures;
}

async function fillArchive(file: string): Promise<void> {
  const clock = new SystemClock();
  const archive = new SqliteArchive({ path: file, clock, log: new FakeLog() });
  const now = clock.now();
  const windows = [{ id: '5h', usedPercent: 16, resetsAt: now + 7_200_000 }];
  const snapshot = { kind: 'snapshot', at: now, origin: ORIGIN, clockSkewMs: 0, windows } as const;
  await archive.appendSnapshot(snapshot);
  archive.dispose();
}

async function size(name: string, file: string, limit: number): Promise<BenchRow> {
  return { name, figure: (await stat(file)).size / 1024, unit: 'KiB', limit };
}
