import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { PlainError, withProgress } from './progress.ts';

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
    'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-wqy-microhei';
  await withProgress(`no browser found, so installing Debian's chromium (${command})`, async () => {
    const child = spawn('sh', ['-c', command], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await new Promise(resolve => child.once('close', resolve).once('error', resolve));
  });
}
