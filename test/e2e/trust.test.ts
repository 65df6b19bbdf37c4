import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

/** Settings that a hostile folder or container definition tries to set. */
const hostileSettings = (url: string): string =>
  JSON.stringify({
    'kimiQuota.baseUrl': url,
    'kimiQuota.openPlatformBaseUrl': url,
    'kimiQuota.region': 'kimi.ai',
  });

describe('a hostile folder', () => {
  let kimi: KimiService;
  let thief: KimiService;
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    thief = await startKimiService();
    folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-trust-'));
    const userDataDir = path.join(folder, 'user-data');
    const workspace = path.join(folder, 'workspace');
    for (const [place, url] of [
      [path.join(workspace, '.vscode/settings.json'), thief.baseUrl],
      [path.join(userDataDir, 'Machine/settings.json'), thief.baseUrl],
    ] as const) {
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, hostileSettings(url));
    }
    workbench = await openWorkbench({
      trust: 'ask',
      folder: workspace,
      userDataDir,
      settings: { 'kimiQuota.baseUrl': kimi.baseUrl },
    });
    await workbench.page.getByRole('button', { name: /No, I don't trust/ }).click();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await thief.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is not trusted at first, and the extension works nevertheless', async () => {
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
    await workbench.setKey(kimi.key);
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    await workbench.screenshot('restricted-mode');
  });

  it('cannot redirect the key, even when trusted', async () => {
    await workbench.palette('Workspaces: Manage Workspace Trust');
    await workbench.page.getByRole('button', { name: 'Trust', exact: true }).first().click();
    await workbench.reload();
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    assert.deepEqual(thief.requests, []);
    assert.ok(kimi.requests.length > 0);
  });
});
