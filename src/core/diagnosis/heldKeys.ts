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
