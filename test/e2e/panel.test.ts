import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { KimiCodeBurst, TOO_MANY } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';
import {
  isSeenIn,
  seeAll,
  type SeenIncident,
  writeHostileLogs,
} from '../support/hostile/hostileLogs.ts';
import { hostilePayloads } from '../support/hostile/payloads.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const HISTORY_DAYS = 90;

/** Fills the archive with three months of daytime work. */
async function fillHistory(file: string, origin: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const archive = new SqliteArchive({ path: file, clock: new SystemClock(), log: new FakeLog() });
  const now = Date.now();
  for (let at = now - HISTORY_DAYS * DAY_MS; at < now - 10 * MINUTE_MS; at += 30 * MINUTE_MS) {
    const intoDay = (at % DAY_MS) / DAY_MS;
    if (intoDay > 0.75) continue;
    const intoFiveHours = (at / (5 * 3_600_000)) % 1;
    const intoWeek = (at / (7 * DAY_MS)) % 1;
    await archive.appendSnapshot({
      kind: 'snapshot',
      at,
      origin,
      clockSkewMs: 0,
      windows: [
        {
          id: '5h',
          usedPercent: intoFiveHours * 70,
          resetsAt: at + (1 - intoFiveHours) * 5 * 3_600_000,
        },
        { id: 'week', usedPercent: intoWeek * 60, resetsAt: at + (1 - intoWeek) * 7 * DAY_MS },
      ],
    });
  }
  archive.dispose();
}

describe('the panel', () => {
  let kimi: KimiService;
  let home: string;
  let burst: KimiCodeBurst;
  let workbench: Workbench;
  let panel: FrameLocator;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-panel-'));
    burst = new KimiCodeBurst(home);
    kimi = await startKimiService();
    const userDataDir = path.join(home, 'data');
    const storage = path.join(userDataDir, 'User/globalStorage/kimi-quota.kimi-quota');
    await fillHistory(path.join(storage, 'kimi-quota.db'), new URL(kimi.baseUrl).origin);
    workbench = await openWorkbench({
      account: kimi,
      userDataDir,
      colorTheme: 'Default Dark Modern',
      env: { HOME: home },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    await workbench.page.setViewportSize({ width: 1100, height: 1500 });
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('shows the quota, months of history, and no incidents', async () => {
    await workbench.palette('Kimi Quota: Open Dashboard');
    panel = workbench.webviewFrame();
    await panel.locator('[data-card="5h"]', { hasText: '84% left' }).waitFor();
    await panel.getByRole('heading', { name: 'Kimi Code', exact: true }).waitFor();
    await panel.getByText('Allegretto').waitFor();
    await panel.getByRole('button', { name: '30 days' }).click();
    await panel.locator('[aria-pressed=true]', { hasText: '30 days' }).waitFor();
    await workbench.screenshot('panel-30-days');
    await panel.getByRole('button', { name: 'Show as table' }).click();
    assert.ok((await panel.locator('tbody tr').count()) > 20);
    await panel.getByRole('button', { name: 'Show as chart' }).click();
    await panel.getByRole('button', { name: '24 hours' }).click();
  });

  it('shows and explains an incident when a burst of requests is rejected', async () => {
    await burst.start(22);
    await panel.getByText('Parallel slots in use: 22 of 20').waitFor();
    await burst.fail(6);
    const row = panel.locator('.incident', { hasText: 'Too many parallel requests' }).first();
    await row.waitFor();
    await workbench.screenshot('panel');
    await row.click();
    await panel.getByText(TOO_MANY).waitFor();
    const text = await panel.locator('.detail').innerText();
    assert.match(text, /22 .*(?:running|requests)/);
    assert.match(text, /What to do|Next time/);
    await workbench.screenshot('panel-incident');
  });

  it('copies the setting that prevents it, without leaving the overview', async () => {
    await panel.getByRole('button', { name: 'All incidents' }).click();
    const fix = panel.locator('.overview .banner .code');
    await fix.getByRole('button', { name: 'Copy' }).click();
    await fix.getByRole('button', { name: 'Copied' }).waitFor();
    const code = await fix.locator('code').innerText();
    assert.match(code, /^KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=\d+$/);
  });

  it('shows the overview after a window reload', async () => {
    await workbench.palette('Developer: Reload Window');
    await workbench.page.waitForEvent('load');
    await workbench
      .statusItem('quota')
      .getByText(/Too many parallel|Slot free/)
      .waitFor();
    panel = workbench.webviewFrame();
    await panel.getByRole('heading', { name: 'History' }).waitFor();
    assert.equal(await panel.getByText(TOO_MANY).count(), 0);
  });

  it('opens the log at the line of the record', async () => {
    await panel.locator('.incident', { hasText: 'Too many parallel requests' }).first().click();
    await panel.getByRole('button', { name: 'Open Log at This Line' }).click();
    await workbench.page.locator('.tab', { hasText: 'kimi-code.log' }).waitFor();
    await workbench.page.locator('.view-line', { hasText: 'llm request failed' }).first().waitFor();
  });

  it('shows hostile log text as plain text, each as an incident', async () => {
    const payloads = hostilePayloads.filter((_, index) => index % 8 === 0);
    await writeHostileLogs(home, payloads);
    await workbench.palette('Kimi Quota: Open Dashboard');
    panel = workbench.webviewFrame();
    const back = panel.getByRole('button', { name: 'All incidents' });
    await back.or(panel.getByRole('heading', { name: 'History' })).waitFor();
    if (await back.isVisible()) await back.click();
    await panel.locator('.incident').nth(payloads.length).waitFor();
    const asked: string[] = [];
    workbench.page.on('request', request => {
      if (request.frame() !== workbench.page.mainFrame()) asked.push(request.url());
    });
    const page = panel.locator('body');
    const seen: SeenIncident[] = await page.evaluate(seeAll({ pressesLinks: false }));
    for (const payload of payloads)
      assert.ok(
        seen.some(({ original }) => isSeenIn(original, payload)),
        `${JSON.stringify(payload)} is not shown`,
      );
    assert.deepEqual(
      seen.filter(({ foreign }) => foreign > 0),
      [],
    );
    assert.deepEqual(asked, []);
    assert.equal(await page.evaluate('window.executed'), undefined);
  });
});
