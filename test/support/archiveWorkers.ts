import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { useFolder } from './archiveFixture.ts';
import type { WorkerTask } from './archiveWorker.ts';
import { bundledOnce } from './builtProgram.ts';

/** What a suite with windows in processes of their own has. */
export interface UsedWorkers {
  readonly inFolder: ReturnType<typeof useFolder>;
  /** The process waits for a message before it begins. */
  readonly start: (task: WorkerTask) => ChildProcess;
}

/** Gives each test of a suite a folder of its own and processes that work in it, and ends both. */
export function useWorkers(): UsedWorkers {
  let workers: ArchiveWorkers | undefined;
  // Before the folder's hook: while a process lives, it puts files into the folder.
  afterEach(() => workers?.dispose());
  const inFolder = useFolder();
  beforeEach(async () => {
    workers = await ArchiveWorkers.create();
  });
  return { inFolder, start: task => workers!.start(task) };
}

/** Starts windows in processes of their own. */
export class ArchiveWorkers {
  readonly #file: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(file: string) {
    this.#file = file;
  }

  static async create(): Promise<ArchiveWorkers> {
    const file = join(import.meta.dirname, 'archiveWorker.ts');
    return new ArchiveWorkers(await bundledOnce(file));
  }

  /** The process waits for a message before it begins. */
  start(task: WorkerTask): ChildProcess {
    const worker = fork(this.#file, [JSON.stringify(task)], { execArgv: [] });
    this.#running.add(worker);
    worker.once('exit', () => this.#running.delete(worker));
    return worker;
  }

  /** Ends what is still running, and waits until it is gone. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map(kill));
  }
}

/** Ends a process as a crash or the system does, and waits until it is gone. */
export async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exit = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exit;
}
