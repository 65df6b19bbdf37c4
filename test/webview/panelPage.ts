import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { EditorMessage, PageMessage } from '../../src/core/panel/panelMessages.ts';
import { ensureChromium } from '../editor/browser.ts';
import { root } from '../editor/paths.ts';
import { PATIENCE_MS } from '../editor/program.ts';

/** The page in a real browser, with a mock of the editor. */
export interface PanelPage {
  readonly page: Page;
  /** Messages from the page so far. */
  readonly sent: readonly PageMessage[];
  /** Requested URLs except its own files. */
  readonly requests: readonly string[];
  send(message: EditorMessage | object): Promise<void>;
  /** Accessibility violations with their places. */
  accessibilityFaults(): Promise<string[]>;
  /** Like a window reload: a new page with the stored memory. */
  reload(): Promise<void>;
}

/** Differences from the editor, and handlers of messages. */
interface PageOptions {
  readonly hear?: (message: PageMessage) => void;
  /** The narrow view in a side bar. */
  readonly isView?: boolean;
  /** Without the content security policy, to test what it blocks. */
  readonly isUnguarded?: boolean;
}

const ORIGIN = 'https://panel.invalid';
const THEMES = {
  'vscode-dark': { fg: '#cccccc', bg: '#1f1f1f', soft: '#9d9d9d', widget: '#202020' },
  'vscode-light': { fg: '#3b3b3b', bg: '#ffffff', soft: '#5f5f5f', widget: '#f8f8f8' },
  'vscode-high-contrast': { fg: '#ffffff', bg: '#000000', soft: '#ffffff', widget: '#0c141f' },
  'vscode-high-contrast-light': {
    fg: '#292929',
    bg: '#ffffff',
    soft: '#292929',
    widget: '#ffffff',
  },
} as const;

/** VS Code's kinds of theme. */
export type Theme = keyof typeof THEMES;
/** All kinds of theme. */
export const themes = Object.keys(THEMES) as Theme[];

/** One browser for a suite; close it in `after`. */
export async function startPanelBrowser(): Promise<PanelBrowser> {
  const [script = '', style = ''] = await Promise.all(
    ['src/webview/panel.ts', 'media/panel.css'].map(bundled),
  );
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: PATIENCE_MS,
  });
  return {
    script,
    open: (theme = 'vscode-dark', options = {}) =>
      openPage(browser, { script, style, axe, theme }, options),
    close: () => browser.close(),
  };
}

/** See `startPanelBrowser`. */
export interface PanelBrowser {
  readonly script: string;
  open(theme?: Theme, options?: PageOptions): Promise<PanelPage>;
  close(): Promise<void>;
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    legalComments: 'none',
    platform: 'browser',
    format: 'iife',
    target: 'chrome138',
    write: false,
    outdir: path.join(root, 'dist'),
  });
  return outputFiles[0]?.text ?? '';
}

interface Files {
  readonly script: string;
  readonly style: string;
  readonly axe: string;
  readonly theme: Theme;
}

async function openPage(
  browser: Browser,
  files: Files,
  { hear, isUnguarded = false, isView = false }: PageOptions,
): Promise<PanelPage> {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const sent: PageMessage[] = [];
  const requests: string[] = [];
  await page.exposeFunction('toEditor', (message: PageMessage) => {
    sent.push(message);
    hear?.(message);
  });
  await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
    postMessage: message => toEditor(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: state => sessionStorage.setItem('state', JSON.stringify(state)),
  });`);
  await context.route('**/*', async route => {
    const { pathname, origin } = new URL(route.request().url());
    const body = origin === ORIGIN ? served(files, { isUnguarded, isView })[pathname] : undefined;
    if (body === undefined) {
      requests.push(route.request().url());
      return route.abort();
    }
    await route.fulfill(body);
  });
  await page.goto(`${ORIGIN}/`);
  return {
    page,
    sent,
    requests,
    send: message => page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`),
    accessibilityFaults: () => faultsOf(page, files.axe),
    reload: async () => {
      await page.reload();
    },
  };
}

/**
 * The content security policy of `src/vscode/panelPage.ts` with this origin instead of the
 * editor's.
 */
function served(
  { script, style, theme }: Files,
  { isUnguarded, isView }: Required<Pick<PageOptions, 'isUnguarded' | 'isView'>>,
): Record<string, { contentType: string; body: string }> {
  const policy = isUnguarded
    ? ''
    : `default-src 'none'; style-src ${ORIGIN}; script-src 'nonce-abc'; base-uri 'none'; form-action 'none'`;
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Kimi Quota</title>
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/panel.css"></head>
    <body class="${theme}" data-place="${isView ? 'view' : 'tab'}"><script nonce="abc" src="/panel.js"></script></body></html>`;
  return {
    '/': { contentType: 'text/html', body: html },
    '/panel.js': { contentType: 'text/javascript', body: script },
    '/panel.css': { contentType: 'text/css', body: style },
    '/theme.css': { contentType: 'text/css', body: themeStyle(theme) },
  };
}

function themeStyle(theme: Theme): string {
  const { fg, bg, soft, widget } = THEMES[theme];
  const isDark = bg < '#8';
  const isContrast = theme.includes('contrast');
  const variables = {
    foreground: fg,
    'editor-background': bg,
    descriptionForeground: soft,
    'editorWidget-background': widget,
    'sideBar-background': isContrast ? bg : isDark ? '#181818' : '#f8f8f8',
    'font-family': '"DejaVu Sans", sans-serif',
    'font-size': '13px',
    'editor-font-family': 'monospace',
    'editor-font-size': '12px',
    'textLink-foreground': isDark ? '#4daafc' : '#005fb8',
    focusBorder: isContrast ? (isDark ? '#f38518' : '#006bbd') : isDark ? '#0078d4' : '#005fb8',
    'badge-background': isContrast ? bg : isDark ? '#616161' : '#cccccc',
    'badge-foreground': isContrast ? fg : isDark ? '#f8f8f8' : '#3b3b3b',
    'button-background': isContrast ? bg : isDark ? '#0078d4' : '#005fb8',
    'button-foreground': isContrast ? fg : '#ffffff',
    'button-secondaryBackground': isContrast ? bg : isDark ? '#313131' : '#e5e5e5',
    'button-secondaryForeground': isContrast ? fg : isDark ? '#cccccc' : '#3b3b3b',
    'widget-border': isContrast ? '#6fc3df' : isDark ? '#313131' : '#e5e5e5',
    'list-hoverBackground': isContrast ? '#ffffff1a' : isDark ? '#2a2d2e' : '#f2f2f2',
    'scrollbarSlider-background': isDark ? '#79797966' : '#64646466',
    'textCodeBlock-background': isContrast ? bg : isDark ? '#2b2b2b' : '#f8f8f8',
    errorForeground: isDark ? '#f85149' : '#c72e0f',
    'charts-blue': isDark ? '#59a4f9' : '#1a85ff',
    'charts-green': isDark ? '#89d185' : '#388a34',
    'charts-orange': '#d18616',
    'charts-purple': isDark ? '#b180d7' : '#652d90',
    'charts-red': isDark ? '#f14c4c' : '#e51400',
    'charts-yellow': isDark ? '#cca700' : '#bf8803',
    ...(isContrast && { contrastBorder: isDark ? '#6fc3df' : '#0f4a85' }),
    ...(isContrast && { contrastActiveBorder: isDark ? '#f38518' : '#006bbd' }),
  };
  const lines = Object.entries(variables).map(([name, value]) => `--vscode-${name}: ${value};`);
  return `:root { ${lines.join(' ')} }`;
}

async function faultsOf(page: Page, axe: string): Promise<string[]> {
  // The policy blocks injected scripts, but the debugger can add one.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } })
      .axe;
    interface Violation {
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }
    const { violations } = await run.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
    );
  });
}
