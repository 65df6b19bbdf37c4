import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Agent, Surroundings } from '../core/agents/agent.ts';
import { MAX_FILE_BYTES } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';

/**
 * This machine, as agents see it. With `home` another home folder, where no variable leads away; a
 * folder `tmp` beside it has what was in the temporary folder.
 */
export function surroundingsOf(home?: string): Surroundings {
  const platform =
    process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
  if (home !== undefined) {
    const tmp = join(dirname(home), 'tmp');
    return { home, tmp: existsSync(tmp) ? tmp : tmpdir(), platform, env: {} };
  }
  const uid = process.getuid?.();
  const user = uid === undefined ? {} : { uid };
  return { home: homedir(), tmp: tmpdir(), platform, env: process.env, ...user };
}

/**
 * Where the logs of these agents lie. Some agents list folders in a small file of theirs, which is
 * read here, once: a folder that is added later is found at the next start. Never throws.
 */
export function findSources(agents: readonly Agent[], surroundings: Surroundings): AgentSource[] {
  return agents.flatMap(agent => {
    const listed = agent.list?.read(textOf(agent.list.file(surroundings))) ?? [];
    return agent.sources({ ...surroundings, listed }).map(source => ({ agent, source }));
  });
}

/** Empty for what is missing, no regular file, or too large to be a list. */
function textOf(path: string): string {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= MAX_FILE_BYTES ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}
