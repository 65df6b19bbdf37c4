import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { type Editor, startEditor, writeUserSettings } from './editor.ts';
import { type Gestures, gesturesOn, writeShot } from './gestures.ts';
import { vsixPath } from './paths.ts';
import { chosenVersion, type EditorVersion } from './serverBuild.ts';

/** The windows that are open now, for a look at them when a test has failed. */
const openPages = new Set<Page>();

/** How a workbench is opened. The extension is always the package, installed. */
export interface WorkbenchOptions {
  /** Default: the version that the run is about, see `chosenVersion`. */
  readonly version?: EditorVersion;
  /**
   * An account whose host and key are set before anything else is done; by default there is none.
   */
  readonly account?: { readonly baseUrl: string; readonly key: string };
  /** User settings to start with. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Variables of the extension host. It inherits none of the developer's, and `HOME` is an empty
   * folder unless given here, so no real key and no real log is ever seen.
   */
  readonly env?: NodeJS.ProcessEnv;
  /** `ask` turns workspace trust on, with its question at the start. */
  readonly trust?: 'ask';
  /** The folder to open; by default an empty window. */
  readonly folder?: string;
  /** Default: a new one. */
  readonly userDataDir?: string;
  /** The display language that the extension sees, such as `zh-cn`. */
  readonly locale?: string;
  /** Device pixels for each pixel. Default: 1. */
  readonly scale?: number;
  /** Name of a built-in theme, such as `Default Light Modern` or `Default High Contrast`. */
  readonly colorTheme?: string;
}

/** A real workbench in a headless browser, with the actions of a user. */
export interface Workbench extends Gestures {
  readonly page: Page;
  readonly userDataDir: string;
  /**
   * Reloads the window and waits for the workbench; so it sees settings that were changed together,
   * where a running window may be late to see its file change.
   */
  reload(settings?: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the extension host and the output channels of extensions logged until now. */
  hostLog(): Promise<string>;
  /** Ends browser and editor. Safe to call again. */
  close(): Promise<void>;
}

/** Starts an editor with the extension, and a browser that shows it. Close it in `after`. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const editor = await openEditor(options);
  const browser = await startBrowser(path.join(editor.folder, 'profile'), options.scale).catch(
    async (error: unknown) => {
      await editor.stop();
      throw error;
    },
  );
  const { page } = browser;
  openPages.add(page);
  const gestures = gesturesOn(page);
  const close = async () => {
    openPages.delete(page);
    await browser.close();
    await editor.stop();
  };
  try {
    await page.goto(editor.urlFor(options.folder));
    await waitForWorkbench(page);
    if (options.account) await enterKey(gestures, options.account);
  } catch (error) {
    await writeShot(page, 'workbench-did-not-start').catch(() => {});
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    ...gestures,
    page,
    userDataDir: editor.userDataDir,
    reload: async settings => {
      if (settings) await writeUserSettings(editor.userDataDir, settings);
      await page.reload();
      await waitForWorkbench(page);
    },
    hostLog: () => readHostLog(path.join(editor.userDataDir, 'logs')),
    close: () => (closing ??= close()),
  };
}

function openEditor({
  account,
  colorTheme,
  locale,
  ...options
}: WorkbenchOptions): Promise<Editor> {
  return startEditor({
    version: options.version ?? chosenVersion(),
    userDataDir: options.userDataDir,
    settings: {
      ...(colorTheme && { 'workbench.colorTheme': colorTheme }),
      ...(account && { 'kimiQuota.baseUrl': account.baseUrl }),
      ...options.settings,
    },
    env: options.env,
    asksForTrust: options.trust === 'ask',
    vsixPath,
    development: locale ? { language: locale } : {},
  });
}

async function enterKey(
  { setKey, toast, clearToasts }: Gestures,
  { baseUrl, key }: NonNullable<WorkbenchOptions['account']>,
): Promise<void> {
  await setKey(key);
  await toast(new URL(baseUrl).origin);
  await clearToasts();
}

async function waitForWorkbench(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar .statusbar-item').first().waitFor();
}

async function readHostLog(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const logs = names.filter(name => name.includes('exthost') && name.endsWith('.log')).sort();
  const texts = logs.map(
    async name => `--- ${name}\n${await readFile(path.join(folder, name), 'utf8')}`,
  );
  return (await Promise.all(texts)).join('\n');
}

/** What mocha does around every end-to-end test. */
export const mochaHooks: Mocha.RootHookObject = {
  /** Keeps what there was to see, and leaves nothing open for the second try or the next test. */
  async afterEach(this: Mocha.Context) {
    if (this.currentTest?.isPassed() || this.currentTest?.isPending()) return;
    const name = this.currentTest?.fullTitle().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
    for (const [index, page] of [...openPages].entries()) {
      await writeShot(page, `failed-${name}-${index}`).catch(() => {});
      for (let times = 0; times < 3; times++) await page.keyboard.press('Escape').catch(() => {});
    }
  },
};
