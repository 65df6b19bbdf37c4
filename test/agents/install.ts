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
  if (!isOffline) {
    const wanted = `${run.package}@${run.version ?? 'latest'}`;
    const command = npmCommand('install', '--prefix', folder, '--no-audit', '--no-fund', wanted);
    let output = '';
    const npm = startLeashed(command, {
      cwd: folder,
      onOutput: chunk => void (output += String(chunk)),
    });
    if ((await npm.exited) !== 0) throw new PlainError(`npm can't install ${wanted}:\n${output}`);
  }
  const manifest = path.join(folder, 'node_modules', run.package, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { bin: path.join(folder, 'node_modules/.bin', run.bin), version };
}
