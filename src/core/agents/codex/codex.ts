import * as z from 'zod/mini';
import {
  type Agent,
  agentFolder,
  type DatabaseTable,
  firstVariable,
  type LogSource,
  pathBelow,
  type RecordReader,
} from '../agent.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import { FailureStatus, idOfName, omitUndefined, Name, parseRecord } from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { supportIdsOfHeaders } from '../supportIds.ts';
import { createRolloutReader, mayRecover } from './rollout.ts';

/** The interactive Codex writes each attempt about 10 s later; `exec` writes none. */
const CODEX_LOGS: DatabaseTable = {
  name: 'logs',
  columns: ['ts', 'ts_nanos', 'thread_id', 'feedback_log_body'],
  where: `length(feedback_log_body) <= 65536 AND (
    instr(feedback_log_body, 'Request completed method=POST') > 0
    OR instr(feedback_log_body, 'Request failed method=POST') > 0)`,
};

const Row = z.object({
  ts: z.number().check(z.gte(1e9), z.lte(1e10)),
  ts_nanos: z.catch(z.number().check(z.gte(0), z.lt(1e9)), 0),
  thread_id: Name,
  feedback_log_body: z.string(),
});

/** After the spans of the request; the response headers follow the status. */
const REQUEST =
  /(?:^|: )Request (completed|failed) method=POST url=(\S{1,1000})(?: status=(\d{3})\b)?/;
/** Excludes Codex's telemetry. */
const MODEL_PATH = /\/(?:responses(?:\/compact)?|chat\/completions)$/;
const COMPACTION = /\/compact$/;
const MODEL = /\bmodel=([\w.:@/-]{1,100})/;
const RETRY_AFTER = /"retry-after": "(\d{1,6})"/i;
/** Their values are personal, but their names identify Kimi (docs/agents.md 2.4). */
const KIMI_HEADER = /"(?:x-)?msh-[a-z-]{2,30}": "/i;
const ID_HEADER = /"([a-z-]{6,20})": "([\w-]{16,64})"/gi;

/**
 * Reads rows of `logs_2.sqlite`: each failed attempt with status and URL, without error text.
 * Counts failures that a retry may fix, and adds the host to those that the rollout counts.
 */
function createCodexRowReader(): RecordReader {
  return {
    read: ({ text }) => {
      const row = parseRecord(text, Row);
      return row ? read(row) : [];
    },
    saveMemory: () => undefined,
  };
}

function read(row: z.infer<typeof Row>): Signal[] {
  const body = row.feedback_log_body;
  const found = REQUEST.exec(body);
  const [, what, url = '', code] = found ?? [];
  const path = url.replace(/[?#].*/s, '');
  const status = FailureStatus.parse(Number(code));
  if (!found || !MODEL_PATH.test(path) || (what === 'completed' && status === undefined)) return [];
  const at = Math.floor(row.ts * 1000 + row.ts_nanos / 1e6);
  const spans = body.slice(0, found.index);
  const headers = body.slice(found.index + found[0].length);
  const seconds = RETRY_AFTER.exec(headers)?.[1];
  const thread = idOfName(row.thread_id ?? '');
  const fields = {
    at,
    agent: 'codex' as const,
    session: thread,
    // The rollout knows the parent of a sub-agent's thread.
    isSessionUnknown: true,
    isThreadUnknown: true,
    evidence: omitUndefined({
      host: hostOf(url),
      hasKimiWords: KIMI_HEADER.test(headers) ? true : undefined,
    }),
    contentKey: `codex attempt ${thread} ${row.ts}.${row.ts_nanos}`,
    ...omitUndefined({
      model: MODEL.exec(spans)?.[1],
      isSideRequest: COMPACTION.test(path) ? true : undefined,
    }),
  };
  const failure = {
    text: what === 'failed' ? NOT_SENT : '',
    ...omitUndefined({
      status,
      retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
      support: supportIdsOfHeaders(
        Object.fromEntries(
          [...headers.matchAll(ID_HEADER)].map(([, name, value]) => [name, value]),
        ),
      ),
    }),
  };
  return mayRecover(status)
    ? [{ kind: 'requestFailed', ...fields, ...failure }]
    : [{ kind: 'requestEnded', ...fields, failure }];
}

/** In the rollout's spelling. */
const NOT_SENT = 'error sending request';

/**
 * Codex (command line, editor and desktop), seen in 0.169.0 (docs/agents.md 7.5). A rollout has one
 * record for a failed turn, whatever the number of attempts; a recovered turn leaves none. The
 * error text of a 429 is lost: parallel limit, rate limit, quota and credit look the same. The
 * database, only written in interactive mode, has each attempt with its URL.
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
