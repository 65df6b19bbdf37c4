import { agentFolder, type LogSource, pathBelow, type Surroundings } from './agent.ts';
import type { AgentId } from './signal.ts';

/** VS Code and its forks, by the names of their settings folders. */
const PRODUCTS: readonly string[] = [
  'Code',
  'Code - Insiders',
  'Code - OSS',
  'VSCodium',
  'VSCodium - Insiders',
  'Cursor',
  'Windsurf',
  'Windsurf - Next',
  'Trae',
  'Trae CN',
  'Antigravity',
  'Kiro',
  'Qoder',
  'CodeBuddy',
  'CodeBuddy CN',
  'Positron',
  'Void',
  'PearAI',
];

/** Their servers, on a machine reached over SSH, in WSL or in a container. */
const SERVERS: readonly string[] = [
  '.vscode-server',
  '.vscode-server-insiders',
  '.vscode-server-oss',
  '.vscode-remote',
  '.vscodium-server',
  '.cursor-server',
  '.windsurf-server',
  '.trae-server',
  '.antigravity-server',
  '.kiro-server',
  '.positron-server',
  '.openvscode-server',
];

/** Flatpak programs have their own home folder. */
const FLATPAKS: readonly (readonly [app: string, product: string])[] = [
  ['com.visualstudio.code', 'Code'],
  ['com.vscodium.codium', 'VSCodium'],
];

/** All folders in which an editor on this machine may store the data of its extensions. */
export function editorStorages(here: Surroundings): string[] {
  const { editorStorage, home, platform, env } = here;
  const below = (folder: string, ...parts: string[]): string =>
    pathBelow(here, folder, ...parts, 'User', 'globalStorage');
  const named = (variable: string, ...parts: string[]): string[] => {
    const folder = agentFolder(here, variable, '');
    return env[variable]?.trim() && folder !== pathBelow(here, home, '')
      ? [below(folder, ...parts)]
      : [];
  };
  const settings = settingsFolder(here);
  const shared = agentFolder(here, 'XDG_DATA_HOME', '.local/share');
  const onLinux = [
    ...FLATPAKS.map(([app, product]) => below(home, '.var', 'app', app, 'config', product)),
    below(shared, 'code-server'),
  ];
  return [
    ...new Set([
      ...(editorStorage === undefined ? [] : [editorStorage]),
      ...named('VSCODE_PORTABLE', 'user-data'),
      ...named('VSCODE_AGENT_FOLDER', 'data'),
      ...PRODUCTS.map(product => below(settings, product)),
      ...SERVERS.map(server => below(home, server, 'data')),
      ...(platform === 'win32' ? [] : onLinux),
    ]),
  ];
}

/** Where desktop programs store their settings. */
function settingsFolder(here: Surroundings): string {
  switch (here.platform) {
    case 'win32':
      return agentFolder(here, 'APPDATA', 'AppData\\Roaming');
    case 'darwin':
      return pathBelow(here, here.home, 'Library', 'Application Support');
    case 'linux':
      return agentFolder(here, 'XDG_CONFIG_HOME', '.config');
  }
}

/** An extension's task folders, by its ids in lower case, in every editor on this machine. */
export function extensionTasks(here: Surroundings, ids: readonly string[]): LogSource[] {
  const extension = `(?:${ids.map(id => id.replaceAll('.', '\\.')).join('|')})`;
  return editorStorages(here).map(root => ({
    ...taskFolders(root),
    files: new RegExp(`^${extension}/tasks/[^/]+/ui_messages\\.json$`),
    folders: new RegExp(`^${extension}(?:/tasks(?:/[^/]+)?)?$`),
    depth: 3,
  }));
}

/** The custom task folders of an extension (`customStoragePath`). */
export function customTasks({ customStorages }: Surroundings, agent: AgentId): LogSource[] {
  const root = customStorages?.[agent];
  return root === undefined ? [] : [taskFolders(root)];
}

/** The task folders in `root`: `tasks/<task>/ui_messages.json`. */
export function taskFolders(root: string): LogSource {
  return {
    root,
    files: /^tasks\/[^/]+\/ui_messages\.json$/,
    folders: /^tasks(?:\/[^/]+)?$/,
    depth: 2,
    growth: 'rewrite',
    format: 'task',
  };
}
