import os from 'node:os';
import path from 'node:path';

/** The checkout. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Output of runs: screenshots, packages and bundles. Never committed or packaged. */
export const outputFolder = path.join(root, '.vscode-test');

/** The package that `npm test` builds and the end-to-end tests install. */
export const vsixPath = path.join(outputFolder, 'kimi-quota.vsix');

/** The user's cache folder of this project, which all clones share. */
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
