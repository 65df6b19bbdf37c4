import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const CONCURRENCY =
  "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";

describe('a running agent, with the installed log readers', () => {
  let kimi: KimiService;
  let home: string;
  let burst: KimiCodeBurst;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-live-'));
    burst = new KimiCodeBurst(home);
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      env: { HOME: home },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const tooltip = (words: RegExp) => workbench.tooltip(workbench.statusItem('quota'), words);

  it('has its requests in flight in the tooltip', async () => {
    await burst.start(2);
    await tooltip(/Requests in flight(?: on this machine)?: 2/);
    await workbench.screenshot('in-flight');
  });

  it('has its failure in the tooltip with its log, with at most one more check of Kimi', async () => {
    const readsBefore = kimi.requests.length;
    kimi.account.windows.fiveHour.usedPercent = 40;
    await burst.fail(1);
    await tooltip(/Why\?[^]*Open Log/);
    await workbench.screenshot('last-failure');
    // The next check is at least a minute after the first one.
    assert.ok(kimi.requests.length - readsBefore <= 1);
  });

  it('has its failure explained: likely cause, retry time and next step', async () => {
    await burst.fail(1, CONCURRENCY, 403);
    await workbench
      .statusItem('quota')
      .getByText(/Too many parallel|parallel limit|Slot free/)
      .waitFor();
    await workbench.screenshot('incident-glance');
    const text = await tooltip(/Too many parallel requests/);
    assert.match(text, /Why\?/);
    await workbench.screenshot('incident-tooltip');
  });

  it('has its failure explained in the dashboard on demand', async () => {
    await workbench.palette('Kimi Quota: Explain Last Error');
    await workbench
      .webviewFrame()
      .getByText(/^Likely too many parallel requests/)
      .waitFor();
    await workbench.screenshot('incident-panel');
  });
});
