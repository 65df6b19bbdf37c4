import type { Agent, LogSource, Surroundings } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createOpenClawLogReader } from './openClawLog.ts';
import { createTranscriptReader } from './openClawTranscript.ts';

/**
 * OpenClaw, seen in 2026.9.6 (agents.md 7.9). The log in the temporary folder counts failures, for a
 * day; transcripts repeat them and are there when it is gone or elsewhere: JSON lines until
 * 2026.7.1, then a database for each of its agents.
 */
export const openClaw: Agent = {
  id: 'openclaw',
  name: 'OpenClaw',
  sources: surroundings => [
    ...logFolders(surroundings).map((root): LogSource => ({
      root,
      files: /^openclaw[\w.-]*\.log(?:\.\d{1,3})?$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    })),
    ...stateFolders(surroundings).flatMap(state => transcriptsBelow(surroundings, state)),
  ],
  // `embedded_run_agent_end` and what belongs to it; `"stopReason":"error"` of a transcript.
  failureAnchors: ['_run_', '-model retry ', 'stopReason":"error'],
  createReader: (file, memory) =>
    file.format === 'log' ? createOpenClawLogReader(memory) : createTranscriptReader(file),
};

/** Where `/tmp/openclaw` is another user's, there is one with the user's number. */
function logFolders(surroundings: Surroundings): string[] {
  const { tmp, platform, uid } = surroundings;
  const own = uid === undefined ? [] : [pathBelow(surroundings, tmp, `openclaw-${uid}`)];
  const preferred = platform === 'win32' ? [] : ['/tmp/openclaw'];
  return [...new Set([pathBelow(surroundings, tmp, 'openclaw'), ...preferred, ...own])];
}

/** Older names of the program were Clawdbot and Moltbot. */
function stateFolders(surroundings: Surroundings): string[] {
  return [
    ...new Set([
      agentFolder(surroundings, 'OPENCLAW_STATE_DIR', '.openclaw'),
      agentFolder(surroundings, 'MOLTBOT_STATE_DIR', '.moltbot'),
      agentFolder(surroundings, 'CLAWDBOT_STATE_DIR', '.clawdbot'),
    ]),
  ];
}

function transcriptsBelow(surroundings: Surroundings, state: string): LogSource[] {
  const root = pathBelow(surroundings, state, 'agents');
  return [
    {
      root,
      // `<agent>/sessions/<session>.jsonl`; `.trajectory.jsonl` is another thing.
      files: /^[^/]+\/sessions\/[^/.]+\.jsonl$/,
      depth: 2,
      growth: 'append',
      format: 'transcript',
    },
    {
      root,
      files: /^[^/]+\/agent\/openclaw-agent\.sqlite$/,
      depth: 2,
      growth: 'database',
      format: 'event',
      table: {
        name: 'transcript_events',
        columns: ['session_id', 'event_json', 'created_at'],
        // Rows that were put away have no JSON any more.
        where: `length(event_json) <= 1000000 AND instr(event_json, '"assistant"') > 0`,
      },
    },
  ];
}
