import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TERMINALS_FOLDER, type TerminalError } from '../core/agents/terminalError.ts';
import type { LogPlace, TailedSignal } from '../core/agents/tail.ts';

const LINE_FEED = 0x0a;

type Record = Pick<TailedSignal, 'file' | 'byteOffset'>;

/**
 * Where records of logs are that are named below the home folder; `storage` is the folder of our
 * own extension, with the one log that we write.
 */
export function logPlaces(
  home: string,
  storage: string,
): {
  /** Absolute. */
  readonly pathOf: (record: Record) => string;
  /** See `placeInLog`. */
  readonly placeOf: (record: Record) => Promise<LogPlace | undefined>;
  /** See `appendTerminalError`, which is loaded when it is needed first. */
  readonly appendTerminalError: (error: TerminalError) => Promise<void>;
} {
  const pathOf = ({ file }: Record): string => resolve(home, file);
  return {
    pathOf,
    placeOf: record => placeInLog(pathOf(record), record.byteOffset),
    appendTerminalError: async error =>
      (await import('./terminalErrors.ts')).appendTerminalError(
        join(storage, TERMINALS_FOLDER),
        error,
      ),
  };
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
