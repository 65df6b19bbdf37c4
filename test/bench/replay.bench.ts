import path from 'node:path';
import { agents } from '../../src/core/agents/agents.ts';
import { root } from '../editor/paths.ts';
import { inBenchFolder } from './benchFolder.ts';
import { type BenchRow, isFull } from './benchRow.ts';
import { Probe } from './probe.ts';
import type { ReplayFigures, ReplayTask } from './replayProbe.ts';

const MB = 1_000_000;
const REPLAY_MB = isFull ? 1_000 : 32;

/** What the engine itself holds now and then. */
const NOISE_MB = 1;

/** How fast each agent's records are read, and whether its reader grows with them. */
export function benchReplay(): Promise<BenchRow[]> {
  return inBenchFolder(async folder => {
    const probe = await Probe.build<ReplayFigures>('replayProbe', folder);
    const rows: BenchRow[] = [];
    for (const { id, name } of agents) {
      const excerpts = path.join(root, 'test/fixtures/logs', id);
      const task: ReplayTask = { agent: id, folder: excerpts, bytes: REPLAY_MB * MB };
      const { recordCount, signalCount, ms, grownBytes, worstLineMs } = await probe.run(task);
      const title = `agent: ${REPLAY_MB} MB of ${name}`;
      rows.push(
        { name: `${title}, records`, figure: (1_000 * recordCount) / ms, unit: '/s' },
        { name: `${title}, events`, figure: (1_000 * signalCount) / ms, unit: '/s' },
        {
          name: `${title}, memory grown`,
          figure: Math.max(0, grownBytes / MB),
          unit: 'MB',
          limit: NOISE_MB,
        },
        {
          name: `agent: ${name}, the slowest line of 1 MB`,
          figure: worstLineMs,
          unit: 'ms',
          limit: 50,
        },
      );
    }
    return rows;
  });
}
