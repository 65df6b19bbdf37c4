import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startLeashed } from '../editor/leash.mjs';
import { cacheFolder } from '../editor/paths.ts';
import { npmCommand, PlainError } from '../editor/program.ts';
import type { AgentRun } from './agentRuns.ts';

/** An agent that is ready to start. */
interface Installed {
  readonly bin: string;
  readonly version: string;
  /** The newest one on npm, where it can't be installed on this system. */
  readonly newest?: string;
}

interface Wanted {
  readonly version: string;
  readonly newest?: string;
}

/** The newest version, or else the newest one whose program for this system is on npm. */
async function versionOf(run: AgentRun): Promise<Wanted> {
  const newest = await npmView(run.package, 'version');
  if (run.program === undefined) return { version: newest };
  const programs = JSON.parse(await npmView(run.program, 'versions')) as string[];
  if (programs.includes(newest)) return { version: newest };
  const all = JSON.parse(await npmView(run.package, 'versions')) as string[];
  const version = all.findLast(it => programs.includes(it));
  if (version === undefined) throw new PlainError(`npm has no version of ${run.program}.`);
  return { version, newest };
}

async function npmView(name: string, field: 'version' | 'versions'): Promise<string> {
  const args = field === 'versions' ? ['--json'] : [];
  const result = await npm(path.join(cacheFolder(), 'agents'), ['view', name, field, ...args]);
  return result.trim();
}

async function npm(cwd: string, args: readonly string[]): Promise<string> {
  let output = '';
  const program = startLeashed(npmCommand(...args), {
    cwd,
    onOutput: chunk => void (output += String(chunk)),
  });
  if ((await program.exited) !== 0) throw new PlainError(`npm ${args.join(' ')} fails:\n${output}`);
  return output;
}

/**
 * Installs the newest version into a cache that all clones share. `isOffline`: uses what is there.
 */
export async function install(
  run: AgentRun,
  { isOffline }: { readonly isOffline: boolean },
): Promise<Installed> {
  const folder = path.join(cacheFolder(), 'agents', run.id);
  mkdirSync(folder, { recursive: true });
  const own = path.join(folder, 'package.json');
  if (!existsSync(own)) writeFileSync(own, '{ "name": "kimi-quota-agents", "private": true }\n');
  const wanted = isOffline ? undefined : await versionOf(run);
  if (wanted) {
    const name = `${run.package}@${wanted.version}`;
    await npm(folder, ['install', '--prefix', folder, '--no-audit', '--no-fund', name]);
  }
  const manifest = path.join(folder, 'node_modules', run.package, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return {
    bin: path.join(folder, 'node_modules/.bin', run.bin),
    version,
    ...(wanted?.newest === undefined ? {} : { newest: wanted.newest }),
  };
}
