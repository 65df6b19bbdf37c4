import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LogPlace, TailedSignal } from '../core/tail.ts';

const LINE_FEED = 0x0a;

type Record = Pick<TailedSignal, 'file' | 'byteOffset'>;

/** Where records of logs are that are named below the home folder. */
export function logPlaces(home: string): {
  /** Absolute. */
  readonly pathOf: (record: Record) => string;
  /** See `placeInLog`. */
  readonly placeOf: (record: Record) => Promise<LogPlace | undefined>;
} {
  const pathOf = ({ file }: Record): string => resolve(home, file);
  return { pathOf, placeOf: record => placeInLog(pathOf(record), record.byteOffset) };
}

/**
 * Where a record stands, as an editor counts: undefined if its file is gone, or shorter than it was.
 * Reads the file up to the record.
 */
async function placeInLog(path: string, byteOffset: number): Promise<LogPlace | undefined> {
  try {
    const { size } = await stat(path);
    if (size < byteOffset) return undefined;
    if (byteOffset === 0) return { path, line: 0 };
    let line = 0;
    for await (const chunk of createReadStream(path, { end: byteOffset - 1 }))
      for (const byte of chunk as Buffer) if (byte === LINE_FEED) line++;
    return { path, line };
  } catch {
    return undefined;
  }
}
