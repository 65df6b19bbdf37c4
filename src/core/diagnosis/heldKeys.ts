import type { FoundKey } from '../accounts/foundKey.ts';
import { programName } from '../accounts/programName.ts';
import type { Translate } from '../base/ports.ts';

/** The places of Import Key that hold one of the keys, such as `Claude Code (~/.claude/settings.json)`. Pure. */
export const programsWith = (
  found: readonly FoundKey[],
  keys: readonly string[],
  t: Translate,
): string[] =>
  found
    .filter(({ secret }) => secret.kind === 'key' && keys.includes(secret.key))
    .map(({ program, source }) => `${programName(program, t)} (${source})`);

/** A file that holds a key, such as `.env`, is smaller. */
export const MOST_KEY_FILE_BYTES = 1024 * 1024;

/**
 * A file's last two names, such as `app/.env`, if it contains one of the keys. `bytes`: the file's
 * start, one character for each byte ("latin1"): keys are ASCII, in UTF-16 with a NUL after each
 * character. Pure.
 */
export function placeInFile(path: string, bytes: string, keys: readonly string[]): string[] {
  const text = bytes.replaceAll('\0', '');
  const isFound = keys.some(key => text.includes(key));
  return isFound ? [path.split(/[\\/]/).slice(-2).join('/')] : [];
}
