import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { outputFolder } from './paths.ts';
import { PATIENCE_MS } from './program.ts';

/** How long the first try of a gesture waits for its effect; each other one waits twice as long. */
const FIRST_TRY_MS = 4_000;
/** A toast that was not seen by then may have gone to the notification center. */
const TOAST_MS = 12_000;
const LOOK_AGAIN_MS = 100;

/** Actions of a user in a window. */
export interface Gestures {
  /** Runs the command with exactly this title (category included) from the command palette. */
  palette(title: string): Promise<void>;
  /** Opens a file of the folder by its name. */
  openFile(name: string): Promise<void>;
  /** The status bar item with this id; wait for it before use. */
  statusItem(id: string): Locator;
  /**
   * The rows of the quick pick that is open or about to open, as a screen reader reads them, once
   * one of them has these words; if none ever has, those that are there.
   */
  quickPickRows(words?: RegExp): Promise<string[]>;
  /** The text field of the input box or quick pick that is open or about to open. */
  inputBox(): Promise<Locator>;
  /** A row of "Connect Account...". */
  connect(row: string): Promise<void>;
  /** Enters a key in "Set API Key". */
  setKey(key: string): Promise<void>;
  /** The notification that has this text, once it is there. */
  toast(text: string | RegExp): Promise<Locator>;
  clearToasts(): Promise<void>;
  /** Points at something until its tooltip matches, and gives its text. */
  tooltip(target: Locator, words: RegExp): Promise<string>;
  /** Points at something until a hover with this text is there. */
  hover(target: Locator, text: string | RegExp, options?: HoverOptions): Promise<Locator>;
  /** Points at nothing, so that no tooltip is in the way. */
  pointAway(): Promise<void>;
  /** The page inside the webview that was opened last. */
  webviewFrame(): FrameLocator;
  /** Writes `.vscode-test/shots/NAME.png`. */
  screenshot(name: string): Promise<void>;
}

/** See `Gestures.hover`. */
export interface HoverOptions {
  /** Where in the target, in pixels from its upper left corner; else in its middle. */
  readonly position?: { readonly x: number; readonly y: number };
  /** What shows the text; else any hover of the workbench. */
  readonly within?: string;
}

interface PointOptions extends Pick<HoverOptions, 'position'> {
  readonly timeout: number;
}

/**
 * What was just redrawn may lose a key, a click or a pointer: a person tries again. So does each of
 * these gestures.
 */
export function gesturesOn(page: Page): Gestures {
  const quick = quickInput(page);
  const palette = (title: string) =>
    quick.run(`>${title}`, quick.rows.filter({ has: page.getByText(title, { exact: true }) }));
  const connect = async (row: string) => {
    await palette('Kimi Quota: Connect Account...');
    await quick.rows.filter({ hasText: row }).click();
  };
  return {
    ...pointer(page),
    palette,
    connect,
    openFile: name => quick.run(name, quick.rows.filter({ hasText: name })),
    statusItem: id => page.locator(`[id="kimi-quota.kimi-quota.${id}"]`),
    quickPickRows: quick.rowsWith,
    inputBox: quick.inputBox,
    setKey: async key => {
      await connect('Paste an API key');
      const box = quick.widget.locator('input[type="password"]');
      await box.fill(key);
      await box.press('Enter');
    },
    toast: async text => {
      const item = page.locator('.notification-list-item:visible', { hasText: text }).first();
      const isShown = item.waitFor({ timeout: TOAST_MS }).then(() => true);
      if (await isShown.catch(() => false)) return item;
      await palette('Notifications: Show Notifications');
      await item.waitFor();
      return item;
    },
    clearToasts: () => palette('Notifications: Clear All Notifications'),
    webviewFrame: () =>
      page.locator('iframe.webview.ready').last().contentFrame().frameLocator('#active-frame'),
    screenshot: name => writeShot(page, name),
  };
}

/** Writes `.vscode-test/shots/NAME.png`. */
export async function writeShot(page: Page, name: string): Promise<void> {
  const folder = path.join(outputFolder, 'shots');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

function quickInput(page: Page) {
  const widget = page.locator('.quick-input-widget:visible');
  const rows = widget.locator('.quick-input-list .monaco-list-row');
  const field = widget.locator('.quick-input-filter input');
  const labels = () =>
    rows.evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''));
  return {
    widget,
    rows,
    inputBox: async () => {
      await field.waitFor();
      return field;
    },
    rowsWith: async (words = /./) => {
      for (const until = Date.now() + PATIENCE_MS; ; await sleep(LOOK_AGAIN_MS)) {
        const all = await labels();
        if (all.some(label => words.test(label)) || Date.now() > until) return all;
      }
    },
    /** Types into the palette and clicks the row, which is then gone. */
    run: (text: string, row: Locator) =>
      persist(
        async timeout => {
          await page.keyboard.press('F1');
          await field.fill(text, { timeout });
          await row.first().click({ timeout });
          await row.first().waitFor({ state: 'hidden', timeout });
        },
        // A palette that stays open learns of no command that is registered meanwhile.
        () => page.keyboard.press('Escape'),
      ),
  };
}

function pointer(page: Page) {
  const hovers = page.locator('.monaco-hover:visible');
  /** Into the status bar's empty middle, from where the pointer enters anything else again. */
  const pointAway = async (timeout = PATIENCE_MS) => {
    const { width, height } = page.viewportSize() ?? { width: 1280, height: 800 };
    await page.mouse.move(width / 2, height - 11);
    // A hover that is already shown would not come again.
    await hovers.first().waitFor({ state: 'hidden', timeout });
  };
  const pointAt = async (target: Locator, shown: Locator, options: PointOptions) => {
    await pointAway(options.timeout);
    await target.hover({ force: true, ...options });
    await shown.waitFor({ timeout: options.timeout });
    return shown;
  };
  return {
    pointAway: () => pointAway(),
    tooltip: (target: Locator, words: RegExp) =>
      persist(async timeout => {
        const shown = await pointAt(target, hovers.first(), { timeout });
        const text = (await shown.innerText({ timeout })).replaceAll('\u00a0', ' ');
        if (!words.test(text)) throw new Error(`the tooltip does not say ${words}:\n${text}`);
        return text;
      }),
    hover: (target: Locator, text: string | RegExp, { position, within }: HoverOptions = {}) => {
      const shown = (within ? page.locator(within) : hovers).filter({ hasText: text }).first();
      return persist(timeout => pointAt(target, shown, { timeout, ...(position && { position }) }));
    },
  };
}

/**
 * Does it until it succeeds, and gives up with what went wrong last. Each try gets more time, so
 * that on a slow machine one of them gets enough.
 */
async function persist<T>(
  attempt: (timeoutMs: number) => Promise<T>,
  stepBack: () => Promise<void> = async () => {},
): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let timeoutMs = FIRST_TRY_MS; ; timeoutMs = Math.min(timeoutMs * 2, PATIENCE_MS)) {
    try {
      return await attempt(timeoutMs);
    } catch (error) {
      if (Date.now() > until) throw error;
      await stepBack();
    }
  }
}
