import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { TOO_MANY } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const WEEK =
  '403 {"error":{"type":"access_terminated_error","message":"You have reached your weekly (7-day) usage limit for this billing cycle."}}';
const LOG = [
  '2026-11-21T10:00:00Z INFO started',
  `2026-11-21T10:00:01Z ERROR request failed: ${WEEK}`,
  '2026-11-21T10:00:02Z INFO 429 files were read',
  `2026-11-21T10:00:03Z WARN retry ${TOO_MANY} [x](command:workbench.action.quit) <img src=x>`,
  '',
].join('\n');

describe('inline explanations', () => {
  let kimi: KimiService;
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-inline-'));
    await writeFile(path.join(folder, 'agent.log'), LOG);
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      folder,
      // A canvas has no text that a test can hover.
      settings: { 'terminal.integrated.gpuAcceleration': 'off' },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
    await workbench.openFile('agent.log');
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const line = (text: string): Locator =>
    workbench.page.locator('.view-line', { hasText: text }).first();

  it('are marks of long lines, and a note after the text at the cursor, never before it', async () => {
    const { page } = workbench;
    await page.waitForFunction(
      "document.querySelectorAll('.glyph-margin-widgets .cgmr').length === 2",
    );
    const contents = (side: string): Promise<string[]> =>
      page.evaluate(`[...document.querySelectorAll('.view-line span')]
        .map(it => getComputedStyle(it, '${side}').content)
        .filter(content => !['none', 'normal'].includes(content))`);
    assert.deepEqual(await contents('::after'), []);
    await line('request failed').click();
    let notes: string[] = [];
    while (notes.length === 0) notes = await contents('::after');
    assert.deepEqual(notes, ['"Weekly quota used up"']);
    assert.deepEqual(await contents('::before'), []);
    await workbench.screenshot('inline-end-of-line');
  });

  it("are in a hover with only this extension's links", async () => {
    const position = { x: 260, y: 8 };
    const hover = await workbench.hover(line('retry'), 'Open in Dashboard', { position });
    const commands = await hover
      .locator('a')
      .evaluateAll(links =>
        links.map(link => link.getAttribute('data-href') ?? link.getAttribute('href')),
      );
    assert.equal(commands.length, 1);
    assert.match(commands[0] ?? '', /^command:kimiQuota\.explainHovered\?\d+$/);
    assert.equal(await hover.locator('img').count(), 0);
    await workbench.screenshot('inline-hover');
    await hover.getByText('Open in Dashboard').click();
    const panel = workbench.webviewFrame();
    await panel.getByText('Your quota now').waitFor();
    await panel.getByText(TOO_MANY).first().waitFor();
    await workbench.screenshot('inline-words');
  });

  it('open from a selection', async () => {
    await workbench.openFile('agent.log');
    await line('request failed').click();
    // The command is offered for a selection only.
    await workbench.page.keyboard.press('Control+l');
    await workbench.palette('Explain with Kimi Quota');
    await workbench.webviewFrame().getByText('access_terminated_error').waitFor();
  });

  it('open from pasted text, unless it has no error', async () => {
    await workbench.palette('Kimi Quota: Explain Error...');
    const box = await workbench.inputBox();
    await box.fill('a day like any other');
    await box.press('Enter');
    await workbench.toast('No known API error in this text');
    await workbench.clearToasts();
    await workbench.palette('Kimi Quota: Explain Error...');
    const again = await workbench.inputBox();
    await again.fill(`429 ${TOO_MANY}`);
    await again.press('Enter');
    await workbench.webviewFrame().getByText(TOO_MANY).first().waitFor();
  });

  it('open from a link in a terminal, wrapped and colored', async () => {
    const { page } = workbench;
    const { mouse, keyboard } = page;
    // With another apostrophe, because the dashboard still shows the text of the previous test.
    const words = TOO_MANY.replace("'", '’');
    await workbench.palette('Terminal: Create New Terminal');
    const terminal = page.locator('.terminal.xterm .xterm-helper-textarea').last();
    await terminal.pressSequentially(`printf '\\e[31mAPI Error: 429 ${words}\\e[0m\\n'\n`);
    const printed = page.locator('.xterm-rows > div', { hasText: /^API\sError:\s429/ }).last();
    await printed.waitFor();
    const point = { x: 130, y: 8 };
    await workbench.hover(printed, 'Explain Kimi error', {
      position: point,
      within: '.workbench-hover:visible, .terminal-hover:visible',
    });
    await workbench.screenshot('inline-terminal');
    const { x, y } = (await printed.boundingBox()) ?? { x: 0, y: 0 };
    await keyboard.down('Control');
    await mouse.move(x + point.x + 2, y + point.y);
    await mouse.click(x + point.x + 2, y + point.y);
    await keyboard.up('Control');
    await workbench.webviewFrame().getByText(words).first().waitFor();
  });
});
