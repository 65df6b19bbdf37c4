import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives `work` a folder that goes with it. The program does not end before it has. */
export async function inBenchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kimi-quota-bench-'));
  // Neither the clock's timers nor watches keep a program alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    return await work(folder);
  } finally {
    clearInterval(alive);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
