import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';

const CONCURRENCY =
  "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";
const FIX = /^KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=\d+$/;

/** Writes the sign-in of Kimi Code for the mock. */
async function writeSignIn(home: string, kimi: KimiService): Promise<void> {
  const folder = path.join(home, '.kimi-code');
  await mkdir(path.join(folder, 'credentials'), { recursive: true });
  const expires_at = Math.floor(Date.now() / 1000) + 900;
  const signIn = { access_token: kimi.key, refresh_token: 'r', expires_at, token_type: 'Bearer' };
  await writeFile(path.join(folder, 'credentials/kimi-code.json'), JSON.stringify(signIn));
  const config = `[providers."managed:kimi-code"]\ntype = "kimi"\nbase_url = "${kimi.baseUrl}"\napi_key = ""\noauth = { storage = "file", key = "oauth/kimi-code" }\n`;
  await writeFile(path.join(folder, 'config.toml'), config);
}

for (const way of ['the mouse', 'the keyboard'] as const) {
  describe(`two steps with ${way}`, () => {
    let kimi: KimiService;
    let home: string;
    let workbench: Workbench;
    const item = () => workbench.statusItem('quota');
    const rows = () => workbench.page.locator('.quick-input-list .monaco-list-row');
    const press = (key: string) => workbench.page.keyboard.press(key);

    before(async () => {
      home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-clicks-'));
      kimi = await startKimiService();
      await writeSignIn(home, kimi);
      workbench = await openWorkbench({ env: { HOME: home } });
      const { page } = workbench;
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await item().getByText('Kimi: connect').waitFor();
    });
    after(async () => {
      await workbench.close();
      await kimi.close();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    });

    it('lead from the first run to numbers', async () => {
      if (way === 'the mouse') {
        await item().click();
        await rows().filter({ hasText: "Use Kimi Code's sign-in" }).click();
      } else {
        await workbench.palette('Kimi Quota: Connect Account...');
        await rows().filter({ hasText: "Use Kimi Code's sign-in" }).waitFor();
        // The first row has the focus.
        await press('Enter');
      }
      // Only because the mock is no host of Kimi.
      const dialog = workbench.page.locator('.monaco-dialog-box');
      await dialog.waitFor();
      if (way === 'the mouse')
        await dialog.getByRole('button', { name: 'Use This Sign-In' }).click();
      else await press('Enter');
      await item()
        .getByText(/5h 84%/)
        .waitFor();
    });

    it('lead from a failing agent to the copied setting', async () => {
      const burst = new KimiCodeBurst(home);
      await burst.start(22);
      await burst.fail(6, CONCURRENCY, 403);
      await item()
        .getByText(/Too many parallel|Slot free/)
        .waitFor();
      await workbench.clearToasts();
      if (way === 'the mouse') await item().click();
      else await workbench.palette('Kimi Quota: Show Quota');
      const row = rows().filter({ hasText: 'Copy Setting' });
      await row.waitFor();
      await workbench.screenshot(`two-steps-${way === 'the mouse' ? 'mouse' : 'keyboard'}`);
      if (way === 'the mouse') await row.click();
      else {
        while (!(await row.getAttribute('class'))?.includes('focused')) await press('ArrowDown');
        await press('Enter');
      }
      await workbench.page.getByText(/Copied: KIMI_CODE/).waitFor();
      assert.match(await workbench.page.evaluate<string>('navigator.clipboard.readText()'), FIX);
    });
  });
}
