import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from './agent.ts';
import { wordsOfRust } from './agentError.ts';
import { idOfFile, parseRecord } from './recordFields.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import type { Signal } from './signal.ts';

/**
 * Goose, from source (docs/agents.md 7.13). Its log files count failures: one line per retry, and
 * one for the last attempt. They name neither provider nor model. Not read: `llm_request.N.jsonl`
 * has whole prompts and no times, and sessions contain no failures.
 */
export const goose: Agent = {
  id: 'goose',
  name: 'Goose',
  sources: surroundings => foldersOf(surroundings).map(sourceBelow),
  failureAnchors: ['Request failed, retry', '"Error: ', 'Provider request failed'],
  createReader: createGooseReader,
};

const sourceBelow = (root: string): LogSource => ({
  root,
  files: /^(?:cli|server)\/(?:\d{4}-\d\d-\d\d\/)?[^/]+\.log$/,
  depth: 2,
  growth: 'append',
  format: 'log',
});

/** `GOOSE_PATH_ROOT`, otherwise the system's state folder; on Windows reports differ. */
function foldersOf(surroundings: Surroundings): string[] {
  const below = (variable: string, standard: string, ...parts: string[]): string =>
    pathBelow(surroundings, agentFolder(surroundings, variable, standard), ...parts);
  if (surroundings.env['GOOSE_PATH_ROOT']) return [below('GOOSE_PATH_ROOT', '', 'state', 'logs')];
  if (surroundings.platform === 'win32') {
    const parts = ['Block', 'goose', 'data', 'logs'];
    return [
      below('APPDATA', 'AppData\\Roaming', ...parts),
      below('LOCALAPPDATA', 'AppData\\Local', ...parts),
    ];
  }
  const state = below('XDG_STATE_HOME', '.local/state', 'goose', 'logs');
  const library = 'Library/Application Support/Block/goose/state/logs';
  return surroundings.platform === 'darwin'
    ? [state, pathBelow(surroundings, surroundings.home, library)]
    : [state];
}

const Line = z.object({
  timestamp: Time,
  level: lenient(z.string()),
  fields: z.object({ message: z.string() }),
});

/** `RateLimitExceeded { details: "…", retry_delay: Some(2s) }` or `ServerError("…")`. */
const RETRY = /^Request failed, retrying \(\d{1,4}\/\d{1,4}\): (\w{1,40})\b(.*)$/s;
const WAIT = /retry_delay: Some\((\d{1,6}(?:\.\d{1,9})?)(ms|s)\)/;
/** The error kinds that a response is converted to. */
const FINAL =
  /^Error: (Authentication error|Context length exceeded|Rate limit exceeded|Server error|Network error|Request failed|Credits exhausted): (.*)$/s;
/** Logged next to the line that counts, with the status. */
const DETAIL = /^Provider request failed with status: ([45]\d\d)[^.]{0,60}\. Payload: (.*)$/s;
const STATUSES: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    RateLimitExceeded: 429,
    'Rate limit exceeded': 429,
    'Context length exceeded': 400,
  }),
);
const LONGEST_LINE = 64 * 1024;

const Memory = z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) });

function createGooseReader(file: LogFile, memory?: string): RecordReader {
  const session = idOfFile(file);
  const ordinals = new EventCounter(parseRecord(memory ?? '', Memory));
  return {
    read: ({ text }) => {
      const line = text.length > LONGEST_LINE ? undefined : parseRecord(text, Line);
      const logged = line && parseMessage(line.fields.message, line.level);
      if (!logged) return [];
      const key = ordinals.next(String(line.timestamp), logged.kind);
      return [signalOf(logged, { at: line.timestamp, session, key })];
    },
    saveMemory: () => JSON.stringify(ordinals.memory),
  };
}

interface MessageFailure {
  readonly kind: 'retry' | 'final' | 'detail';
  readonly words: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
}

function parseMessage(message: string, level: string | undefined): MessageFailure | undefined {
  const [, kind = '', rest = ''] = RETRY.exec(message) ?? [];
  if (kind !== '') {
    const [, count, unit] = WAIT.exec(rest) ?? [];
    const retryAfterMs = count && Math.round(Number(count) * (unit === 's' ? 1000 : 1));
    return {
      kind: 'retry',
      words: rest,
      ...omitUndefined({ status: STATUSES.get(kind), retryAfterMs: retryAfterMs || undefined }),
    };
  }
  const [, name = '', words = ''] = (level === 'ERROR' && FINAL.exec(message)) || [];
  if (name !== '')
    return { kind: 'final', words, ...omitUndefined({ status: STATUSES.get(name) }) };
  const [, status, payload] = DETAIL.exec(message) ?? [];
  return payload === undefined
    ? undefined
    : { kind: 'detail', words: payload, status: Number(status) };
}

function signalOf(
  logged: MessageFailure,
  where: { at: number; session: string; key: string },
): Signal {
  const { at, session, key } = where;
  const parsed = wordsOfRust(logged.words);
  const { failure, evidence } = failureFromText({
    ...omitUndefined({ status: logged.status }),
    ...parsed,
  });
  const fields = {
    at,
    agent: 'goose' as const,
    session,
    isThreadUnknown: true,
    evidence,
    contentKey: `goose ${logged.kind} ${session} ${key}`,
  };
  if (logged.kind === 'detail') return { kind: 'requestEnded', ...fields, failure };
  const isFinal = logged.kind === 'final' ? true : undefined;
  const { retryAfterMs } = logged;
  return {
    kind: 'requestFailed',
    ...fields,
    ...failure,
    ...omitUndefined({ retryAfterMs, isFinal }),
  };
}
