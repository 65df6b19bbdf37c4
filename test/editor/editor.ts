import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Development, type DevProxy, startDevProxy } from './devProxy.ts';
import { type Leashed, SILENCE_MS, startLeashed } from './leash.mjs';
import { PATIENCE_MS, PlainError } from './program.ts';
import { ensureServerBuild, type EditorVersion, type ServerBuild } from './serverBuild.ts';

/** No animations, questions, offers or network requests. */
const quietSettings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** With these the editor asks at the start whether to trust the folder. */
const trustSettings = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'always',
};

/**
 * Writes the settings of an editor without distractions: the quiet ones, then what is in the
 * folder from an earlier run, then `settings`.
 */
export async function writeUserSettings(
  userDataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const file = path.join(userDataDir, 'User/settings.json');
  await mkdir(path.dirname(file), { recursive: true });
  const existing = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as object;
  const all = { ...quietSettings, ...existing, ...settings };
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

/**
 * Built-in extensions that the tests do not need. Only those without a `browser` entry may be
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

/** The only variables that the editor inherits: a test must not see the developer's keys. */
const inheritedVariables = /^(PATH|USER|LOGNAME|SHELL|TERM|TMPDIR|TZ|LANG|LC_\w+)$/;

export interface EditorOptions {
  /** Default: the newest. */
  readonly version?: EditorVersion | undefined;
  readonly userDataDir?: string | undefined;
  readonly extensionsDir?: string | undefined;
  /** User settings, in addition to the quiet ones and to those already in the user data folder. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Variables for the extension host; `HOME` is a new, empty folder unless given here. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** An extension package to install first. */
  readonly vsixPath?: string | undefined;
  /** Whether the editor asks to trust the folder. */
  readonly asksForTrust?: boolean | undefined;
  /** What to load from source, and how. */
  readonly development?: Development | undefined;
}

/** A VS Code (server build) that any browser on this machine can open. */
export interface Editor {
  readonly address: string;
  readonly userDataDir: string;
  /** A folder that vanishes when the editor stops. */
  readonly folder: string;
  /** The address that opens `workspace`, or an empty window. */
  urlFor(workspace: string | undefined): string;
  /** Resolves when the server has ended. */
  readonly exited: Promise<unknown>;
  /** What the server has printed. */
  serverLog(): string;
  stop(): Promise<void>;
}

/** Starts the editor behind the proxy that makes it load extensions from source. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  // Its path is short enough for sockets; it vanishes with the server, whatever ends that.
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kq-'));
  const userDataDir = options.userDataDir ?? path.join(folder, 'user-data');
  let server: Server | undefined;
  let proxy: DevProxy | undefined;
  const stop = async () => {
    await proxy?.close();
    await server?.running.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    server = await startServer(folder, { ...options, userDataDir });
    await waitUntilReady(server);
    proxy = await startDevProxy(server.socketPath, options.development ?? {});
  } catch (error) {
    await stop();
    throw error;
  }
  const { address } = proxy;
  return {
    address,
    userDataDir,
    folder,
    exited: server.running.exited,
    serverLog: server.log,
    urlFor: workspace =>
      `${address}/?${workspace ? `folder=${encodeURIComponent(workspace)}` : 'ew=true'}`,
    stop,
  };
}

/** A running code-server: a real VS Code server and workbench. */
interface Server {
  readonly running: Leashed;
  readonly socketPath: string;
  log(): string;
}

/** Starts code-server on a Unix socket. */
async function startServer(
  folder: string,
  options: EditorOptions & { userDataDir: string },
): Promise<Server> {
  const build = await ensureServerBuild(options.version ?? 'newest');
  await writeUserSettings(options.userDataDir, {
    ...(options.asksForTrust && trustSettings),
    ...options.settings,
  });
  await mkdir(path.join(folder, 'home'), { recursive: true });
  const command = await serverCommand(build, folder, options);
  const env = serverEnvironment(folder, options.env);
  if (options.vsixPath) await installExtension(command, env, options.vsixPath);
  const socketPath = path.join(folder, 'http.sock');
  let log = '';
  const running = startLeashed(
    [
      ...command,
      ...['--auth', 'none', '--socket', socketPath],
      // Its default lies in the user data folder, whose path may be too long for a socket.
      ...['--session-socket', path.join(folder, 'session.sock')],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...['--disable-proxy', '--ignore-last-opened'],
      ...(options.asksForTrust ? [] : ['--disable-workspace-trust']),
    ],
    { env, ownFolder: folder, onOutput: chunk => (log += chunk) },
  );
  return { running, socketPath, log: () => log };
}

async function serverCommand(
  build: ServerBuild,
  folder: string,
  { userDataDir, extensionsDir = path.join(folder, 'extensions') }: EditorOptions,
): Promise<string[]> {
  const config = path.join(folder, 'config.yaml');
  // Must not be empty; keeps the person's own configuration of code-server out.
  await writeFile(config, 'auth: none\n');
  await mkdir(extensionsDir, { recursive: true });
  const folders = ['--user-data-dir', userDataDir ?? '', '--extensions-dir', extensionsDir];
  return [build.node, build.entry, '--config', config, ...folders];
}

function serverEnvironment(folder: string, env: EditorOptions['env']): NodeJS.ProcessEnv {
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
  vsixPath: string,
): Promise<void> {
  let log = '';
  await startLeashed([...command, '--install-extension', vsixPath], {
    env,
    silenceMs: SILENCE_MS,
    onOutput: chunk => (log += chunk),
  }).exited;
  if (!log.includes('was successfully installed'))
    throw new PlainError(`the editor did not install the extension:\n${log.trim()}`);
}

async function waitUntilReady({ running, socketPath, log }: Server): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; !(await answers(socketPath)); await sleep(50)) {
    if (running.hasExited()) throw new PlainError(`code-server ended immediately:\n${log()}`);
    if (Date.now() > until) throw new PlainError(`code-server does not answer:\n${log()}`);
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    http
      .get({ socketPath, path: '/healthz' }, response => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .once('error', () => resolve(false));
  });
}
