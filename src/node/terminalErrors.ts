import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerminalError, TerminalErrorFile } from '../core/agents/terminalError.ts';

/** A larger file makes way for a new one, and is kept until that one is as large. */
const LARGEST_BYTES = 1024 * 1024;

/** `errors.jsonl` in a folder of our own, which only this user may read. */
export class TerminalErrors implements TerminalErrorFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async append(error: TerminalError): Promise<void> {
    const path = join(this.#folder, 'errors.jsonl');
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#rotate(path);
      await appendFile(path, `${JSON.stringify(error)}\n`, { mode: 0o600 });
    } catch {
      // The archive tells of a disk that is full or read-only.
    }
  }

  /** Another window may do the same: then the file is gone already, or new. */
  async #rotate(path: string): Promise<void> {
    try {
      if ((await stat(path)).size > LARGEST_BYTES)
        await rename(path, join(this.#folder, 'errors.old.jsonl'));
    } catch {
      // Not there yet; or open in another program, on Windows: it grows on.
    }
  }
}
