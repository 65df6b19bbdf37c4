import type { Agent } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createContinueReader } from './continueLog.ts';

/**
 * Continue (agents.md 7.11): the CLI, seen in 1.5.47, which tells of failures only with `--verbose`;
 * without, all that it leaves is on the screen. `core.log` of its editors from source. `prompt.log`,
 * sessions and development data hold no failures.
 */
export const continueDev: Agent = {
  id: 'continue',
  name: 'Continue',
  sources: surroundings => [
    {
      root: pathBelow(
        surroundings,
        agentFolder(surroundings, 'CONTINUE_GLOBAL_DIR', '.continue'),
        'logs',
      ),
      files: /^(?:cn|core)\.log$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    },
  ],
  // A failure; the request before it, which names the provider; an error of an editor.
  failureAnchors: ['Retry attempt {', 'Creating chat completion', 'Error: 4', 'Error: 5'],
  createReader: (_file, memory) => createContinueReader(memory),
};
