import type { Agent, LogFile, LogSource, RecordReader, Surroundings } from './agent.ts';
import { agentFolder, pathBelow } from './agentPath.ts';
import { createOpenCodeLogReader } from './openCodeLog.ts';
import { createOpenCodeRowReader } from './openCodeRow.ts';
import type { AgentId } from './signal.ts';

/**
 * OpenCode, seen in 1.18.33 (agents.md 7.4), its older lines of 1.14 from logs of others. The log
 * tells of every attempt, without a status, and loses its last line where the process ends first;
 * the database has that failure, and tokens.
 */
export const openCode: Agent = {
  id: 'opencode',
  name: 'OpenCode',
  sources: surroundings => openCodeSources(surroundings, 'opencode', 'OPENCODE_DB'),
  // What every line about a request of a session has.
  failureAnchors: ['.id=ses_', 'ID=ses_', '="stream error"'],
  createReader: (file, memory) => createOpenCodeReader('opencode', file, memory),
};

/** The log and the database of OpenCode, or of a program built on it, by the name of its folder. */
export function openCodeSources(
  surroundings: Surroundings,
  name: string,
  databaseVariable: string,
): LogSource[] {
  const share = surroundings.platform === 'win32' ? '.local\\share' : '.local/share';
  const data = pathBelow(surroundings, agentFolder(surroundings, 'XDG_DATA_HOME', share), name);
  return [
    {
      root: pathBelow(surroundings, data, 'log'),
      // `opencode.log`; before it a file for each run, `2026-05-12T200012.log`.
      files: /^[\w.-]+\.log$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    },
    {
      // One for each channel: `opencode.db`, `opencode-beta.db`; Kilo Code takes over an older one.
      ...databasePlace(
        surroundings,
        data,
        databaseVariable,
        new RegExp(`^(?:opencode|${name})[\\w.-]*\\.db$`),
      ),
      depth: 0,
      growth: 'database',
      format: 'row',
      table: {
        name: 'message',
        columns: ['id', 'session_id', 'time_updated', 'data'],
        version: 'time_updated',
        where: `length(data) <= 1000000 AND instr(data, '"assistant"') > 0`,
      },
    },
  ];
}

/** What the variable names, below the folder where it is relative. `:memory:` is no file. */
function databasePlace(
  surroundings: Surroundings,
  data: string,
  variable: string,
  files: RegExp,
): Pick<LogSource, 'root' | 'files'> {
  const said = surroundings.env[variable]?.trim() ?? '';
  const parts = /^(.*?)[\\/]?([\w.-]+)$/.exec(said);
  if (!parts || said.includes(':memory:')) return { root: data, files };
  const [, folder = '', file = ''] = parts;
  const isAbsolute = /^(?:[A-Za-z]:)?[\\/]/.test(said);
  const root = isAbsolute ? folder || '/' : folder ? pathBelow(surroundings, data, folder) : data;
  return { root, files: new RegExp(`^${file.replace(/[.]/g, '\\.')}$`) };
}

/** For the formats of `openCodeSources`. */
export function createOpenCodeReader(agent: AgentId, file: LogFile, memory?: string): RecordReader {
  return file.format === 'row'
    ? createOpenCodeRowReader(agent)
    : createOpenCodeLogReader(agent, memory);
}
