import { homedir } from 'node:os';
import { open } from 'node:fs/promises';
import { programName } from '../core/accounts/programName.ts';
import type { Translate } from '../core/base/ports.ts';
import { MOST_KEY_FILE_BYTES, placeInFile } from '../core/diagnosis/keyInFile.ts';
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
  const inPrograms = found.keys
    .filter(({ secret }) => secret.kind === 'key' && keys.includes(secret.key))
    .map(({ program, source }) => `${programName(program, t)} (${source})`);
  const inFiles = await Promise.all(
    files.map(async file => placeInFile(file, await readStart(file, t), keys)),
  );
  return [...inPrograms, ...inFiles.flat()];
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
