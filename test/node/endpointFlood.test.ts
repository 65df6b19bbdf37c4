import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { FETCHES } from '../support/hostile/asking.ts';
import { FLOODS, meetFlood, startFloodServer } from '../support/hostile/floods.ts';

/** Far below any flood, far above what a decoder and its buffers need. The bench is stricter. */
const MOST_GROWTH_BYTES = 32 * 1024 * 1024;

describe('QuotaEndpoint: floods', () => {
  let server: ChildProcess;
  let origin = '';
  before(async () => {
    server = await startFloodServer();
    [origin] = await once(server, 'message');
  });
  after(() => server.disconnect());

  for (const name of FETCHES) {
    for (const [flood, title] of Object.entries(FLOODS)) {
      it(`E4 stops ${title} at 256 KB, and keeps none of it, with the ${name} fetch`, async () => {
        const report = await meetFlood({ name, origin, flood, rounds: 1 });
        const issues = ['the answer is over 256 KB'];
        assert.deepEqual(report.outcome, { kind: 'malformed', issues });
        assert.ok(report.rssGrowthBytes <= MOST_GROWTH_BYTES, `${report.rssGrowthBytes} bytes`);
      });
    }
  }
});
