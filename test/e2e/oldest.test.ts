import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { KimiCodeBurst, TOO_MANY } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('the installed package in the oldest VS Code, in a folder that is not trusted', () => {
  let kimi: KimiService;
  let home: string;
  let burst: KimiCodeBurst;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-oldest-'));
    const folder = path.join(home, 'project');
    await mkdir(folder);
    await writeFile(path.join(folder, 'agent.log'), `started\nfailed: 429 ${TOO_MANY}\n`);
    burst = new KimiCodeBurst(home);
    await burst.start(22);
    kimi = await startKimiService();
    workbench = await openWorkbench({
      version: 'oldest',
      trust: 'ask',
      folder,
      settings: { 'kimiQuota.baseUrl': kimi.baseUrl },
      env: { HOME: home },
    });
    await workbench.page.getByRole('button', { name: /No, I don't trust/ }).click();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows the quota left once it has a key', async () => {
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
    await workbench.setKey(kimi.key);
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });

  it('explains an error text in a hover', async () => {
    const { page } = workbench;
    await workbench.openFile('agent.log');
    const line = page.locator('.view-line', { hasText: 'failed' }).first();
    await workbench.hover(line, 'Open in Dashboard', { position: { x: 120, y: 8 } });
    await workbench.screenshot('oldest-hover');
  });

  it('opens the dashboard with its script, its style and an incident', async () => {
    await workbench.palette('Kimi Quota: Open Dashboard');
    const panel = workbench.webviewFrame();
    await panel.getByText('84% left').waitFor();
    const maxWidth = await panel
      .locator('body')
      .evaluate('getComputedStyle(document.body).maxWidth');
    assert.equal(maxWidth, '1120px');
    await burst.fail(6);
    await panel
      .getByRole('button', { name: /^Too many parallel requests/ })
      .first()
      .waitFor();
    await workbench.screenshot('oldest-panel');
  });

  it('logs no error of this extension', async () => {
    const lines = (await workbench.hostLog()).split('\n');
    assert.ok(lines.length > 5);
    assert.deepEqual(
      lines.filter(line => /\[error\]/.test(line) && /kimi-quota/i.test(line)),
      [],
    );
  });
});
