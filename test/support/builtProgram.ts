import { build } from 'esbuild';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Names a folder with programs that were made before, for a system without esbuild. */
export const PROGRAMS_VARIABLE = 'KIMI_QUOTA_PROGRAMS';

let folder: string | undefined;
const programs = new Map<string, Promise<string>>();

/**
 * The path of a program that is made once for all suites, by its file name; it goes with this process.
 */
export function builtOnce(name: string, make: () => Promise<string>): Promise<string> {
  const made = join(process.env[PROGRAMS_VARIABLE] ?? '', name);
  if (process.env[PROGRAMS_VARIABLE] && existsSync(made)) return Promise.resolve(made);
  const building = programs.get(name) ?? make().then(text => keep(name, text));
  programs.set(name, building);
  return building;
}

/** The same of a file with its imports: a start takes 40 ms instead of 160 to 500. */
export function bundledOnce(file: string): Promise<string> {
  return builtOnce(`${basename(file, '.ts')}.cjs`, async () => {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      logLevel: 'warning',
    });
    return outputFiles[0]?.text ?? '';
  });
}

function keep(name: string, text: string): string {
  folder ??= ownFolder();
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function ownFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kimi-quota-programs-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}
