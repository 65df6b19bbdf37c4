import { join, resolve } from 'node:path';
import { TERMINALS_FOLDER, type TerminalError } from '../core/agents/terminalError.ts';
import type { LogPlace, TailedSignal } from '../core/agents/tail.ts';
import type { LineCounter } from './lineCounter.ts';

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
  /** As an editor counts lines; undefined if the file is gone, or shorter than it was. */
  readonly placeOf: (record: Record) => Promise<LogPlace | undefined>;
  /** See `appendTerminalError`, which is loaded when it is needed first. */
  readonly appendTerminalError: (error: TerminalError) => Promise<void>;
} {
  const pathOf = ({ file }: Record): string => resolve(home, file);
  let lines: Promise<LineCounter> | undefined;
  return {
    pathOf,
    placeOf: async record => {
      lines ??= import('./lineCounter.ts').then(file => new file.LineCounter());
      return (await lines).placeOf(pathOf(record), record.byteOffset);
    },
    appendTerminalError: async error =>
      (await import('./terminalErrors.ts')).appendTerminalError(
        join(storage, TERMINALS_FOLDER),
        error,
      ),
  };
}
