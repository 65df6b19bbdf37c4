// `npm start`: a real VS Code with the extension from source and numbers to look at.
//   npm start -- --server    the server build in a browser, even where `code` is on the path
//   npm start -- --no-open   prints the address and opens no browser
// With KIMI_API_KEY set, the numbers are those of that account; else those of a mock of Kimi.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import { startEditor, writeUserSettings } from './editor.ts';
import { outputFolder, root } from './paths.ts';
import { PlainError, runCommand, runProgram, say } from './program.ts';
import { vscodeVersion } from './serverBuild.ts';

/** A `code` that ends sooner has passed the window to a process that cannot be waited for. */
const HANDED_OVER_MS = 5000;

/** The plan of the mock allows 20 requests in flight. */
const REQUESTS = 22;
const REFUSED = 6;
const BEGIN_MS = 8000;
const LOOK_MS = 500;
const ANSWER_MS = 10_000;
const AGAIN_MS = 2 * 60_000;

const home = path.join(outputFolder, 'start');
const workspace = path.join(home, 'workspace');
const userDataDir = path.join(home, 'user-data');

const notes = `# Kimi Quota, live

Below, at the left of the status bar, shows the quota left: \`5h 84% · wk 67% · mo 81%\`.
Without a key of your own the numbers come from a mock of the Kimi API on this machine, and grow slowly.

- **Point at it**: when each quota resets, the parallel limit, and the age of the numbers.
- **Wait 15 seconds**: a swarm of Kimi Code sends too many parallel requests in a log on this machine,
  and the status bar shows the cause. Press F1 and run **Kimi Quota: Explain Last Error**.
- **Click it**, or press F1 and run **Show Quota**: checks now, and shows what you can do.
- Press F1 and run **Kimi Quota: Open Dashboard** for the history, or type **Kimi Quota** for every command.
- In the settings, search for **Kimi Quota**: show what is used instead of what is left, or take less room in the status bar.
`;

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
  say(`started a mock of the Kimi API at ${kimi.baseUrl}, because KIMI_API_KEY is not set`);
  // A home of its own, so that no real log mixes with the numbers of the mock.
  const demoHome = path.join(home, 'home');
  await rm(demoHome, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(demoHome, { recursive: true });
  const demo = new AbortController();
  const working = runDemoAgent(demoHome, kimi, demo.signal);
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

/**
 * A swarm of Kimi Code in a demo home, which sometimes exceeds the parallel limit. It begins when the
 * extension has read the quota: on a slow machine that takes minutes, and what failed before is not
 * shown. Ends with `signal`.
 */
async function runDemoAgent(home: string, kimi: KimiService, signal: AbortSignal): Promise<void> {
  const burst = new KimiCodeBurst(home);
  try {
    while (kimi.requests.length === 0) await pause(LOOK_MS, undefined, { signal });
    for (let waitMs = BEGIN_MS; ; waitMs = AGAIN_MS) {
      await pause(waitMs, undefined, { signal });
      await burst.start(REQUESTS);
      await burst.fail(REFUSED);
      await pause(ANSWER_MS, undefined, { signal });
      await burst.answer();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Desktop VS Code's `code`; not the one in a remote window's terminal, which starts nothing. */
function findCode(): string | undefined {
  if (process.env['VSCODE_IPC_HOOK_CLI']) return undefined;
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map(folder => path.join(folder, name)).find(it => existsSync(it));
}

/**
 * Resolves when this program is asked to end, which it then does in order: the editor saves its
 * state. From the first call on, signals no longer end the process.
 */
function stopRequest(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
  });
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
  say('the window stays open; Ctrl+C ends the mock');
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
    if (hasFailed) throw new PlainError(`the editor ended:\n${editor.serverLog()}`);
    say('ending');
  } finally {
    await editor.stop();
  }
}

/**
 * Only with a known screen. The shell ends immediately, so that the browser, which may show other
 * pages too, is not ended with this program.
 */
function openBrowser(address: string): void {
  const { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = process.env;
  const isMac = process.platform === 'darwin';
  if (SSH_CONNECTION || !(isMac || DISPLAY || WAYLAND_DISPLAY)) return;
  const command = `${isMac ? 'open' : 'xdg-open'} "$0" &`;
  const opener = spawn('sh', ['-c', command, address], { stdio: 'ignore', detached: true });
  opener.once('error', () => {}).unref();
}

async function start(): Promise<number> {
  const { values } = parseArgs({
    options: { server: { type: 'boolean' }, 'no-open': { type: 'boolean' } },
  });
  say('building the extension from source');
  if ((await runCommand([process.execPath, 'esbuild.mjs'])) !== 0)
    throw new PlainError('the build failed; the lines above say why.');
  const file = path.join(workspace, 'README.md');
  await mkdir(workspace, { recursive: true });
  await writeFile(file, notes);
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
