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

/** Where logs lie, and the agents for which that cannot be determined. */
export interface FoundSources {
  readonly sources: readonly AgentSource[];
  readonly unplaced: readonly Agent[];
}

/**
 * Where the logs of these agents lie. Some agents list folders in a small file of theirs, which is
 * read here, once: a folder that is added later is found at the next start. Never throws: an
 * agent's variables may hold anything, and cost no other agent its logs.
 */
export function findSources(agents: readonly Agent[], surroundings: Surroundings): FoundSources {
  const sources: AgentSource[] = [];
  const unplaced: Agent[] = [];
  for (const agent of agents) {
    try {
      const listed = agent.list?.read(textOf(agent.list.file(surroundings))) ?? [];
      for (const source of agent.sources({ ...surroundings, listed }))
        sources.push({ agent, source });
    } catch {
      unplaced.push(agent);
    }
  }
  return { sources, unplaced };
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
