import type { Locale } from '../core/base/ports.ts';
import { openArchive, readMachine } from './machine.ts';
import { printLine } from './output.ts';
import { statusLine } from './statusLine.ts';

/**
 * Prints the line of `check --line` from what this machine has stored. Resolves to the
 * exit code; undefined: nothing is stored.
 */
export async function printStoredLine(locale: Locale): Promise<number | undefined> {
  const archive = openArchive();
  const state = archive && (await readMachine(archive, Date.now()));
  archive?.dispose();
  const [account] = state?.accounts ?? [];
  if (!state || !account) return undefined;
  printLine(await statusLine(account, state, locale));
  return 0;
}
