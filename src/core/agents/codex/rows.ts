import * as z from 'zod/mini';
import { hostOf } from '../../base/kimiHosts.ts';
import type { DatabaseTable, RecordReader } from '../agent.ts';
import { failureFromText } from '../failureFromText.ts';
import { omitUndefined } from '../../base/fields.ts';
import { FailureStatus, idOfName, Name, parseRecord } from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { supportIdsOfHeaders } from '../supportIds.ts';
import { unwrapCodexError } from './error.ts';

/** The targets of the rows that repeat an error text. */
const RETRY = 'codex_core::responses_retry';
const TURN = 'codex_core::session::turn';

/** The interactive Codex writes each attempt about 10 s later; `exec` writes none. */
export const CODEX_LOGS: DatabaseTable = {
  name: 'logs',
  columns: ['ts', 'ts_nanos', 'target', 'thread_id', 'feedback_log_body'],
  where: `length(feedback_log_body) <= 65536 AND (
    instr(feedback_log_body, 'Request completed method=POST') > 0
    OR instr(feedback_log_body, 'Request failed method=POST') > 0
    OR (target = '${RETRY}' AND instr(feedback_log_body, ' sampling_error=') > 0)
    OR (target = '${TURN}' AND instr(feedback_log_body, ': Turn error: ') > 0))`,
};

const Row = z.object({
  ts: z.number().check(z.gte(1e9), z.lte(1e10)),
  ts_nanos: z.catch(z.number().check(z.gte(0), z.lt(1e9)), 0),
  target: Name,
  thread_id: Name,
  feedback_log_body: z.string(),
});
type Row = z.infer<typeof Row>;

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
 * Reads rows of `logs_2.sqlite`: each failed attempt with status and URL; another row has the error
 * text of one that is retried or ends the turn. The rollout only has the last attempt of a turn,
 * and some threads (titles) have none.
 */
export function createCodexRowReader(): RecordReader {
  return {
    read: ({ text }) => {
      const row = parseRecord(text, Row);
      if (!row) return [];
      return row.target === RETRY || row.target === TURN ? readText(row) : readRequest(row);
    },
    saveMemory: () => undefined,
  };
}

/** The rollout knows the parent of a sub-agent's thread. */
const fieldsOf = ({ ts, ts_nanos, thread_id }: Row) => ({
  at: Math.floor(ts * 1000 + ts_nanos / 1e6),
  agent: 'codex' as const,
  session: idOfName(thread_id ?? ''),
  isSessionUnknown: true,
  isThreadUnknown: true,
});

function readRequest(row: Row): Signal[] {
  const body = row.feedback_log_body;
  const found = REQUEST.exec(body);
  const [, what, url = '', code] = found ?? [];
  const path = url.replace(/[?#].*/s, '');
  const status = FailureStatus.parse(Number(code));
  if (!found || !MODEL_PATH.test(path) || (what === 'completed' && status === undefined)) return [];
  const spans = body.slice(0, found.index);
  const headers = body.slice(found.index + found[0].length);
  const seconds = RETRY_AFTER.exec(headers)?.[1];
  const fields = fieldsOf(row);
  return [
    {
      kind: 'requestFailed',
      ...fields,
      evidence: omitUndefined({
        host: hostOf(url),
        hasKimiWords: KIMI_HEADER.test(headers) ? true : undefined,
      }),
      contentKey: `codex attempt ${fields.session} ${row.ts}.${row.ts_nanos}`,
      text: what === 'failed' ? NOT_SENT : '',
      ...omitUndefined({
        model: MODEL.exec(spans)?.[1],
        isSideRequest: COMPACTION.test(path) ? true : undefined,
        status,
        retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
        support: supportIdsOfHeaders(
          Object.fromEntries(
            [...headers.matchAll(ID_HEADER)].map(([, name, value]) => [name, value]),
          ),
        ),
      }),
    },
  ];
}

/** In the rollout's spelling. */
const NOT_SENT = 'error sending request';

/** After the spans, up to the end. */
const SAMPLING_ERROR = /\bretries=\d{1,4} max_retries=\d{1,4} sampling_error=(.+)$/s;
const TURN_ERROR = /\}: Turn error: (.+)$/s;

/** The error text of the attempt that failed just before. */
function readText(row: Row): Signal[] {
  const isFinal = row.target === TURN;
  const text = (isFinal ? TURN_ERROR : SAMPLING_ERROR).exec(row.feedback_log_body)?.[1];
  const parsed = text === undefined ? undefined : unwrapCodexError(text, {});
  if (!parsed) return [];
  const { failure, evidence } = failureFromText(parsed);
  const fields = fieldsOf(row);
  return [
    {
      kind: 'requestEnded',
      ...fields,
      evidence: {
        ...evidence,
        ...omitUndefined({ host: parsed.host, otherProvider: parsed.otherProvider }),
      },
      contentKey: `codex text ${fields.session} ${row.ts}.${row.ts_nanos}`,
      failure: { ...failure, ...omitUndefined({ isFinal: isFinal ? true : undefined }) },
    },
  ];
}
