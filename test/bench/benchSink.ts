import type { TailBatch, TailSink } from '../../src/core/agents/tail.ts';
import { type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { LogTailer } from '../../src/node/logTailer.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { LOGS, testAgent } from '../support/tailFixture.ts';

/** Counts how often each failure was reported. */
export class BenchSink implements TailSink {
  readonly counts = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();

  readCheckpoints(): Promise<[]> {
    return Promise.resolve([]);
  }

  commit({ signals }: TailBatch): Promise<void> {
    for (const { signal } of signals) {
      const key = signal.contentKey;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      this.#waiting.get(key)?.();
    }
    return Promise.resolve();
  }

  /** Resolves once that failure was reported. */
  whenReported(key: string): Promise<void> {
    if (this.counts.has(key)) return Promise.resolve();
    return new Promise(resolve => this.#waiting.set(key, resolve));
  }

  /** Failures that came more than once. */
  get repeatedCount(): number {
    return [...this.counts.values()].filter(count => count > 1).length;
  }
}

/** A tailer on a folder. */
export interface Following {
  readonly tailer: LogTailer;
  /** How many folders or files are being watched. */
  readonly watchCount: () => number;
}

/** Follows the logs below `root` as the extension does, and has read what is there. */
export async function follow(root: string, sink: TailSink, isPolled = false): Promise<Following> {
  let count = 0;
  const watch: FileSystem['watch'] = (path, listener) => {
    if (isPolled) throw new Error('as on a network');
    const watch = machineFiles.watch(path, listener);
    count++;
    return {
      dispose: () => {
        count--;
        watch.dispose();
      },
    };
  };
  const source = { root, files: LOGS, depth: 2, growth: 'append', format: 'x' } as const;
  const tailer = new LogTailer({
    sources: [{ agent: testAgent, source }],
    files: { ...machineFiles, watch },
    clock: new SystemClock(),
    log: new FakeLog(),
    home: root,
    sink,
  });
  tailer.start();
  await tailer.whenIdle();
  return { tailer, watchCount: () => count };
}
