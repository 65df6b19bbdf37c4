import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { PATIENCE_MS, PlainError, runCommand, withProgress } from './program.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Nothing outside loopback is ever looked up.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts a headless browser that keeps its state (secrets too) in `profileDir`. */
export async function startBrowser(profileDir: string): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profileDir, {
    executablePath: await ensureChromium(),
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: flags,
    timeout: PATIENCE_MS,
    // Playwright's own would end this process before the editor is stopped.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page, close: () => context.close() };
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'msedge'];
const applications = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const windowsPrograms = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * The path of a Chromium-like browser: `CHROMIUM_PATH`, else one found in the usual places, else
 * one installed from Debian or Ubuntu if we may. Throws one sentence when there is none.
 */
export async function ensureChromium(): Promise<string> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen && !isExecutable(chosen))
    throw new PlainError(`CHROMIUM_PATH names no program: ${chosen}`);
  const found = chosen ?? candidates().find(isExecutable);
  if (found) return found;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get')) await installWithApt();
  const installed = candidates().find(isExecutable);
  if (installed) return installed;
  throw new PlainError(
    'no Chromium, Chrome or Edge found, which shows the editor in the end-to-end tests: install ' +
      'one (Debian: sudo apt-get install chromium), or name it in CHROMIUM_PATH.',
  );
}

function candidates(): string[] {
  const env = process.env;
  const onPath = (env['PATH'] ?? '').split(path.delimiter).filter(path.isAbsolute);
  switch (process.platform) {
    case 'darwin':
      return ['/Applications', path.join(env['HOME'] ?? '/', 'Applications')].flatMap(folder =>
        applications.map(it => path.join(folder, it)),
      );
    case 'win32':
      return [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']].flatMap(folder =>
        folder ? windowsPrograms.map(it => path.join(folder, it)) : [],
      );
    default:
      return names.flatMap(name => onPath.map(folder => path.join(folder, name)));
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** With a font for Chinese, without which half of our texts would be boxes in a screenshot. */
async function installWithApt(): Promise<void> {
  const command =
    'apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-wqy-microhei';
  await withProgress(`no browser found, so installing Debian's chromium (${command})`, async () => {
    let output = '';
    const code = await runCommand(['sh', '-c', command], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      onOutput: chunk => (output += chunk),
    });
    if (code !== 0) console.error(output.trim());
  });
}
