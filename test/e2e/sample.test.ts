import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const NOTICE = 'Sample data from a made-up account. Nothing is saved.';

/** The check mark of a completed step. */
const DONE = '[role=checkbox][aria-checked=true]';

/** The extension's files in the user data that contain this text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const found: string[] = [];
  for (const name of names.filter(it => it.includes('globalStorage'))) {
    const bytes = await readFile(path.join(folder, name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(name);
  }
  return found;
}

/** Opens the walkthrough and returns its steps. */
async function openWalkthrough(
  { inputBox, page, palette }: Workbench,
  title: string,
): Promise<Locator> {
  await palette('Welcome: Open Walkthrough...');
  await (await inputBox()).fill(title);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  const steps = page.locator('.gettingStarted .getting-started-step');
  await steps.first().waitFor();
  return steps;
}

describe('the first run', () => {
  let workbench: Workbench;
  const item = () => workbench.statusItem('quota');

  before(async () => {
    workbench = await openWorkbench({});
    await item().getByText('Kimi: connect').waitFor();
  });
  after(() => workbench.close());

  it('is a walkthrough of three steps with a picture each', async () => {
    const steps = await openWalkthrough(workbench, 'Get Started with Kimi Quota');
    await steps.nth(2).waitFor();
    assert.equal(await steps.count(), 3);
    for (const [title, words] of [
      ['Set your key', 'api.kimi.com'],
      ["See what's left", '5h 87% · wk 81% · mo 70%'],
      ['Find out what an error really means', 'Too many parallel requests'],
    ] as const) {
      await steps.filter({ hasText: title }).locator('h3').first().click();
      const picture = workbench.webviewFrame().locator('svg');
      await picture.getByText(words).first().waitFor();
      await workbench.screenshot(`walkthrough-${title.split(' ')[0]?.toLowerCase()}`);
    }
    assert.equal(await steps.locator(DONE).count(), 0);
  });

  it('shows all features on sample data, marked everywhere', async () => {
    const { page } = workbench;
    const step = page.locator('.gettingStarted .getting-started-step.expanded');
    await step.getByText('Try with Sample Data').click();
    const panel = workbench.webviewFrame();
    await panel.getByText(NOTICE).waitFor();
    await item()
      .filter({ hasText: /^\s*Sample · Too many parallel · 1[01]\/10/ })
      .waitFor();
    await panel.getByText('87% left').waitFor();
    await workbench.screenshot('sample-panel');
    const tooltip = await workbench.tooltip(item(), /Too many parallel requests/);
    assert.ok(tooltip.includes(NOTICE), tooltip);
    assert.match(tooltip, /Waiting for a free slot: 1[01] of 10 in flight\./);
    await workbench.screenshot('sample-tooltip');
    await workbench.pointAway();
    await item().click();
    const rows = await workbench.quickPickRows(/87% left/);
    assert.ok(rows[0]?.includes(NOTICE), rows[0]);
    assert.ok(rows.some(row => row.includes('87% left')));
    assert.ok(
      rows.some(row => /Too many parallel requests/.test(row)),
      rows.join('\n'),
    );
    await workbench.screenshot('sample-check');
    await page.keyboard.press('Escape');
    await workbench.palette('Kimi Quota: Explain Last Error');
    await panel.getByText('At least 11 requests were in flight').waitFor();
    await panel.getByText(NOTICE).waitFor();
    await workbench.screenshot('sample-explained');
  });

  it('completes the step of the walkthrough that was done', async () => {
    const { page } = workbench;
    await page.locator('.tab', { hasText: 'Welcome' }).click();
    const step = page.locator('.gettingStarted .getting-started-step', {
      hasText: 'Find out what an error really means',
    });
    await step.locator(DONE).waitFor();
    await workbench.screenshot('walkthrough-done');
  });

  it('ends with the sample: no dashboard, no number, nothing on disk', async () => {
    const { page, userDataDir } = workbench;
    await workbench.palette('Kimi Quota: End Sample Data');
    await item().getByText('Kimi: connect').waitFor();
    await page.locator('.tab', { hasText: 'Kimi Quota (Sample)' }).waitFor({ state: 'detached' });
    assert.doesNotMatch(await workbench.tooltip(item(), /No API key/), /[Ss]ample/);
    await workbench.palette('Kimi Quota: Explain Last Error');
    await workbench.toast('No failed requests so far.');
    assert.deepEqual(await filesWith(userDataDir, 'sample-'), []);
    assert.deepEqual(await filesWith(userDataDir, 'own_concurrency'), []);
  });

  it('ends when the window closes', async () => {
    const { page } = workbench;
    await workbench.palette('Kimi Quota: Try with Sample Data');
    await item()
      .filter({ hasText: /Sample/ })
      .waitFor();
    await workbench.reload();
    await item().getByText('Kimi: connect').waitFor();
    assert.equal(await page.locator('.tab', { hasText: 'Kimi Quota (Sample)' }).count(), 0);
  });

  it('ends automatically when the user sets a key', async () => {
    await workbench.palette('Kimi Quota: Try with Sample Data');
    await item()
      .filter({ hasText: /Sample/ })
      .waitFor();
    await workbench.palette('Kimi Quota: Set API Key');
    await workbench.inputBox();
    await item().getByText('Kimi: connect').waitFor();
    await workbench.page.keyboard.press('Escape');
  });
});

describe('the first run with a key, in Chinese', () => {
  let kimi: KimiService;
  let workbench: Workbench;
  const item = () => workbench.statusItem('quota');

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      locale: 'zh-cn',
      colorTheme: 'Default High Contrast',
      settings: { 'kimiQuota.baseUrl': kimi.baseUrl },
    });
    await item().getByText('Kimi：连接').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  it('completes the first step of the walkthrough when the key is saved', async () => {
    const { page } = workbench;
    const steps = await openWalkthrough(workbench, '开始使用 Kimi Quota');
    await steps.getByText('设置 API 密钥').click();
    const box = page.locator('.quick-input-widget input[type="password"]');
    await box.fill(kimi.key);
    assert.equal(await steps.locator(DONE).count(), 0);
    await page.keyboard.press('Enter');
    await item().getByText('5h 84%').waitFor();
    await steps.filter({ hasText: '设置密钥' }).locator(DONE).waitFor();
    assert.equal(await steps.locator(DONE).count(), 1);
  });

  it('has the status bar, the tooltip and the check in Chinese', async () => {
    await item().getByText('5h 84% · 周 67% · 月 81%').waitFor();
    const text = await workbench.tooltip(item(), /Allegretto/);
    assert.match(text, /5 小时额度[^]*剩余 84%[^]*\d 小时(?: \d+ 分钟)?后重置/);
    await workbench.screenshot('chinese-tooltip');
    await workbench.pointAway();
    await item().click();
    const rows = await workbench.quickPickRows(/剩余 81%/);
    assert.match(rows[0] ?? '', /^5 小时额度 · 剩余 84%/);
    await workbench.screenshot('chinese-check');
    await workbench.page.keyboard.press('Escape');
  });

  it('has pictures in Chinese', async () => {
    const step = workbench.page.locator('.getting-started-step', {
      hasText: '弄清错误的真正含义',
    });
    await step.locator('h3').first().click();
    await workbench.webviewFrame().locator('svg').getByText('并发请求过多').waitFor();
    await workbench.screenshot('chinese-walkthrough');
  });

  it('shows sample data in Chinese, and the real numbers afterwards', async () => {
    await workbench.palette('Kimi Quota: Try with Sample Data');
    const panel = workbench.webviewFrame();
    await panel.getByText('示例数据，来自虚构的账号。不会保存任何内容。').waitFor();
    await item()
      .filter({ hasText: /示例 · 并发超限 · 1[01]\/10/ })
      .waitFor();
    const tooltip = await workbench.hover(item(), '结束示例数据');
    await workbench.screenshot('chinese-sample');
    await tooltip.getByText('结束示例数据').click();
    await item().getByText('5h 84%').waitFor();
    assert.doesNotMatch((await item().textContent()) ?? '', /示例/);
  });
});
