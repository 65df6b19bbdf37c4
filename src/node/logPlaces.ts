import { join, resolve } from 'node:path';
import { TERMINALS_FOLDER, type TerminalError } from '../core/agents/terminalError.ts';
import type { LogPlace, TailedSignal } from '../core/agents/tail.ts';
import type { LineCounter } from './fileKind.ts';

type Record = Pick<TailedSignal, 'file' | 'byteOffset'>;

/**
 * Places of log records that are named relative to the home folder. `storage`: the folder of this
 * extension, with the log of terminal errors.
 */
export function logPlaces(
  home: string,
  storage: string,
): {
  /** Absolute. */
  readonly pathOf: (record: Record) => string;
  /** See `LineCounter.placeOf`. */
  readonly placeOf: (record: Record) => Promise<LogPlace | undefined>;
  /** See `appendTerminalError`, which loads on the first call. */
  readonly appendTerminalError: (error: TerminalError) => Promise<void>;
} {
  const pathOf = ({ file }: Record): string => resolve(home, file);
  let lines: Promise<LineCounter> | undefined;
  return {
    pathOf,
    placeOf: async record => {
      lines ??= import('./fileKind.ts').then(file => new file.LineCounter());
      return (await lines).placeOf(pathOf(record), record.byteOffset);
    },
    appendTerminalError: async error =>
      (await import('./terminalErrors.ts')).appendTerminalError(
        join(storage, TERMINALS_FOLDER),
        error,
      ),
  };
}
