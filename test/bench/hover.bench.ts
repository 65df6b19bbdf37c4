import '../support/vscode/register.ts';
import { headlineFor, kimiAccount } from '../support/headlines.ts';
import { incidentOf, UNSURE } from '../support/incidents.ts';
import {
  ENGLISH,
  FIVE_HOURS,
  MONTH,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../support/quotaViews.ts';
import { type BenchRow, median, timeMs } from './benchRow.ts';

const RUNS = 300;

/** The status bar's hover while requests fail: the headline and its Markdown, built anew. */
export async function benchHover(): Promise<BenchRow[]> {
  const { quotaTooltip } = await import('../../src/vscode/quotaTooltip.ts');
  const view = viewOf(snapshotOf([FIVE_HOURS, WEEK, MONTH], { parallelLimit: 20 }));
  const steps = [{ id: 'fewerAgents', agent: 'kimi-code', count: 20 }] as const;
  const verdict = { ...UNSURE, cause: 'own_concurrency', certainty: 'certain', steps } as const;
  const incidents = [incidentOf('a', { from: NOW, to: NOW, verdict })];
  const build = (): string => {
    const headline = headlineFor(view, { incidents, inFlight: 22 });
    const options = {
      locale: ENGLISH,
      side: 'remaining',
      now: NOW,
      activity: {},
      headline,
    } as const;
    return quotaTooltip([kimiAccount(view)], options);
  };
  const first = await timeMs(build);
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await timeMs(build));
  return [
    { name: 'hover: built while requests fail', figure: median(runs), unit: 'ms', limit: 5 },
    { name: 'hover: the first one', figure: first, unit: 'ms' },
  ];
}
