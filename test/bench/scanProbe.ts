// A process that reads one log as the extension does, so that its memory and its stalls are its
// own.
import { dirname } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Agent, LogSource } from '../../src/core/agents/agent.ts';
import { type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from '../support/fakeLog.ts';

/** What a probe reads. Without a path, nothing. */
export interface ScanTask {
  /** The only file in its folder. */
  readonly path?: string;
  readonly growth?: LogSource['growth'];
  readonly anchors?: readonly string[];
}

/** Result of a probe. */
export interface ScanFigures {
  readonly ms: number;
  readonly recordCount: number;
  readonly peakBytes: number;
  readonly blockP99Ms: number;
  readonly blockMaxMs: number;
}

// Not the system's own figure, which on Linux begins with that of the process that started this
// one.
let peakBytes = 0;
let readCount = 0;

const { path, growth = 'append', anchors = [] } = JSON.parse(process.argv[2] ?? '{}') as ScanTask;
if (path) void probe(path);
else tell({ ms: 0, recordCount: 0, blockP99Ms: 0, blockMaxMs: 0 });

async function probe(path: string): Promise<void> {
  let recordCount = 0;
  const agent: Agent = {
    id: 'other',
    name: 'Bench',
    sources: () => [],
    failureAnchors: anchors,
    createReader: () => ({
      read: () => {
        recordCount++;
        return [];
      },
      saveMemory: () => undefined,
    }),
  };
  const source: LogSource = { root: dirname(path), files: /./, depth: 0, growth, format: 'x' };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const alive = setInterval(() => undefined, 60_000);
  delay.enable();
  const startedMs = performance.now();
  await readLogsOnce({
    sources: [{ agent, source }],
    files: measuredFiles,
    clock: new SystemClock(),
    log: new FakeLog(),
    home: dirname(path),
    since: 0,
    sink: { readCheckpoints: async () => [], commit: async () => undefined },
    reading: { everyRecord: 'recent', maxBacklogBytes: Infinity },
  });
  const ms = performance.now() - startedMs;
  delay.disable();
  clearInterval(alive);
  const blockP99Ms = delay.percentile(99) / 1e6;
  tell({ ms, recordCount, blockP99Ms, blockMaxMs: delay.max / 1e6 });
}

const measuredFiles: FileSystem = {
  ...machineFiles,
  open: async path => {
    const file = await machineFiles.open(path);
    return {
      ...file,
      read: (...args) => {
        // To ask takes 30 µs.
        if (readCount++ % 8 === 0) notePeak();
        return file.read(...args);
      },
    };
  },
};

function notePeak(): void {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}

function tell(figures: Omit<ScanFigures, 'peakBytes'>): void {
  notePeak();
  process.stdout.write(JSON.stringify({ ...figures, peakBytes } satisfies ScanFigures));
}
