import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from '../agent.ts';
import { failureFromText } from '../failureFromText.ts';
import { Name, parseRecord, projectOf, Tokens, Words } from '../recordFields.ts';
import type { AgentId, Signal } from '../signal.ts';
import { isSideAgent, type OpenCodeError, readSdkError } from './error.ts';
import { createOpenCodeLogReader } from './log.ts';
import { createSessionMessageReader } from './sessionMessage.ts';

const Row = z.object({
  id: Name,
  session_id: Name,
  time_updated: lenient(Time),
  data: z.string(),
});

/** `data` of a row of `message`: an answer, or the end of a request (1.18.33). */
const Message = z.object({
  role: z.literal('assistant'),
  providerID: Name,
  modelID: Name,
  agent: Name,
  mode: Name,
  summary: lenient(z.boolean()),
  finish: Name,
  error: lenient(z.object({ name: z.string(), data: lenient(z.unknown()) })),
  time: lenient(z.object({ completed: lenient(Time) })),
  path: lenient(z.object({ cwd: Words })),
  tokens: lenient(
    z.object({
      total: Tokens,
      input: Tokens,
      output: Tokens,
      reasoning: Tokens,
      cache: lenient(z.object({ read: Tokens, write: Tokens })),
    }),
  ),
});
type Message = z.infer<typeof Message>;

/** The end of a request. Other rows are about the user, settings or the program. */
const ANSWERS: readonly string[] = ['APIError', 'ContextOverflowError'];

/**
 * Reads rows of OpenCode's table `message`: the last failure of a failed turn, as a fallback where
 * the log has lost it; the tokens of a successful turn. The log knows the thread.
 */
function createOpenCodeRowReader(agent: AgentId): RecordReader {
  return {
    read: ({ text }) => {
      const row = parseRecord(text, Row);
      const message = row && parseRecord(row.data, Message);
      const at = message?.time?.completed ?? row?.time_updated;
      if (!row?.id || !row.session_id || !message || at === undefined) return [];
      const isSide = message.summary === true || isSideAgent(message.agent ?? message.mode);
      const fields = {
        at,
        agent,
        session: row.session_id,
        isThreadUnknown: true,
        evidence: omitUndefined({ providerId: message.providerID }),
        contentKey: `${agent} row ${row.id}`,
        ...omitUndefined({
          model: message.modelID,
          isSideRequest: isSide ? true : undefined,
          project: projectOf(message.path?.cwd),
        }),
      };
      return message.error ? failed(fields, message) : ended(fields, message);
    },
    saveMemory: () => undefined,
  };
}

type Fields = Omit<Extract<Signal, { kind: 'requestEnded' }>, 'kind'>;

function failed(fields: Fields, { error }: Message): Signal[] {
  const isAnswer = ANSWERS.includes(error?.name ?? '');
  const read: OpenCodeError | undefined = isAnswer ? readSdkError(error?.data) : undefined;
  // Canceled, or not about a request.
  if (!read) return [{ kind: 'requestEnded', ...fields }];
  const { failure, evidence } = failureFromText(read.parsed);
  return [
    {
      kind: 'requestFailed',
      ...fields,
      ...failure,
      evidence: { ...fields.evidence, ...omitUndefined({ host: read.host }), ...evidence },
      isFallback: true,
      isFinal: true,
      ...omitUndefined({ retryAfterMs: read.retryAfterMs }),
    },
  ];
}

function ended(fields: Fields, { finish, time, tokens }: Message): Signal[] {
  if (finish === undefined || time?.completed === undefined) return [];
  const { input, output = 0, cache, reasoning = 0, total } = tokens ?? {};
  if (input === undefined) return [{ kind: 'requestEnded', ...fields }];
  const read = input + (cache?.read ?? 0) + (cache?.write ?? 0);
  // Newer versions leave reasoning out of the output.
  const isApart = total !== undefined && total === read + output + reasoning;
  return [
    {
      kind: 'requestEnded',
      ...fields,
      inputTokens: read,
      outputTokens: isApart ? output + reasoning : output,
      ...omitUndefined({ cacheReadTokens: cache?.read, cacheWriteTokens: cache?.write }),
    },
  ];
}

/**
 * OpenCode, seen in 1.18.33 (docs/agents.md 7.4), its older lines of 1.14 from public logs, version
 * 2 from source (7.20). The log
 * has every attempt, without a status, and loses its last line if the process ends first; the
 * database has that failure, and tokens.
 */
export const openCode: Agent = {
  id: 'opencode',
  name: 'OpenCode',
  sources: surroundings => openCodeSources(surroundings, 'opencode', 'OPENCODE_DB'),
  // In every line about a request of a session.
  failureAnchors: ['.id=ses_', 'ID=ses_', '="stream error"'],
  createReader: (file, memory) => createOpenCodeReader('opencode', file, memory),
};

/** The log and the database of OpenCode, or of a program built on it, by its folder name. */
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
      // `opencode.log`; in older versions one file per run, `2026-05-12T200012.log`.
      files: /^[\w.-]+\.log$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    },
    {
      // One per channel: `opencode.db`, `opencode-beta.db`; Kilo Code continues an older one.
      ...databasePlace(
        surroundings,
        data,
        databaseVariable,
        new RegExp(`^(?:opencode|${name})[\\w.-]*\\.db$`),
      ),
      depth: 0,
      growth: 'database',
      format: 'row',
      tables: [
        {
          name: 'message',
          columns: ['id', 'session_id', 'time_updated', 'data'],
          version: 'time_updated',
          where: `length(data) <= 1000000 AND instr(data, '"assistant"') > 0`,
        },
        {
          name: 'session_message',
          columns: ['id', 'session_id', 'type', 'time_updated', 'data'],
          version: 'time_updated',
          where: `length(data) <= 1000000 AND type = 'assistant'`,
        },
      ],
    },
  ];
}

/** The path in the variable, below the folder if relative. `:memory:` is not a file. */
function databasePlace(
  surroundings: Surroundings,
  data: string,
  variable: string,
  files: RegExp,
): Pick<LogSource, 'root' | 'files'> {
  const value = surroundings.env[variable]?.trim() ?? '';
  const at = Math.max(value.lastIndexOf('/'), value.lastIndexOf('\\'));
  const [folder, file] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)];
  if (!/^[\w.-]+$/.test(file)) return { root: data, files };
  const isAbsolute = /^(?:[A-Za-z]:)?[\\/]/.test(value);
  const root = isAbsolute ? folder || '/' : folder ? pathBelow(surroundings, data, folder) : data;
  return { root, files: new RegExp(`^${file.replace(/[.]/g, '\\.')}$`) };
}

/** Reads the formats of `openCodeSources`. */
export function createOpenCodeReader(agent: AgentId, file: LogFile, memory?: string): RecordReader {
  if (file.format !== 'row') return createOpenCodeLogReader(agent, memory);
  const [older, newer] = [createOpenCodeRowReader(agent), createSessionMessageReader(agent)];
  return {
    read: record => [...older.read(record), ...newer.read(record)],
    saveMemory: () => undefined,
  };
}
