import { createHash } from 'node:crypto';

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
