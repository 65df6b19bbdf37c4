import { type Agent, agentFolder, firstVariable, type LogSource, pathBelow } from '../agent.ts';
import { createRolloutReader } from './rollout.ts';
import { CODEX_LOGS, createCodexRowReader } from './rows.ts';

/**
 * Codex (command line, editor and desktop), seen in 0.171.0 (docs/agents.md 7.5). A rollout has one
 * record for a failed turn, whatever the number of attempts; a recovered turn leaves none. The
 * error text of a 429 is lost: parallel limit, rate limit, quota and credit look the same. The
 * database, only written in interactive mode, has each attempt with its URL, of threads without a
 * rollout too.
 */
export const codex: Agent = {
  id: 'codex',
  name: 'Codex',
  sources: surroundings => {
    const home = agentFolder(surroundings, 'CODEX_HOME', '.codex');
    const isElsewhere = firstVariable(surroundings, 'CODEX_SQLITE_HOME') !== '';
    return [
      // `YYYY/MM/DD/rollout-<local time>-<thread>.jsonl`; archived ones are in one folder.
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
        tables: [CODEX_LOGS],
      },
    ];
  },
  // The last two report the provider and the model before the failure.
  failureAnchors: ['codex_error_info"', 'model_provider', '"turn_context"'],
  tokenAnchors: ['"token_usage_record"', '"token_count"'],
  createReader: (file, memory) =>
    file.format === 'row' ? createCodexRowReader() : createRolloutReader(file, memory),
};
