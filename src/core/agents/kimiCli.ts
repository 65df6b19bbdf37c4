import type { Agent } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createKimiCliLogReader } from './kimiCliLog.ts';
import { createKimiCliWireReader } from './kimiCliWire.ts';

/**
 * Kimi CLI in Python, 1.16 to 1.49, from source (agents.md 7.2, kimi.md 6). The one log counts
 * failures, in local time; the wire of each session has starts, ends and tokens.
 */
export const kimiCli: Agent = {
  id: 'kimi-cli',
  name: 'Kimi CLI',
  sources: surroundings => {
    const folder = agentFolder(surroundings, 'KIMI_SHARE_DIR', '.kimi');
    return [
      // Rotated each day to `kimi.<time>.log`.
      {
        root: pathBelow(surroundings, folder, 'logs'),
        files: /^kimi(?:\.[\w.-]{1,60})?\.log$/,
        depth: 0,
        growth: 'append',
        format: 'log',
      },
      // `sessions/<hash of the folder>/<session>/`, from about 1.25 on with `subagents/<agent>/`.
      {
        root: pathBelow(surroundings, folder, 'sessions'),
        files: /^[^/]+\/[^/]+\/(?:subagents\/[^/]+\/)?wire\.jsonl$/,
        depth: 4,
        growth: 'append',
        format: 'wire',
      },
    ];
  },
  // A retry, the line before a traceback and its last one, what names the provider; of the wire
  // the retry.
  failureAnchors: [
    ' time (last',
    ' time. Wait',
    'LLM provider',
    'LLM API ',
    'LLM model: ',
    'kosong.',
    'failed (401)',
    'StepRetry"',
  ],
  createReader: (file, memory) =>
    file.format === 'wire' ? createKimiCliWireReader(file, memory) : createKimiCliLogReader(memory),
};
