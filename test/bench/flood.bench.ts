import { once } from 'node:events';
import { FLOODS, meetFlood, startFloodServer } from '../support/hostile/floods.ts';
import type { BenchRow } from './benchRow.ts';

const BYTES_PER_MIB = 1024 * 1024;
/** Its decoder alone has a window of 4 MB, which is freed with it. */
const MOST_MIB: Readonly<Record<string, number>> = { brotli: 12 };

/** What it costs to stop an answer that does not end, with the fetch that the editor has (E4). */
export async function benchFloods(): Promise<BenchRow[]> {
  const server = await startFloodServer();
  const [origin] = (await once(server, 'message')) as [string];
  const rows: BenchRow[] = [];
  for (const [flood, title] of Object.entries(FLOODS)) {
    const { tookMs, rssGrowthBytes } = await meetFlood({
      name: 'global',
      origin,
      flood,
      rounds: 5,
    });
    const growthMib = rssGrowthBytes / BYTES_PER_MIB;
    rows.push(
      { name: `stop ${title}: time`, figure: tookMs, unit: 'ms', limit: 20 },
      {
        name: `stop ${title}: memory`,
        figure: growthMib,
        unit: 'MiB',
        limit: MOST_MIB[flood] ?? 5,
      },
    );
  }
  server.disconnect();
  return rows;
}
