// `npm run pictures`: takes the pictures of the README from the packaged extension in a real
// VS Code at twice the resolution and the moving one, and writes them to `media`, then those of the dashboard's page in
// every state, theme, language and width to `.vscode-test/pictures`, with a contact sheet of each
// state (`npm run pictures -- failing-en` takes some). Look at them before you commit them.
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { takePagePictures } from './pagePictures.ts';
import { takeMovingPicture } from './movingPicture.ts';
import { root } from './paths.ts';
import { runProgram, say } from './program.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const SCALE = 2;
const MARGIN = 12;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle around all of them. */
function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...boxes.map(({ y }) => y)) - MARGIN;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + MARGIN;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + MARGIN;
  return { x: Math.max(0, left), y: Math.max(0, top), width: right - left, height: bottom - top };
}

async function take({ page }: Workbench, name: string, parts: readonly Locator[]): Promise<void> {
  const boxes = await Promise.all(parts.map(part => part.boundingBox()));
  const clip = around(boxes.filter(box => box !== null));
  await page.screenshot({ path: path.join(root, 'media', `${name}.png`), clip });
  say(`media/${name}.png`);
}

/** The account of the mock: what a person sees on a good day. */
async function takeQuota(): Promise<void> {
  const kimi = await startKimiService();
  const workbench = await openWorkbench({
    account: kimi,
    colorTheme: 'Dark Modern',
    scale: SCALE,
  });
  try {
    const item = workbench.statusItem('quota');
    await item.getByText('5h 84%').waitFor();
    const tooltip = await workbench.hover(item, 'Allegretto');
    await take(workbench, 'glance', [item, tooltip]);
  } finally {
    await workbench.close();
    await kimi.close();
  }
}

/** Sample data: a burst of sub-agents that meets the parallel limit. */
async function takeDashboard(): Promise<void> {
  const workbench = await openWorkbench({ colorTheme: 'Dark Modern', scale: SCALE });
  try {
    const { page } = workbench;
    await page.locator('.activitybar .action-label[aria-label^="Kimi Quota"]').click();
    await workbench.palette('Kimi Quota: Try with Sample Data');
    const pages = page.locator('iframe.webview.ready');
    await pages.nth(1).waitFor();
    const frames = [0, 1].map(index =>
      pages.nth(index).contentFrame().frameLocator('#active-frame'),
    );
    for (const frame of frames) await frame.locator('button.incident').first().waitFor();
    await page.screenshot({ path: path.join(root, 'media', 'dashboard.png') });
    say('media/dashboard.png');
    const tab = page.locator('iframe.webview.ready').last().contentFrame();
    const dashboard = tab.frameLocator('#active-frame');
    await dashboard.locator('button.incident').first().click();
    await dashboard.locator('p.cause').first().waitFor();
    await take(workbench, 'incident', [page.locator('.part.editor')]);
  } finally {
    await workbench.close();
  }
}

await runProgram(async () => {
  await takeQuota();
  await takeDashboard();
  await takeMovingPicture();
  await takePagePictures(process.argv[2]);
  return 0;
});
