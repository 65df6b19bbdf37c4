import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { FETCHES } from '../support/hostile/asking.ts';
import type { FloodReport } from '../support/hostile/floodClient.ts';

const MOST_MS = 20;

const start = (file: string, ...args: string[]): ChildProcess =>
  fork(new URL(`../support/hostile/${file}`, import.meta.url), args, {
    execArgv: ['--expose-gc'],
  });

describe('QuotaEndpoint: floods', () => {
  let server: ChildProcess;
  let origin = '';
  before(async () => {
    server = start('floodServer.ts');
    [origin] = await once(server, 'message');
  });
  after(() => server.disconnect());

  const floods: Record<string, readonly [title: string, mostMb: number]> = {
    json: ['10 MB of JSON', 5],
    stream: ['a 1 GB stream', 5],
    gzip: ['a gzip bomb of 1 GB', 5],
    deflate: ['a deflate bomb of 100 MB', 5],
    // Its decoder alone has a window of 4 MB, which is freed with it.
    brotli: ['a brotli bomb of 100 MB', 12],
  };
  for (const name of FETCHES) {
    for (const [flood, [title, mostMb]] of Object.entries(floods)) {
      it(`E4 stops ${title} at 256 KB, in 20 ms and ${mostMb} MB, with the ${name} fetch`, async () => {
        const client = start('floodClient.ts', name, origin, flood);
        const [report] = (await once(client, 'message')) as [FloodReport];
        const issues = ['the answer is over 256 KB'];
        assert.deepEqual(report.outcome, { kind: 'malformed', issues });
        assert.ok(report.tookMs <= MOST_MS, `${report.tookMs.toFixed(1)} ms`);
        const growthMb = report.rssGrowthBytes / 1024 / 1024;
        assert.ok(growthMb <= mostMb, `${growthMb.toFixed(1)} MB`);
      });
    }
  }
});
