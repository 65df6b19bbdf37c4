import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

/** Made up, and put together so that no scanner takes them for real ones. */
const ORG = `org-${'0a1b'.repeat(8)}`;
const PROJECT = `proj-${'2c3d'.repeat(8)}`;
const KEY_ID = `ak-${'4e5f'.repeat(5)}`;
const NO_BALANCE =
  '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}';
const TPD = `Your account ${ORG} / ${PROJECT} <${KEY_ID}> request reached organization TPD rate limit, current: 1526210, limit: 1500000`;

describe('an incident, settled', () => {
  let kimi: KimiService;
  let home: string;
  let burst: KimiCodeBurst;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-diagnosis-'));
    burst = new KimiCodeBurst(home);
    kimi = await startKimiService();
    const auth = path.join(home, '.local/share/opencode');
    await mkdir(auth, { recursive: true });
    const entry = { type: 'api', key: kimi.platformKey };
    await writeFile(path.join(auth, 'auth.json'), JSON.stringify({ moonshotai: entry }));
    workbench = await openWorkbench({
      settings: { 'kimiQuota.openPlatformBaseUrl': `${kimi.url}/v1` },
      env: { HOME: home },
    });
    await workbench.setKey(kimi.platformKey);
    await workbench.quickPickRows(/moonshot\.ai/);
    await workbench.page.keyboard.press('Enter');
    await workbench.statusItem('quota').getByText('49.58').waitFor();
    await workbench.clearToasts();
    await workbench.page.setViewportSize({ width: 1100, height: 1900 });
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const posts = (): number => kimi.requests.filter(({ method }) => method === 'POST').length;
  const dialogButton = (name: string) =>
    workbench.page.locator('.monaco-dialog-box').getByRole('button', { name });
  const check = (panel: FrameLocator, words: string) => panel.locator('.check', { hasText: words });

  async function open(title: RegExp): Promise<FrameLocator> {
    await workbench.palette('Kimi Quota: Open Dashboard');
    const panel = workbench.webviewFrame();
    const back = panel.getByRole('button', { name: 'All incidents' });
    await back
      .or(panel.getByRole('heading', { name: 'History' }))
      .first()
      .waitFor();
    if (await back.isVisible()) await back.click();
    await panel.getByRole('button', { name: title }).first().click();
    await panel.getByRole('heading', { name: 'Direct test' }).waitFor();
    return panel;
  }

  async function ticket(panel: FrameLocator): Promise<string> {
    await panel.getByRole('button', { name: 'Create Support Ticket' }).click();
    await (await workbench.toast(/Review the ticket/)).waitFor();
    const lines = workbench.page.locator('.monaco-editor .view-line');
    await lines.filter({ hasText: 'Kimi support ticket' }).first().waitFor();
    const text = (await lines.allInnerTexts()).join('\n').replaceAll('\u00a0', ' ');
    await workbench.clearToasts();
    return text;
  }

  it('no balance by a proxy, with money there: the gateway, from the error to the ticket', async () => {
    await burst.start(1);
    await burst.fail(1, NO_BALANCE);
    const panel = await open(/credit|balance/i);
    await check(panel, 'Check the balance: voucher and cash.').getByText('46.58').waitFor();
    await workbench.screenshot('diagnosis-balance-before');
    assert.equal(posts(), 0);
    await panel.getByRole('button', { name: 'Test This Account Directly' }).click();
    await workbench.page.locator('.monaco-dialog-box', { hasText: 'about 15 tokens' }).waitFor();
    assert.equal(posts(), 0);
    await workbench.screenshot('diagnosis-question');
    await dialogButton('Send').click();
    await panel.getByText('It works without the gateway').waitFor();
    assert.equal(posts(), 1);
    await workbench.clearToasts();
    await check(panel, 'Send the error to whoever').getByRole('checkbox').check();
    await check(panel, 'Send the error to whoever').getByText('(ticked)').waitFor();
    await workbench.screenshot('diagnosis-balance');
    const text = await ticket(panel);
    assert.match(text, /Direct request without the agent: A gateway or proxy\./);
    assert.match(text, /\[x\] Send the error to whoever runs the gateway\./);
    assert.match(text, /Screenshots to add/);
    await workbench.screenshot('diagnosis-balance-ticket');
  });

  it('the daily limit, and no agent ran: places of the key, the old key refused, the ticket', async () => {
    await burst.fail(1, TPD);
    const panel = await open(/TPD|tokens per day/i);
    await panel.getByText(`Organization ID: ${ORG}`).waitFor();
    await panel.getByRole('button', { name: 'Find Programs with This Key' }).click();
    await check(panel, 'Find the programs')
      .getByText(/Found in: OpenCode/)
      .waitFor();
    await workbench.clearToasts();
    for (const step of ['create a new one', 'Delete the old key'])
      await check(panel, step).getByRole('checkbox').check();
    await panel.getByRole('button', { name: 'Test Old Key' }).click();
    const box = workbench.page.locator('.quick-input-widget input[type="password"]');
    await box.fill('sk-an-old-key-of-nobody');
    await box.press('Enter');
    await check(panel, 'Confirm that Kimi rejects the old key')
      .getByText('Kimi rejects the old key.')
      .waitFor();
    await workbench.clearToasts();
    await check(panel, 'Delete the old key').getByText('(ticked)').waitFor();
    await workbench.screenshot('diagnosis-daily-limit');
    const text = await ticket(panel);
    assert.match(text, new RegExp(`Organization ID: ${ORG}`));
    assert.match(text, /\[x\] Delete the old key in the console\./);
    assert.match(text, /\[x\] Confirm that Kimi rejects the old key/);
    assert.ok(!text.includes('opencode/auth.json') && !text.includes(kimi.platformKey));
    await workbench.screenshot('diagnosis-daily-limit-ticket');
  });
});
