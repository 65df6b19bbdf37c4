import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { startEditor } from './editor.ts';
import { outputFolder, root } from './paths.ts';
import type { EditorVersion } from './serverBuild.ts';

const START_TIMEOUT_MS = 60_000;
const STEP_TIMEOUT_MS = 15_000;
const HOVER_TIMEOUT_MS = 4_000;
const MOST_POINTINGS = 4;

export interface WorkbenchOptions {
  /** `source` loads the checkout in development mode; anything else is a `.vsix` to install. */
  readonly extension: 'source' | (string & {});
  /** Default: `newest`. */
  readonly version?: EditorVersion;
  /** User settings to start with. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Variables of the extension host. It inherits none of a person's own, and `HOME` is an empty
   * folder unless given here, so no real key and no real log is ever seen.
   */
  readonly env?: NodeJS.ProcessEnv;
  /** `ask` turns workspace trust on, with its question at the start. Only for a `.vsix`. */
  readonly trust?: 'ask';
  /** The folder to open; by default an empty window. */
  readonly folder?: string;
  /** Keep these three the same to find state and secrets again in a later workbench. */
  readonly userDataDir?: string;
  readonly profileDir?: string;
  readonly port?: number;
  /** The display language told to the extension, such as `zh-cn`. */
  readonly locale?: string;
  /** Name of a built-in theme, such as `Default Light Modern` or `Default High Contrast`. */
  readonly colorTheme?: string;
}

/** A real workbench in a headless browser, with what a person does in it. */
export interface Workbench {
  readonly page: Page;
  readonly userDataDir: string;
  /** Runs the command with exactly this title (category included) from the command palette. */
  palette(title: string): Promise<void>;
  /** Opens a file of the folder by its name. */
  openFile(name: string): Promise<void>;
  /** The status bar item with this id; wait for it before use. */
  statusItem(id: string): Locator;
  /** The rows of the quick pick that is open or about to open, as a screen reader says them. */
  quickPickRows(): Promise<string[]>;
  /** The text field of the input box or quick pick that is open or about to open. */
  inputBox(): Promise<Locator>;
  /** The notification that has this text, once it is there. */
  toast(text: string | RegExp): Promise<Locator>;
  /** Points at something and gives the tooltip that appears. */
  hoverTooltip(target: Locator): Promise<Locator>;
  /** The page inside the webview that was opened last. */
  webviewFrame(): FrameLocator;
  /** Writes `.vscode-test/shots/NAME.png`. */
  screenshot(name: string): Promise<void>;
  /** Reloads the window and waits for the workbench. */
  reload(): Promise<void>;
  /** What the extension host and the output channels of extensions logged until now. */
  hostLog(): Promise<string>;
  /** Ends browser and editor. Safe to call again. */
  close(): Promise<void>;
}

/** Starts an editor with our extension and a browser that shows it. Close it in `after`. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const isFromSource = options.extension === 'source';
  const editor = await startEditor({
    version: options.version,
    userDataDir: options.userDataDir,
    settings: {
      ...(options.colorTheme && { 'workbench.colorTheme': options.colorTheme }),
      ...options.settings,
    },
    env: options.env,
    asksForTrust: options.trust === 'ask',
    vsixPath: isFromSource ? undefined : options.extension,
    port: options.port,
    development: {
      ...(isFromSource && { extensionPaths: [root] }),
      ...(options.locale && { language: options.locale }),
    },
  });
  const profileDir = options.profileDir ?? path.join(editor.folder, 'profile');
  const browser = await startBrowser(profileDir).catch(async (error: unknown) => {
    await editor.stop();
    throw error;
  });
  const { page } = browser;
  page.setDefaultTimeout(STEP_TIMEOUT_MS);
  const close = async () => {
    await browser.close();
    await editor.stop();
  };
  try {
    await page.goto(editor.urlFor(options.folder));
    await waitForWorkbench(page);
  } catch (error) {
    await writeShot(page, 'workbench-did-not-start').catch(() => {});
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    ...gestures(page),
    page,
    userDataDir: editor.userDataDir,
    hostLog: () => readHostLog(path.join(editor.userDataDir, 'logs')),
    close: () => (closing ??= close()),
  };
}

function gestures(page: Page) {
  const widget = page.locator('.quick-input-widget:visible');
  const rows = widget.locator('.quick-input-list .monaco-list-row');
  const inputBox = async () => {
    const field = widget.locator('.quick-input-filter input');
    await field.waitFor();
    return field;
  };
  const runQuick = async (text: string, row: Locator) => {
    await openPalette(page, widget);
    await (await inputBox()).fill(text);
    await row.first().click();
  };
  return {
    palette: (title: string) =>
      runQuick(`>${title}`, rows.filter({ has: page.getByText(title, { exact: true }) })),
    openFile: (name: string) => runQuick(name, rows.filter({ hasText: name })),
    statusItem: (id: string) => page.locator(`[id="kimi-quota.kimi-quota.${id}"]`),
    quickPickRows: async () => {
      await rows.first().waitFor();
      return rows.evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''));
    },
    inputBox,
    toast: async (text: string | RegExp) => {
      const toast = page.locator('.notification-toast', { hasText: text }).first();
      await toast.waitFor();
      return toast;
    },
    hoverTooltip: (target: Locator) => pointAt(page, target),
    webviewFrame: () =>
      page.locator('iframe.webview.ready').last().contentFrame().frameLocator('#active-frame'),
    screenshot: (name: string) => writeShot(page, name),
    reload: async () => {
      await page.reload();
      await waitForWorkbench(page);
    },
  };
}

/** A window that is just redrawn may lose a key: a person presses it again. */
async function openPalette(page: Page, widget: Locator): Promise<void> {
  for (let presses = 0; presses < MOST_POINTINGS; presses++) {
    await page.keyboard.press('F1');
    const isOpen = widget.waitFor({ timeout: HOVER_TIMEOUT_MS }).then(() => true);
    if (await isOpen.catch(() => false)) return;
  }
}

/** What changes beside the pointer may end a hover before it is shown: a person points again. */
async function pointAt(page: Page, target: Locator): Promise<Locator> {
  const tooltip = page.locator('.monaco-hover:visible').first();
  for (let pointings = 1; ; pointings++) {
    await page.mouse.move(640, 200);
    // A tooltip that is already shown would not come again.
    await tooltip.waitFor({ state: 'hidden' });
    await target.hover();
    try {
      await tooltip.waitFor({ timeout: HOVER_TIMEOUT_MS });
      return tooltip;
    } catch (error) {
      if (pointings === MOST_POINTINGS) throw error;
    }
  }
}

async function waitForWorkbench(page: Page): Promise<void> {
  await page
    .locator('.monaco-workbench .part.statusbar .statusbar-item')
    .first()
    .waitFor({ timeout: START_TIMEOUT_MS });
}

async function writeShot(page: Page, name: string): Promise<void> {
  const folder = path.join(outputFolder, 'shots');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

async function readHostLog(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const logs = names.filter(name => name.includes('exthost') && name.endsWith('.log')).sort();
  const texts = logs.map(
    async name => `--- ${name}\n${await readFile(path.join(folder, name), 'utf8')}`,
  );
  return (await Promise.all(texts)).join('\n');
}
