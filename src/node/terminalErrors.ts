import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TerminalError } from '../core/agents/terminalError.ts';

/** A larger file is rotated; one old file is kept. */
const LARGEST_BYTES = 1024 * 1024;

/**
 * Appends to `errors.jsonl` in `folder`, with access for this user only. Never rejects: the archive
 * reports a full or read-only disk.
 */
export async function appendTerminalError(folder: string, error: TerminalError): Promise<void> {
  const path = join(folder, 'errors.jsonl');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rotate(path, join(folder, 'errors.old.jsonl'));
    await appendFile(path, `${JSON.stringify(error)}\n`, { mode: 0o600 });
  } catch {
    // The agent's log may contain the same error.
  }
}

/** Another window may rotate at the same time. */
async function rotate(path: string, old: string): Promise<void> {
  try {
    if ((await stat(path)).size > LARGEST_BYTES) await rename(path, old);
  } catch {
    // Missing, or on Windows open in another program: then it grows further.
  }
}
