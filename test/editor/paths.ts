import os from 'node:os';
import path from 'node:path';

/** The checkout. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Where runs leave what a person may want to look at; never committed, never packaged. */
export const outputFolder = path.join(root, '.vscode-test');

/** The package that `npm test` builds and the end-to-end tests install. */
export const vsixPath = path.join(outputFolder, 'kimi-quota.vsix');

/** The user's cache folder of this project: what costs a minute to make is shared by all clones. */
export function cacheFolder(): string {
  const home = os.homedir();
  switch (process.platform) {
    case 'win32':
      return path.join(
        process.env['LOCALAPPDATA'] ?? path.join(home, 'AppData/Local'),
        'kimi-quota/Cache',
      );
    case 'darwin':
      return path.join(home, 'Library/Caches/kimi-quota');
    default:
      return path.join(process.env['XDG_CACHE_HOME'] || path.join(home, '.cache'), 'kimi-quota');
  }
}
