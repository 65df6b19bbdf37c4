import type { Agent } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createRolloutReader } from './codexRollout.ts';

/**
 * Codex (command line, editor and desktop), seen in 0.169.0 (agents.md 7.5). A rollout has one
 * record for a turn that failed, whatever the number of attempts; what recovers leaves none. Of a
 * 429 the words are not kept: concurrency, rate, quota and money look the same.
 */
export const codex: Agent = {
  id: 'codex',
  name: 'Codex',
  sources: surroundings => {
    const home = agentFolder(surroundings, 'CODEX_HOME', '.codex');
    // `YYYY/MM/DD/rollout-<local time>-<thread>.jsonl`; archived ones lie side by side.
    return ['sessions', 'archived_sessions'].map(folder => ({
      root: pathBelow(surroundings, home, folder),
      files: /^(?:\d{4}\/\d\d\/\d\d\/)?rollout-[^/]+\.jsonl$/,
      depth: 3,
      growth: 'append',
      format: 'rollout',
    }));
  },
  // The last two tell the provider and the model before the failure.
  failureAnchors: ['codex_error_info"', 'model_provider', '"turn_context"'],
  createReader: createRolloutReader,
};
