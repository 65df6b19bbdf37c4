import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Agent, Surroundings } from '../core/agents/agent.ts';
import { MAX_FILE_BYTES } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';

/**
 * This machine, as agents see it. `home`: another home folder, read without environment variables,
 * with the temporary folder in a folder `tmp` next to it. Default: the user's.
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

/** The places of logs, and the agents whose places cannot be determined. */
export interface FoundSources {
  readonly sources: readonly AgentSource[];
  readonly unplaced: readonly Agent[];
}

/**
 * Finds where these agents write logs. Some agents list folders in a small file, which is read here
 * once: a folder that is added later is found at the next start. Never throws: invalid environment
 * variables of one agent do not affect the others.
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

/** Empty if the file is missing, not regular or over `MAX_FILE_BYTES`. */
function textOf(path: string): string {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= MAX_FILE_BYTES ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}
