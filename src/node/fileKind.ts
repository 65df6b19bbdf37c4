import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogPlace } from '../core/agents/tail.ts';
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

const NEWLINE = 10;

/**
 * Identifies a file independent of its name: by its first line, at most `HEAD_BYTES` of it, and its
 * inode, as two files may begin alike. Undefined while that line is incomplete.
 */
export function fingerprintOf(head: Buffer, inode: string): string | undefined {
  const end = head.subarray(0, HEAD_BYTES).indexOf(NEWLINE);
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

/** Text encoding of a log. */
export type Encoding = 'utf8' | 'utf16le' | 'utf16be';

/** Bytes that are enough to detect the kind of a file. */
const KIND_BYTES = 64;

/**
 * Detects the kind of a file by its first bytes: text in an encoding, or `binary`, which is not
 * read. UTF-16 needs a byte order mark (Windows PowerShell's `>` writes one); without it, it is
 * `binary`.
 */
export function fileKindOf(head: Buffer): Encoding | 'binary' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf16be';
  if (MAGICS.some(magic => head.subarray(0, magic.length).equals(magic))) return 'binary';
  return isUnmarkedUtf16(head.subarray(0, KIND_BYTES)) ? 'binary' : 'utf8';
}

/**
 * Compressed files, databases, archives and programs that rotation and agents leave in log folders.
 */
const MAGICS = [
  '1f8b', // gzip
  '28b52ffd', // zstd
  'fd377a585a00', // xz
  '425a68', // bzip2
  '04224d18', // lz4
  '504b0304', // zip
  '377abcaf271c', // 7z
  '7f454c46', // ELF
  '89504e470d0a', // PNG
  '53514c69746520666f726d6174203300', // SQLite
].map(hex => Buffer.from(hex, 'hex'));

/** ASCII where every second byte is NUL. Only NULs are a gap that a crash left in a text file. */
function isUnmarkedUtf16(head: Buffer): boolean {
  if (head.length < 4) return false;
  const pairs = head.length >> 1;
  let [low, high] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] !== 0 && head[2 * i + 1] === 0) low++;
    if (head[2 * i] === 0 && head[2 * i + 1] !== 0) high++;
  }
  return low === pairs || high === pairs;
}

/** Decodes a part that begins at a character. Invalid bytes become U+FFFD. */
export function decodeText(
  bytes: Buffer,
  encoding: Encoding,
  start = 0,
  end = bytes.length,
): string {
  if (encoding !== 'utf16be') return bytes.toString(encoding, start, end);
  const even = bytes.subarray(start, end - ((end - start) % 2));
  return Buffer.from(even).swap16().toString('utf16le');
}

/** Encodes `text`. */
export function encodeText(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf8') return Buffer.from(text);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf16be' ? bytes.swap16() : bytes;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Limits of the cache: files, and counted places per file. */
const MOST_FILES = 20;
const MOST_MARKS = 1000;

/** A place in a file up to which lines are counted. */
interface Mark {
  readonly byteOffset: number;
  readonly line: number;
  /** A line feed at this place ends the same line. */
  readonly isAfterReturn: boolean;
}

interface CountedFile {
  readonly inode: number;
  readonly size: number;
  /** In file order. */
  readonly marks: readonly Mark[];
}

/**
 * Counts lines as an editor does: CR LF, LF and a single CR end a line. Counting starts at the
 * nearest counted place, so that each byte of a growing log is read once.
 */
export class LineCounter {
  readonly #files = new Map<string, CountedFile>();

  /**
   * The line at an offset, counted from 0; undefined if the file is missing or shorter than that.
   */
  async placeOf(path: string, byteOffset: number): Promise<LogPlace | undefined> {
    try {
      const { ino: inode, size } = await stat(path);
      if (size < byteOffset) return undefined;
      const known = this.#files.get(path);
      const marks = known?.inode === inode && known.size <= size ? known.marks : [];
      const start = marks.findLast(mark => mark.byteOffset <= byteOffset) ?? BEGINNING;
      const mark = await countLines(path, start, byteOffset);
      const others = marks.filter(other => other.byteOffset !== byteOffset);
      const next = [...others, mark].sort((a, b) => a.byteOffset - b.byteOffset);
      this.#files.delete(path);
      this.#files.set(path, { inode, size, marks: next.slice(-MOST_MARKS) });
      if (this.#files.size > MOST_FILES) this.#files.delete([...this.#files.keys()][0]!);
      return { path, line: mark.line };
    } catch {
      return undefined;
    }
  }
}

const BEGINNING: Mark = { byteOffset: 0, line: 0, isAfterReturn: false };

async function countLines(path: string, start: Mark, byteOffset: number): Promise<Mark> {
  if (start.byteOffset === byteOffset) return start;
  const encoding = await encodingOf(path);
  const width = encoding === 'utf16le' || encoding === 'utf16be' ? 2 : 1;
  let { line, isAfterReturn } = start;
  let [position, first] = [start.byteOffset, 0];
  for await (const chunk of createReadStream(path, { start: position, end: byteOffset - 1 }))
    for (const byte of chunk as Buffer) {
      if (++position % width !== 0) {
        first = byte;
        continue;
      }
      const unit = encoding === 'utf16le' ? first | (byte << 8) : (first << 8) | byte;
      if (unit === RETURN || (unit === LINE_FEED && !isAfterReturn)) line++;
      isAfterReturn = unit === RETURN;
    }
  return { byteOffset, line, isAfterReturn };
}

async function encodingOf(path: string): Promise<ReturnType<typeof fileKindOf>> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return fileKindOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
