import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { KimiCodeBurst, TOO_MANY } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const NOT_ACCEPTED =
  'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.';
const CANARY = 'sk-kimi-CANARY0123456789abcdef';
const LOOK_AGAIN_MS = 200;

describe('notifications', () => {
  let kimi: KimiService;
  let home: string;
  let burst: KimiCodeBurst;
  let workbench: Workbench;
  let second: Page;
  /** A retry of the test adds to the incident of the first try. */
  let refusedCount = 0;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-notices-'));
    burst = new KimiCodeBurst(home);
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      env: { HOME: home },
    });
    const { page } = workbench;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    second = await page.context().newPage();
    await second.goto(page.url());
    await quotaItem(second).getByText('5h 84%').waitFor();
    await page.bringToFront();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const quotaItem = (page: Page) => page.locator('[id="kimi-quota.kimi-quota.quota"]');
  const toasts = (page: Page, hasText: RegExp) => page.locator('.notification-toast', { hasText });
  const shown = async (text: RegExp): Promise<number> =>
    (await toasts(workbench.page, text).count()) + (await toasts(second, text).count());

  /** Refreshes until the status bar shows the text: at most one check in 10 s. */
  async function readUntil(text: string): Promise<void> {
    const item = workbench.statusItem('quota').getByText(text);
    for (const until = Date.now() + 60_000; !(await item.isVisible()) && Date.now() < until;)
      await workbench.palette('Kimi Quota: Refresh');
    await item.waitFor();
  }

  /** Until the newest incident has this text and so many failures. */
  async function untilRecorded(text: string, count: number): Promise<void> {
    const storage = path.join(workbench.userDataDir, 'User/globalStorage/kimi-quota.kimi-quota');
    const archive = new SqliteArchive({
      path: path.join(storage, 'kimi-quota.db'),
      clock: new SystemClock(),
      log: new FakeLog(),
    });
    try {
      for (let isThere = false; !isThere; await sleep(LOOK_AGAIN_MS)) {
        const newest = (await archive.readIncidents()).at(-1);
        isThere = newest?.count === count && newest.example.signal.text.includes(text);
      }
    } finally {
      archive.dispose();
    }
  }

  /** Brings the window with the toast to the front. */
  async function windowWithToast(text: RegExp): Promise<Page> {
    const page = await Promise.any(
      [workbench.page, second].map(async each => {
        await toasts(each, text).first().waitFor();
        return each;
      }),
    );
    await page.bringToFront();
    return page;
  }

  it('report a used-up quota once for two windows, with its reset and a reminder', async () => {
    kimi.account.windows.fiveHour.usedPercent = 100;
    await readUntil('5h used up');
    const page = await windowWithToast(/used up/);
    assert.equal(await shown(/used up/), 1);
    const toast = toasts(page, /used up/).first();
    const text = await toast.innerText();
    assert.match(text, /5-hour quota used up\. Resets (?:at |\S+ )\d\d:\d\d \(in .+\)\./);
    assert.doesNotMatch(text, /GMT|UTC/);
    assert.deepEqual(await toast.getByRole('button').filter({ hasText: /\S/ }).allInnerTexts(), [
      'Details',
      'Remind Me at Reset',
      'Mute',
    ]);
    await page.screenshot({ path: '.vscode-test/shots/notice-spent.png' });
    await toast.getByRole('button', { name: 'Remind Me at Reset' }).click();
    await page.getByText(/Reminder set: .*\d\d:\d\d/).waitFor();
    // The less urgent failure becomes due later.
    await burst.fail(1, NOT_ACCEPTED, 403);
    await workbench.page.bringToFront();
  });

  it('a ticket is shown before it is copied, without a secret', async () => {
    await burst.fail(1, `${TOO_MANY} ${CANARY} dev.canary@corp.example`);
    refusedCount++;
    const { page } = workbench;
    // Of all that fails now, the status bar shows only the used-up quota.
    await workbench.tooltip(workbench.statusItem('quota'), /5-hour quota used up/);
    await workbench.pointAway();
    await untilRecorded(TOO_MANY, refusedCount);
    await workbench.palette('Kimi Quota: Create Support Ticket');
    const editor = page.locator('.monaco-editor .view-lines').first();
    await editor.getByText('Kimi support ticket').waitFor();
    const offer = await workbench.toast('Review the ticket before you send it.');
    await workbench.screenshot('ticket');
    await offer.getByRole('button', { name: 'Copy to Clipboard' }).click();
    await page.getByText('The ticket is copied.').waitFor();
    const ticket = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(ticket, /^Kimi support ticket \(Kimi Quota \d/);
    assert.match(ticket, /\nProduct: Kimi Code\n/);
    assert.ok(ticket.includes(`\nAgent: Kimi Code, failed requests: ${refusedCount}\n`), ticket);
    assert.match(ticket, /\nQuota before .*5-hour quota: 0% left/);
    assert.ok(ticket.includes(TOO_MANY), ticket);
    assert.doesNotMatch(ticket, /CANARY|canary|127\.0\.0\.1|\/tmp|kimi-quota-notices/);
  });

  it('a failure that only the user can fix is shown once, and can be muted', async () => {
    const page = await windowWithToast(/Client not accepted/);
    await page.screenshot({ path: '.vscode-test/shots/notice-failure.png' });
    const toast = toasts(page, /Client not accepted/).first();
    assert.match(await toast.innerText(), /Kimi Code: Client not accepted by Kimi[^]+\./);
    assert.equal(await shown(/Client not accepted/), 1);
    await toast.getByRole('button', { name: 'Mute' }).click();
    await page
      .locator('.notification-toast', { hasText: 'Muted: requests fail.' })
      .getByRole('button', { name: 'Open Settings' })
      .click();
    await page.locator('.setting-list-row', { hasText: 'failure' }).waitFor();
    await page.screenshot({ path: '.vscode-test/shots/notice-muted.png' });
  });
});
