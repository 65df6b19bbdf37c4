import { ArchiveWorkers } from '../support/archiveWorkers.ts';
import { takeOver } from '../support/takeover.ts';
import { inBenchFolder } from './benchFolder.ts';
import type { BenchRow } from './benchRow.ts';

const KILL_COUNT = 200;

/**
 * Kills the window that follows a log 200 times, each time while it writes, and another one
 * continues.
 */
export function benchTakeover(): Promise<BenchRow[]> {
  return inBenchFolder(async folder => {
    const workers = await ArchiveWorkers.create();
    try {
      const start = workers.start.bind(workers);
      const report = await takeOver({ folder, start, killCount: KILL_COUNT });
      const { writtenCount, storedCount, distinctCount, integrity } = report;
      const name = `tail: ${KILL_COUNT} kills in mid-write of ${writtenCount} failures`;
      return [
        { name: `${name}, lost`, figure: writtenCount - distinctCount, unit: '', limit: 0 },
        { name: `${name}, repeated`, figure: storedCount - distinctCount, unit: '', limit: 0 },
        { name: `${name}, corrupt`, figure: integrity === 'ok' ? 0 : 1, unit: 'files', limit: 0 },
      ];
    } finally {
      await workers.dispose();
    }
  });
}
