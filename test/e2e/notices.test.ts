import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const LOG =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001/logs/kimi-code.log';
const WORDS =
  "We're receiving too many requests at the moment. Please wait a moment and try again.";
const CANARY = 'sk-kimi-CANARY0123456789abcdef';
/** What is told has lasted 30 s. */
const HOLD_MS = 30_000;

describe('notifications', () => {
  let kimi: KimiService;
  let home: string;
  let workbench: Workbench;
  let second: Page;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-notices-'));
    kimi = await startKimiService();
    workbench = await openWorkbench({
      extension: 'source',
      env: { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl, HOME: home },
    });
    const { page } = workbench;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    second = await page.context().newPage();
    await second.goto(page.url());
    await quotaItem(second).getByText('5h 84%').waitFor({ timeout: 60_000 });
    await page.bringToFront();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const quotaItem = (page: Page) => page.locator('[id="kimi-quota.kimi-quota.quota"]');
  const toasts = (page: Page) => page.locator('.notification-toast', { hasText: 'Kimi Code' });
  const shown = async (): Promise<number> =>
    (await toasts(workbench.page).count()) + (await toasts(second).count());

  /** Kimi is asked until the status bar says so: one read in 10 s at most. */
  async function readUntil(text: string): Promise<void> {
    const item = workbench.statusItem('quota').getByText(text);
    for (let tries = 0; tries < 6 && !(await item.isVisible()); tries++) {
      await workbench.palette('Kimi Quota: Refresh');
      await item.waitFor({ timeout: 4000 }).catch(() => {});
    }
    await item.waitFor();
  }

  it('say once, of two windows, that nothing is left, and can be snoozed', async () => {
    kimi.account.windows.fiveHour.usedPercent = 100;
    await readUntil('5h 0%');
    const page = await Promise.any(
      [workbench.page, second].map(async each => {
        await toasts(each)
          .first()
          .waitFor({ timeout: 2 * HOLD_MS });
        return each;
      }),
    );
    assert.equal(await shown(), 1);
    await page.bringToFront();
    const toast = toasts(page).first();
    assert.match(
      await toast.innerText(),
      /Kimi Code: 5-hour window used up\. Requests work again \d\d:\d\d .+ \(in .+\)\./,
    );
    await page.screenshot({ path: '.vscode-test/shots/notice-spent.png' });
    await toast.getByRole('button', { name: 'Snooze' }).click();
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'For 1 hour' }).waitFor();
    await page.screenshot({ path: '.vscode-test/shots/notice-snooze.png' });
    await rows.filter({ hasText: 'For 1 hour' }).click();
    await workbench.page.bringToFront();
    kimi.account.windows.week.usedPercent = 100;
    await readUntil('wk 0%');
    // The week has its 30 s while the next tests wait for theirs: see the last one.
  }).timeout(240_000);

  it('a ticket is shown first, and copied as it is shown, without a secret', async () => {
    const file = path.join(home, LOG);
    await mkdir(path.dirname(file), { recursive: true });
    const at = new Date().toISOString();
    await appendFile(
      file,
      `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=APIProviderRateLimitError errorMessage="429 ${WORDS} ${CANARY} dev.canary@corp.example" statusCode=429\n`,
    );
    const { page } = workbench;
    const trouble = workbench.statusItem('quota').locator('.codicon-bell-dot');
    await trouble.waitFor({ timeout: 30_000 });
    await workbench.palette('Kimi Quota: Copy Support Ticket');
    const editor = page.locator('.monaco-editor .view-lines').first();
    await editor.getByText('Ticket for the support of Kimi').waitFor();
    const offer = await workbench.toast('Read the ticket before you send it.');
    await workbench.screenshot('ticket');
    await offer.getByRole('button', { name: 'Copy to Clipboard' }).click();
    await page.getByText('The ticket is on the clipboard.').waitFor();
    const ticket = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(ticket, /^Ticket for the support of Kimi, made by Kimi Quota \d/);
    assert.match(ticket, /\nProduct: Kimi Code\n/);
    assert.match(ticket, /\nAgent: Kimi Code, failed requests 1\n/);
    assert.match(ticket, /\nQuota before .*5-hour window: 0% left/);
    assert.ok(ticket.includes(WORDS), ticket);
    assert.doesNotMatch(ticket, /CANARY|canary|127\.0\.0\.1|\/tmp|kimi-quota-notices/);
  });

  it('a failure that only the user can end is told once, beside what is snoozed, and can be muted for good', async () => {
    const at = new Date().toISOString();
    await appendFile(
      path.join(home, LOG),
      `${at} WARN  llm request failed  turnStep=1.1 model=kimi-code/k errorName=APIStatusError errorMessage="403 Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc." statusCode=403\n`,
    );
    const page = await Promise.any(
      [workbench.page, second].map(async each => {
        await toasts(each)
          .first()
          .waitFor({ timeout: 2 * HOLD_MS });
        return each;
      }),
    );
    await page.bringToFront();
    await page.screenshot({ path: '.vscode-test/shots/notice-failure.png' });
    const toast = toasts(page).first();
    assert.match(await toast.innerText(), /Kimi Code: Kimi does not accept this client[^]+\./);
    assert.equal(await shown(), 1, 'the week, used up meanwhile, is snoozed');
    await toast.getByRole('button', { name: 'Do Not Show Again' }).click();
    await page
      .locator('.notification-toast', { hasText: 'No more notifications of this kind' })
      .getByRole('button', { name: 'Open Settings' })
      .click();
    await page.locator('.setting-list-row', { hasText: 'failure' }).waitFor();
    await page.screenshot({ path: '.vscode-test/shots/notice-muted.png' });
  }).timeout(150_000);
});
