import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Called with the name of a variable that has a relative path. */
type OnRelative = (name: string) => void;

/**
 * The user's cache folder for this program, by the convention of the platform. A relative path in a
 * variable is ignored: it would resolve below the current folder.
 */
export function cacheFolder(
  platform: NodeJS.Platform,
  environment: Environment,
  onRelative?: OnRelative,
): string {
  const { variable, below } = CACHES[platform] ?? { variable: 'XDG_CACHE_HOME', below: '.cache' };
  const folder = variable && absoluteOf(variable, environment, onRelative);
  if (folder) return join(folder, 'kimi-quota');
  const home = absoluteOf(platform === 'win32' ? 'USERPROFILE' : 'HOME', environment, onRelative);
  return join(home || userInfo().homedir, below, 'kimi-quota');
}

/** The user's folder for data that this program keeps, by the convention of the platform. */
export function dataFolder(
  platform: NodeJS.Platform,
  environment: Environment,
  onRelative?: OnRelative,
): string {
  if (platform === 'win32') return join(cacheFolder(platform, environment, onRelative), 'data');
  const home = absoluteOf('HOME', environment, onRelative) || userInfo().homedir;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'kimi-quota');
  const named = absoluteOf('XDG_DATA_HOME', environment, onRelative);
  return join(named || join(home, '.local', 'share'), 'kimi-quota');
}

const CACHES: Readonly<
  Partial<Record<NodeJS.Platform, { readonly variable?: string; readonly below: string }>>
> = {
  win32: { variable: 'LOCALAPPDATA', below: 'AppData/Local' },
  darwin: { below: 'Library/Caches' },
};

function absoluteOf(
  name: string,
  environment: Environment,
  onRelative?: OnRelative,
): string | undefined {
  const path = environment[name];
  if (!path || isAbsolute(path)) return path;
  onRelative?.(name);
  return undefined;
}
