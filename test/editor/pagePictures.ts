// Pictures of the dashboard's page in every state, theme, language and width, made from the
// product's own sample data, for `npm run pictures`.
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PanelState } from '../../src/core/panel/panelState.ts';
import { panelLabels } from '../../src/core/panel/panelLabels.ts';
import { panelStates, SHOWN_AT } from '../support/panelStates.ts';
import { CHINESE } from '../support/judgedIncident.ts';
import { ENGLISH } from '../support/quotaViews.ts';
import { startPanelBrowser, type PanelBrowser, type Theme } from '../webview/panelPage.ts';
import { root } from './paths.ts';
import { say } from './program.ts';

/** Where the pictures go; nothing in it is committed. */
const SHOTS = path.join(root, '.vscode-test', 'pictures');
const WIDTHS = [300, 480, 900, 1280] as const;
const THEMES = ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] as const;
const LOCALES = [ENGLISH, CHINESE] as const;

interface Shot {
  readonly name: string;
  readonly theme: Theme;
  readonly width: number;
  readonly language: string;
  readonly state: PanelState;
}

/** Takes the pictures whose name contains `part`, and a contact sheet of each state. */
export async function takePagePictures(part = ''): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  const browser = await startPanelBrowser();
  try {
    for (const locale of LOCALES) {
      const labels = panelLabels(locale.t);
      for (const [name, state] of await panelStates(locale)) {
        const shots = THEMES.flatMap(theme =>
          WIDTHS.map(width => ({ name, theme, width, language: locale.language, state })),
        ).filter(shot => fileOf(shot).includes(part));
        for (const shot of shots) await take(browser, shot, labels);
        if (shots.length > 1) await sheet(browser, `${name}-${locale.language}`, shots);
      }
    }
  } finally {
    await browser.close();
  }
}

const fileOf = ({ name, theme, width, language }: Shot): string =>
  `${name}-${language}-${theme.replace('vscode-', '')}-${width}.png`;

async function take(browser: PanelBrowser, shot: Shot, labels: object): Promise<void> {
  const isView = shot.width === 300;
  const { page, send } = await browser.open(shot.theme, { isView });
  await page.setViewportSize({ width: shot.width, height: 1600 });
  // Countdowns run to the same second in each picture.
  await page.clock.setFixedTime(SHOWN_AT);
  await send({ kind: 'state', state: shot.state, labels });
  await page.locator('h1:visible').first().waitFor();
  // A row below the viewport is left unpainted otherwise.
  await page.locator('*').evaluateAll(elements => {
    for (const element of elements) element.style.contentVisibility = 'visible';
  });
  await page.screenshot({ path: path.join(SHOTS, fileOf(shot)), fullPage: true });
  await page.context().close();
}

/** All pictures of a state on one page. */
async function sheet(browser: PanelBrowser, name: string, shots: readonly Shot[]): Promise<void> {
  const { page } = await browser.open('vscode-dark', { isUnguarded: true });
  const images = await Promise.all(
    shots.map(async shot => {
      const data = await readFile(path.join(SHOTS, fileOf(shot)), 'base64');
      return `<figure><img src="data:image/png;base64,${data}" height="640"><figcaption>${fileOf(shot)}</figcaption></figure>`;
    }),
  );
  await page.setViewportSize({ width: 2400, height: 900 });
  await page.setContent(
    `<style>body{display:flex;flex-wrap:wrap;gap:12px;background:#888;font:11px sans-serif}figure{margin:0}</style>${images.join('')}`,
  );
  const file = path.join(SHOTS, `sheet-${name}.png`);
  await rm(file, { force: true });
  await page.screenshot({ path: file, fullPage: true });
  await page.context().close();
  say(path.relative(root, file));
}
