import type { Agent } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createKimiLogReader } from './kimiCodeLog.ts';
import { createWireReader } from './kimiCodeWire.ts';

/**
 * Kimi Code CLI (TypeScript), seen in 2.1.0 (agents.md 7.1), known back to 0.38 (kimi.md 6.4, 6.5);
 * the official VS Code extension writes the same tree. The session log counts failures: it has one
 * line for each, compactions included, in every version. The wire has starts, ends and tokens, and
 * tells of a failure the sub-agent and the wait.
 */
export const kimiCode: Agent = {
  id: 'kimi-code',
  name: 'Kimi Code',
  sources: surroundings => {
    const root = pathBelow(
      surroundings,
      agentFolder(surroundings, 'KIMI_CODE_HOME', '.kimi-code'),
      'sessions',
    );
    return [
      // `sessions/wd_<folder>/<session>/`; 0.38 names the session without `session_`.
      {
        root,
        files: /^[^/]+\/[^/]+\/logs\/kimi-code\.log(?:\.\d{1,3})?$/,
        depth: 3,
        growth: 'append',
        format: 'log',
      },
      {
        root,
        files: /^[^/]+\/[^/]+\/agents\/[^/]+\/wire\.jsonl$/,
        depth: 4,
        growth: 'append',
        format: 'wire',
      },
    ];
  },
  // `errorMessage=` of a log line; the wire's details.
  failureAnchors: ['Message=', 'Attempt":', '.interrupted"'],
  createReader: (file, memory) =>
    file.format === 'wire' ? createWireReader(file, memory) : createKimiLogReader(file, memory),
};
