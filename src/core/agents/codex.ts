import type { Agent, LogSource } from './agent.ts';
import { agentFolder, firstVariable, pathBelow } from './agentPath.ts';
import { createRolloutReader } from './codexRollout.ts';
import { CODEX_LOGS, createCodexRowReader } from './codexRow.ts';

/**
 * Codex (command line, editor and desktop), seen in 0.169.0 (agents.md 7.5). A rollout has one
 * record for a turn that failed, whatever the number of attempts; what recovers leaves none. Of a
 * 429 the words are not kept: concurrency, rate, quota and money look the same. The database, which
 * only the screen fills, has each attempt with its URL.
 */
export const codex: Agent = {
  id: 'codex',
  name: 'Codex',
  sources: surroundings => {
    const home = agentFolder(surroundings, 'CODEX_HOME', '.codex');
    const isElsewhere = firstVariable(surroundings, 'CODEX_SQLITE_HOME') !== '';
    return [
      // `YYYY/MM/DD/rollout-<local time>-<thread>.jsonl`; archived ones lie side by side.
      ...['sessions', 'archived_sessions'].map((folder): LogSource => ({
        root: pathBelow(surroundings, home, folder),
        files: /^(?:\d{4}\/\d\d\/\d\d\/)?rollout-[^/]+\.jsonl$/,
        depth: 3,
        growth: 'append',
        format: 'rollout',
      })),
      {
        root: isElsewhere ? agentFolder(surroundings, 'CODEX_SQLITE_HOME', '.codex') : home,
        files: /^logs_\d{1,3}\.sqlite$/,
        depth: 0,
        growth: 'database',
        format: 'row',
        table: CODEX_LOGS,
      },
    ];
  },
  // The last two tell the provider and the model before the failure.
  failureAnchors: ['codex_error_info"', 'model_provider', '"turn_context"'],
  createReader: (file, memory) =>
    file.format === 'row' ? createCodexRowReader() : createRolloutReader(file, memory),
};
