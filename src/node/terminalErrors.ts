import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerminalError } from '../core/agents/terminalError.ts';

/** A larger file makes way for a new one, and is kept until that one is as large. */
const LARGEST_BYTES = 1024 * 1024;

/**
 * Appends to `errors.jsonl` in `folder`, which only this user may read. Never rejects: the archive
 * tells of a disk that is full or read-only.
 */
export async function appendTerminalError(folder: string, error: TerminalError): Promise<void> {
  const path = join(folder, 'errors.jsonl');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rotate(path, join(folder, 'errors.old.jsonl'));
    await appendFile(path, `${JSON.stringify(error)}\n`, { mode: 0o600 });
  } catch {
    // The agent's own log may tell of it.
  }
}

/** Another window may do the same: then the file is gone already, or new. */
async function rotate(path: string, old: string): Promise<void> {
  try {
    if ((await stat(path)).size > LARGEST_BYTES) await rename(path, old);
  } catch {
    // Not there yet; or open in another program, on Windows: it grows on.
  }
}
