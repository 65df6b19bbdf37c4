import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { FileSystem } from './fileSystem.ts';

/** Entries searched in a folder. One of rotated logs has a few. */
const MAX_ENTRIES = 1_000;

/**
 * Finds the new path of a renamed file in its folder. After a rotation, the name may not match a
 * log, but its last lines are still unread. Never rejects.
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

/** This much of the first line identifies a file: agents begin it with a time or an id. */
export const HEAD_BYTES = 1024;

const LINE_FEED = 10;

/**
 * Identifies a file independent of its name: by its first line, at most `HEAD_BYTES` of it, and its
 * inode, as two files may begin alike. Undefined while that line is incomplete.
 */
export function fingerprintOf(head: Buffer, inode: string): string | undefined {
  const end = head.subarray(0, HEAD_BYTES).indexOf(LINE_FEED);
  if (end < 0 && head.length < HEAD_BYTES) return undefined;
  return `${hash(head.subarray(0, end < 0 ? HEAD_BYTES : end))}:${inode}`;
}

/**
 * Hash of the last 4 KB before an offset. Another value means that the file was rewritten. Fewer
 * bytes are not enough: long records often end alike.
 */
export function markerOf(before: Buffer): string {
  return hash(before);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}
