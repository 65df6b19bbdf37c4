import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user's programs keep what may be thrown away, by the rules of each system. */
export function userCacheFolder(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const home = homedir();
  switch (platform) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'kimi-quota');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'kimi-quota');
    default:
      return join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'kimi-quota');
  }
}
