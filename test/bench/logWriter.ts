// A process that writes logs as agents do, next to the one that is measured. Its argument names the
// task.
import { appendFileSync, writeFileSync } from 'node:fs';
import { failure } from '../support/tailFixture.ts';

/** What to write. */
export type WriterTask =
  /** 1 MB with a failure at its end, 50 times a second. */
  | { readonly kind: 'flood'; readonly path: string; readonly seconds: number }
  /** One new log in each folder by turns, within a second. */
  | { readonly kind: 'files'; readonly folders: readonly string[]; readonly count: number };

const PIECE = `${'{"text":"'.padEnd(3_997, 'x')}"}\n`.repeat(250);
const PIECES_PER_SECOND = 50;

void write(JSON.parse(process.argv[2]!) as WriterTask);

async function write(task: WriterTask): Promise<void> {
  const count = task.kind === 'flood' ? task.seconds * PIECES_PER_SECOND : task.count;
  const perSecond = task.kind === 'flood' ? PIECES_PER_SECOND : task.count;
  const startedMs = performance.now();
  for (let n = 0; n < count; n++) {
    const aheadMs = startedMs + (1_000 * n) / perSecond - performance.now();
    if (aheadMs > 1) await new Promise(resolve => setTimeout(resolve, aheadMs));
    if (task.kind === 'flood') appendFileSync(task.path, PIECE + failure(n));
    else writeFileSync(`${task.folders[n % task.folders.length]}/new ${n}.log`, failure(n));
  }
}
