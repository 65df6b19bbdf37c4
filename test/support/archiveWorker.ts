// A window in a process of its own, for tests that kill it. What it does is its first argument.
import { Lease } from '../../src/core/base/lease.ts';
import { LogTailer } from '../../src/node/logTailer.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { NOW, snapshotAt } from './snapshots.ts';
import { FakeLog } from './fakeLog.ts';
import { ScaledClock } from './scaledClock.ts';
import { LOGS, testAgent } from './tailFixture.ts';

/** The task of a worker. */
export type WorkerTask =
  /** Stores snapshots one millisecond apart, and reports the number of each after it is stored. */
  | { readonly kind: 'write'; readonly path: string; readonly origin: string; count?: number }
  /** Tries for the lease, and reports each change. */
  | { readonly kind: 'lease'; readonly path: string; readonly owner: string; speed: number }
  /** Tries for the lease, tails while it has it, and reports how many failures it stored. */
  | {
      readonly kind: 'tail';
      readonly path: string;
      readonly owner: string;
      readonly speed: number;
      readonly root: string;
    };

const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;
const clock = new ScaledClock('speed' in task ? task.speed : 1);
const log = new FakeLog();
const archive = new SqliteArchive({ path: task.path, clock, log });

// Also when the test has died.
process.once('disconnect', () => process.exit());
process.once('message', () => void work());

function tell(message: number | boolean | string): Promise<void> {
  return new Promise(resolve => void process.send?.(message, () => resolve()));
}

async function work(): Promise<void> {
  if (task.kind === 'write') {
    for (let n = 1; n <= (task.count ?? Infinity); n++) {
      await archive.appendSnapshot(snapshotAt(NOW + n, task.origin));
      await tell(n);
    }
    await tell(archive.health.kind);
    archive.dispose();
    process.disconnect();
  } else {
    const lease = new Lease({ archive, clock, log, owner: task.owner });
    lease.onDidChange(isHeld => {
      if (task.kind === 'tail') tail(task.root, isHeld);
      void tell(isHeld);
    });
    lease.start();
  }
}

let tailer: LogTailer | undefined;

function tail(root: string, isHeld: boolean): void {
  tailer?.dispose();
  if (!isHeld) return;
  const source = { root, files: LOGS, depth: 1, growth: 'append', format: 'x' } as const;
  tailer = new LogTailer({
    sources: [{ agent: testAgent, source }],
    // Files have real times.
    clock: new SystemClock(),
    log,
    home: root,
    sink: {
      readCheckpoints: () => archive.readCheckpoints(),
      commit: async batch => {
        const { length } = await archive.commitTail(batch);
        if (length > 0) await tell(length);
      },
    },
  });
  tailer.start();
}
