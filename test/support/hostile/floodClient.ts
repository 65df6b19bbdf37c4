import { Agent } from 'undici';
import { ask, fetchThrough, type FetchName } from './asking.ts';

/** What one flood did to a process that does nothing else. */
export interface FloodReport {
  readonly outcome: unknown;
  /** From the headers to the end of the read: the best of several, since other programs run too. */
  readonly tookMs: number;
  /** At most, while one was read: the median of several. */
  readonly rssGrowthBytes: number;
}

const ROUNDS = 5;

/** Asks `origin` for one kind of flood several times. */
async function measure(name: FetchName, origin: string, flood: string): Promise<FloodReport> {
  const agent = new Agent();
  let headersAtMs = 0;
  const through = fetchThrough(name, agent);
  const fetch: typeof through = async (url, init) => {
    const response = await through(url, init);
    headersAtMs = performance.now();
    return response;
  };
  const once = async (kind: string) => {
    const outcome = await ask(`${origin}/${kind}`, fetch);
    return { outcome, tookMs: performance.now() - headersAtMs };
  };
  // The code and the pools are loaded by good answers, and by one flood.
  for (let round = 0; round < 20; round++) await once('good');
  await once(flood);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const watch = watchRss();
    const report = await once(flood);
    rounds.push({ ...report, rssGrowthBytes: watch.stop() - before });
  }
  await agent.destroy();
  return {
    outcome: rounds[0]?.outcome,
    tookMs: Math.min(...rounds.map(({ tookMs }) => tookMs)),
    rssGrowthBytes: median(rounds.map(({ rssGrowthBytes }) => rssGrowthBytes)),
  };
}

const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;

/** Looks at each turn of the event loop, so that a peak is seen too. */
function watchRss(): { stop(): number } {
  let peak = 0;
  let isWatching = true;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
    if (isWatching) setImmediate(look);
  };
  look();
  return {
    stop: () => {
      isWatching = false;
      return peak;
    },
  };
}

const [name, origin, flood] = process.argv.slice(2) as [FetchName, string, string];
process.send?.(await measure(name, origin, flood), () => process.disconnect());
