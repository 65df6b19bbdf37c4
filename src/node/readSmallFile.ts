import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileProblem } from '../core/keys/foundKey.ts';

/** A larger file is no configuration: those of the agents have 1 to 20 KB. */
export const MAX_FILE_BYTES = 256 * 1024;

/** A link that took the file's place is not followed, and a pipe does not hold us up. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What came of reading a file. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: FileProblem };

/**
 * Reads a regular file of at most `MAX_FILE_BYTES` as UTF-8. Symbolic links, pipes and devices are
 * not opened. Never rejects; the error of a failure is dropped, as it may name anything.
 */
export async function readSmallFile(path: string): Promise<FileText> {
  try {
    if (!(await lstat(path)).isFile()) return { kind: 'problem', problem: 'notAFile' };
    const file = await open(path, FLAGS);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { kind: 'problem', problem: 'notAFile' };
      if (stat.size > MAX_FILE_BYTES) return { kind: 'problem', problem: 'tooLarge' };
      // Not `readFile`, which would go on for as long as another program writes.
      const { buffer: bytes, bytesRead } = await file.read(
        Buffer.alloc(stat.size),
        0,
        stat.size,
        0,
      );
      const text = bytes.toString('utf8', 0, bytesRead);
      return { kind: 'text', text: text.replace(/^\uFEFF/, '') };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'problem', problem: 'unreadable' };
  }
}
