import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { LogPlace } from '../core/agents/tail.ts';
import { fileKindOf } from './fileKind.ts';

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
