import { lstatSync, readFileSync } from 'node:fs';
import type { Agent, Surroundings } from '../core/agents/agent.ts';
import { MAX_FILE_BYTES } from './readSmallFile.ts';
import type { AgentSource } from './tailContext.ts';

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
