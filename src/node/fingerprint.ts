import { createHash } from 'node:crypto';
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

/** So much of a first line tells files apart: agents begin theirs with a time or an id. */
export const HEAD_BYTES = 1024;

const LINE_FEED = 10;

/**
 * Which file it is, whatever its name: its first line, or as much of it as `HEAD_BYTES`, and its
 * inode, as two files may begin alike. Undefined while the line is shorter and has not ended.
 */
export function fingerprintOf(head: Buffer, inode: string): string | undefined {
  const end = head.subarray(0, HEAD_BYTES).indexOf(LINE_FEED);
  if (end < 0 && head.length < HEAD_BYTES) return undefined;
  return `${hash(head.subarray(0, end < 0 ? HEAD_BYTES : end))}:${inode}`;
}

/**
 * What the last 4 KB before an offset are. Another value, and the file was written anew. Less would
 * not do: the ends of long records are often the same.
 */
export function markerOf(before: Buffer): string {
  return hash(before);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}
