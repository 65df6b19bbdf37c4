import type { Agent, Surroundings } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createDebugReader } from './claudeDebug.ts';
import { createTranscriptReader } from './claudeTranscript.ts';

const below = (surroundings: Surroundings, folder: string): string =>
  pathBelow(surroundings, agentFolder(surroundings, 'CLAUDE_CONFIG_DIR', '.claude'), folder);

/**
 * Claude Code, seen in 2.1.330 (agents.md 7.3), older forms from 2.1.199 on. The transcript counts
 * failures; the debug log, which is there only with `--debug`, adds the words that the screen's
 * transcript and sub-agents lack. `debug/latest` is a link to the session's own file.
 */
export const claudeCode: Agent = {
  id: 'claude-code',
  name: 'Claude Code',
  sources: surroundings => [
    {
      root: below(surroundings, 'projects'),
      // `<project>/<session>.jsonl`, `<project>/<session>/subagents/agent-<id>.jsonl`.
      files: /^[^/]+\/[^/]+(?:\/subagents\/(?:[^/]+\/){0,3}agent-[^/]+)?\.jsonl$/,
      depth: 6,
      growth: 'append',
      format: 'transcript',
    },
    {
      root: below(surroundings, 'debug'),
      files: /^[^/]+\.txt$/,
      depth: 0,
      growth: 'append',
      format: 'debug',
    },
  ],
  // `retryAttempt`, `isApiErrorMessage`, `requestDigest`; lines of the debug log.
  failureAnchors: ['Attempt":', 'ApiErrorMessage":', 'Digest":', 'API error (', 'API REQUEST]'],
  createReader: (file, memory) =>
    file.format === 'debug'
      ? createDebugReader(file, memory)
      : createTranscriptReader(file, memory),
};
