import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessGroup, startProcessGroup } from './processGroup.ts';
import { PlainError } from './progress.ts';
import { trustSettings, writeUserSettings } from './userSettings.ts';
import { ensureServerBuild, type EditorVersion, type ServerBuild } from './serverBuild.ts';

const START_TIMEOUT_MS = 60_000;

/**
 * Built-in extensions that ours has no business with. Only those without a `browser` entry may be
 * listed: the workbench would look for the others' browser versions and complain.
 */
const skippedExtensions = [
  'GitHub.copilot-chat',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'vscode.debug-auto-launch',
  'vscode.debug-server-ready',
  'vscode.git',
  'vscode.github',
  'vscode.grunt',
  'vscode.gulp',
  'vscode.jake',
  'vscode.microsoft-authentication',
  'vscode.php-language-features',
  'vscode.terminal-suggest',
  'vscode.tunnel-forwarding',
];

/** The only variables of ours that the editor inherits: a test must not see a person's keys. */
const inheritedVariables = /^(PATH|USER|LOGNAME|SHELL|TERM|TMPDIR|TZ|LANG|LC_\w+)$/;

export interface CodeServerOptions {
  readonly version: EditorVersion;
  /** A folder with a short path for socket, log and home; it is removed when the server stops. */
  readonly folder: string;
  readonly userDataDir: string;
  readonly extensionsDir: string;
  /** User settings, beside the quiet ones and those already in the user data folder. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Variables for the extension host; `HOME` is a new, empty folder unless given here. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** An extension package to install first. */
  readonly vsixPath?: string | undefined;
  /** Whether the editor asks whom to trust. */
  readonly asksForTrust?: boolean | undefined;
}

/** A running code-server: a real VS Code server and workbench. */
export interface CodeServer {
  readonly socketPath: string;
  /** Resolves when it has ended, by itself or because it was stopped. */
  readonly exited: Promise<void>;
  /** What it has printed. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts code-server on a Unix socket and waits until it answers. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const build = await ensureServerBuild(options.version);
  const { folder } = options;
  const socketPath = path.join(folder, 'http.sock');
  const logPath = path.join(folder, 'server.log');
  await writeUserSettings(options.userDataDir, {
    ...(options.asksForTrust && trustSettings),
    ...options.settings,
  });
  await mkdir(path.join(folder, 'home'), { recursive: true });
  const command = await serverCommand(build, options);
  const env = serverEnvironment(options);
  if (options.vsixPath)
    await installExtension([...command, '--install-extension', options.vsixPath], env, logPath);
  const group = startProcessGroup(
    [
      ...command,
      ...['--auth', 'none', '--socket', socketPath],
      // Its default lies in the user data folder, whose path may be too long for a socket.
      ...['--session-socket', path.join(folder, 'session.sock')],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...['--disable-proxy', '--ignore-last-opened'],
      ...(options.asksForTrust ? [] : ['--disable-workspace-trust']),
    ],
    { env, logPath, ownFolder: folder },
  );
  try {
    await waitUntilReady(group, socketPath, logPath);
  } catch (error) {
    await group.stop();
    throw error;
  }
  return {
    socketPath,
    exited: group.exited,
    log: () => readFile(logPath, 'utf8'),
    stop: group.stop,
  };
}

async function serverCommand(build: ServerBuild, options: CodeServerOptions): Promise<string[]> {
  const { folder, userDataDir, extensionsDir } = options;
  const config = path.join(folder, 'config.yaml');
  // Must not be empty; keeps the person's own configuration of code-server out.
  await writeFile(config, 'auth: none\n');
  await mkdir(extensionsDir, { recursive: true });
  const folders = ['--user-data-dir', userDataDir, '--extensions-dir', extensionsDir];
  return [build.node, build.entry, '--config', config, ...folders];
}

function serverEnvironment({ folder, env }: CodeServerOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => inheritedVariables.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: path.join(folder, 'home'),
    // No look-ups in a marketplace.
    EXTENSIONS_GALLERY: '{}',
    VSCODE_SKIP_BUILTIN_EXTENSIONS: skippedExtensions.join(','),
    ...env,
  };
}

async function installExtension(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  logPath: string,
): Promise<void> {
  const group = startProcessGroup(command, { env, logPath });
  try {
    await until(group.hasExited, 'the installation of the extension', logPath);
  } finally {
    await group.stop();
  }
  const log = await readFile(logPath, 'utf8');
  if (!log.includes('was successfully installed'))
    throw new PlainError(`the editor did not install the extension:\n${log.trim()}`);
}

async function waitUntilReady(group: ProcessGroup, socketPath: string, logPath: string) {
  await until(() => group.hasExited() || answers(socketPath), 'the start of code-server', logPath);
  if (!group.hasExited()) return;
  throw new PlainError(`code-server ended at once:\n${await readFile(logPath, 'utf8')}`);
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    http
      .get({ socketPath, path: '/healthz', timeout: 2000 }, response => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .once('timeout', () => resolve(false))
      .once('error', () => resolve(false));
  });
}

async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  logPath: string,
): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadlineMs)
      throw new PlainError(
        `${what} took over ${START_TIMEOUT_MS / 1000} s:\n${await readFile(logPath, 'utf8')}`,
      );
    await sleep(50);
  }
}
