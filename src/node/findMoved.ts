import { dirname, join } from 'node:path';
import type { FileSystem } from './fileSystem.ts';

/** A folder of rotated logs has a few; one with thousands is not searched to its end. */
const MAX_ENTRIES = 1_000;

/**
 * Where the file that was called `path` is now, if it is still in its folder: rotation gives it a
 * name that may not be that of a log, and its last lines are still to be read. Never rejects.
 */
export async function findMoved(
  files: Pick<FileSystem, 'readdir' | 'lstat'>,
  path: string,
  identity: string,
): Promise<string | undefined> {
  const folder = dirname(path);
  const entries = await files.readdir(folder).catch(() => []);
  for (const { name, kind } of entries.slice(0, MAX_ENTRIES)) {
    const candidate = join(folder, name);
    if (kind === 'folder' || kind === 'other' || candidate === path) continue;
    const stat = await files.lstat(candidate).catch(() => undefined);
    if (stat?.kind === 'file' && stat.identity === identity) return candidate;
  }
  return undefined;
}
