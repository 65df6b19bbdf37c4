import { homedir } from 'node:os';
import { open } from 'node:fs/promises';
import type { Translate } from '../core/base/ports.ts';
import { MOST_KEY_FILE_BYTES, placeInFile, programsWith } from '../core/diagnosis/heldKeys.ts';
import { findKeys } from '../node/findKeys.ts';
import { UsageError } from './command.ts';

/**
 * Where these keys are: the places of Import Key, and the named files. The keys are compared here and
 * not stored.
 */
export async function placesOfKeys(
  keys: readonly string[],
  files: readonly string[],
  t: Translate,
): Promise<string[]> {
  const found = await findKeys({ home: homedir(), environment: process.env });
  const inFiles = await Promise.all(
    files.map(async file => placeInFile(file, await readStart(file, t), keys)),
  );
  return [...programsWith(found.keys, keys, t), ...inFiles.flat()];
}

async function readStart(file: string, t: Translate): Promise<string> {
  try {
    await using handle = await open(file);
    const bytes = Buffer.alloc(MOST_KEY_FILE_BYTES);
    const { bytesRead } = await handle.read(bytes);
    return bytes.toString('latin1', 0, bytesRead);
  } catch {
    throw new UsageError(t("{0} can't be read.", file));
  }
}
