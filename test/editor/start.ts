// `npm start`: a real VS Code with the extension from source and numbers to look at.
//   npm start -- --server    the server build in a browser, even where `code` is on the path
//   npm start -- --no-open   prints the address and opens no browser
// With KIMI_API_KEY set, the numbers are those of that account; else those of a stand-in for Kimi.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { writeDemo } from './demo.ts';
import { runDemoAgent } from './demoAgent.ts';
import { startEditor } from './editor.ts';
import { outputFolder, root } from './paths.ts';
import { PlainError, runProgram, say } from './progress.ts';
import { runCommand } from './runCommand.ts';
import { vscodeVersion } from './serverBuild.ts';
import { stopRequest } from './stopRequest.ts';
import { writeUserSettings } from './userSettings.ts';

/** A `code` that ends sooner has handed the window over to a process we cannot wait for. */
const HANDED_OVER_MS = 5000;

const home = path.join(outputFolder, 'start');
const workspace = path.join(home, 'workspace');
const userDataDir = path.join(home, 'user-data');

/** What the editor runs on: the variables of its extension host, and what to close afterwards. */
interface Source {
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

async function openSource(): Promise<Source> {
  if (process.env['KIMI_API_KEY']) {
    say('using Kimi itself, because KIMI_API_KEY is set');
    const foreign = /^(npm_|VSCODE_|ELECTRON_|NODE_)/;
    const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    return { env: Object.fromEntries(own), close: async () => {} };
  }
  const kimi = await startKimiService({ lively: true });
  say(`started a stand-in for Kimi at ${kimi.baseUrl}, because KIMI_API_KEY is not set`);
  // A home of its own, so that no real log meets the numbers of the stand-in.
  const demoHome = path.join(home, 'home');
  await rm(demoHome, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(demoHome, { recursive: true });
  const demo = new AbortController();
  const working = runDemoAgent(demoHome, demo.signal);
  const env = {
    HOME: demoHome,
    // Desktop VS Code keeps the user's own home.
    KIMI_CODE_HOME: path.join(demoHome, '.kimi-code'),
    KIMI_API_KEY: kimi.key,
    KIMI_CODE_BASE_URL: kimi.baseUrl,
  };
  const close = async (): Promise<void> => {
    demo.abort();
    await working;
    await kimi.close();
  };
  return { env, close };
}

/** Desktop VS Code's `code`; not the one in a remote window's terminal, which starts nothing. */
function findCode(): string | undefined {
  if (process.env['VSCODE_IPC_HOOK_CLI']) return undefined;
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map(folder => path.join(folder, name)).find(it => existsSync(it));
}

async function startDesktop(code: string, source: Source, file: string): Promise<void> {
  await writeUserSettings(userDataDir, {});
  say('opening desktop VS Code with the extension; close its window or press Ctrl+C to end');
  const { HOME: _, ...env } = source.env;
  const args = [
    '--new-window',
    '--wait',
    '--disable-workspace-trust',
    '--skip-welcome',
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${userDataDir}`,
    workspace,
    file,
  ];
  const isWindows = process.platform === 'win32';
  const quoted = isWindows ? args.map(it => `"${it}"`) : args;
  const beganAtMs = Date.now();
  const child = spawn(isWindows ? `"${code}"` : code, quoted, {
    env: { ...process.env, ...env },
    stdio: 'inherit',
    shell: isWindows,
  });
  const stop = stopRequest();
  const closed = new Promise(resolve => child.once('exit', resolve).once('error', resolve));
  await Promise.race([closed, stop]);
  if (child.exitCode !== 0 || Date.now() - beganAtMs > HANDED_OVER_MS) return;
  say('the window goes on by itself; Ctrl+C ends the stand-in');
  await stop;
}

async function startServer(source: Source, file: string, opensBrowser: boolean): Promise<void> {
  const stop = stopRequest();
  const editor = await startEditor({
    version: 'newest',
    userDataDir,
    env: source.env,
    settings: { 'editor.minimap.enabled': false, 'editor.wordWrap': 'on' },
    development: { extensionPaths: [root], landing: { folder: workspace, file } },
  });
  try {
    say(`Open ${editor.address} in a browser; Ctrl+C ends it`);
    if (opensBrowser) openBrowser(editor.address);
    const hasFailed = await Promise.race([stop, editor.exited.then(() => true)]);
    if (hasFailed) throw new PlainError(`the editor ended:\n${await editor.serverLog()}`);
    say('ending');
  } finally {
    await editor.stop();
  }
}

/** Only where there surely is a screen in front of somebody. */
function openBrowser(address: string): void {
  const { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = process.env;
  const isMac = process.platform === 'darwin';
  if (SSH_CONNECTION || !(isMac || DISPLAY || WAYLAND_DISPLAY)) return;
  const opener = spawn(isMac ? 'open' : 'xdg-open', [address], { stdio: 'ignore', detached: true });
  opener.once('error', () => {}).unref();
}

async function start(): Promise<number> {
  const { values } = parseArgs({
    options: { server: { type: 'boolean' }, 'no-open': { type: 'boolean' } },
  });
  say('building the extension from source');
  if ((await runCommand([process.execPath, 'esbuild.mjs'])) !== 0)
    throw new PlainError('the build failed; the lines above say why.');
  const file = await writeDemo(workspace);
  const source = await openSource();
  try {
    const code = values.server ? undefined : findCode();
    if (code) await startDesktop(code, source, file);
    else {
      const why = values.server ? 'as asked' : 'because `code` is not on the path';
      say(`starting the server build of VS Code ${vscodeVersion('newest')}, ${why}`);
      await startServer(source, file, !values['no-open']);
    }
  } finally {
    await source.close();
  }
  return 0;
}

await runProgram(start);
