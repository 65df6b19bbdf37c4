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

/** What to ask for, through which fetch. */
export interface FloodTask {
  readonly name: FetchName;
  readonly origin: string;
  readonly flood: string;
  /** More of them tell more exactly what it takes. */
  readonly rounds: number;
}

/** Asks `origin` for one kind of flood several times. */
async function measure({ name, origin, flood, rounds: count }: FloodTask): Promise<FloodReport> {
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
  for (let round = 0; round < count; round++) {
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

const task = JSON.parse(process.argv[2]!) as FloodTask;
void measure(task).then(report => process.send?.(report, () => process.disconnect()));
