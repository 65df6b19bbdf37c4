import { execFile } from 'node:child_process';
import { access, glob } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../editor/paths.ts';

/** Another program that counts the lines with one of some strings. */
export interface Searcher {
  readonly name: string;
  count(file: string, strings: readonly string[]): Promise<number>;
}

/** The fastest there is: the user's own `rg`, that of the editor's server build, or `grep`. */
export async function findSearcher(): Promise<Searcher> {
  const rg = await findRipgrep();
  if (rg) return searcher('rg -cF', rg, ['--no-config']);
  return searcher('grep -cF, as rg is not here', 'grep', []);
}

function searcher(name: string, program: string, options: readonly string[]): Searcher {
  return {
    name,
    count: async (file, strings) => {
      const args = ['-cF', ...options, ...strings.flatMap(text => ['-e', text]), file];
      const { stdout } = await promisify(execFile)(program, args);
      return Number(stdout);
    },
  };
}

async function findRipgrep(): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter))
    if (await isThere(path.join(folder, name))) return path.join(folder, name);
  const { platform, arch } = process;
  const bundled = `**/@vscode/ripgrep-universal/bin/${platform}-${arch}/${name}`;
  for await (const file of glob(bundled, { cwd: cacheFolder() }))
    return path.join(cacheFolder(), file);
  return undefined;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
