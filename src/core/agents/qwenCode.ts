import * as z from 'zod/mini';
import { omitUndefined, Time } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  firstVariable,
  type LogFile,
  pathBelow,
  type RecordReader,
} from './agent.ts';
import { unwrapError } from './agentError.ts';
import {
  Duration,
  FailureStatus,
  idOfFile,
  idOfName,
  Name,
  parseRecord,
  projectOf,
  Tokens,
  Words,
} from './recordFields.ts';
import { failureFromText } from './failureFromText.ts';
import type { Signal } from './signal.ts';
import { joinSupportIds, supportIds } from './supportIds.ts';

/**
 * Qwen Code, seen in 0.24.4 (docs/agents.md 7.10). Its chats record the ends of requests, never
 * their starts. Its SDK retries internally: one record counts for four attempts, and recovered ones
 * leave nothing on disk.
 */
export const qwenCode: Agent = {
  id: 'qwen-code',
  name: 'Qwen Code',
  sources: surroundings => {
    const variable = firstVariable(surroundings, 'QWEN_RUNTIME_DIR', 'QWEN_DATA_DIR', 'QWEN_HOME');
    return [
      {
        root: pathBelow(surroundings, agentFolder(surroundings, variable, '.qwen'), 'projects'),
        // `<project>/chats/<session>.jsonl`.
        files: /^[^/]+\/chats\/(?:[^/]+\/){0,2}[^/]+\.jsonl$/,
        depth: 4,
        growth: 'append',
        format: 'chat',
      },
    ];
  },
  failureAnchors: ['.api_error"'],
  tokenAnchors: ['.api_response"'],
  createReader: file => createChatReader(file),
};

const UiEvent = z.object({
  'event.name': z.string(),
  'event.timestamp': Time,
  response_id: Name,
  prompt_id: Words,
  model: Name,
  auth_type: Name,
  duration_ms: Duration,
  // `api_error`
  error_message: Words,
  status_code: FailureStatus,
  // `api_response`
  input_token_count: Tokens,
  output_token_count: Tokens,
  cached_content_token_count: Tokens,
  thoughts_token_count: Tokens,
  total_token_count: Tokens,
});

const ChatRecord = z.object({
  type: z.literal('system'),
  subtype: z.literal('ui_telemetry'),
  uuid: Name,
  sessionId: Name,
  version: Name,
  cwd: Words,
  systemPayload: z.object({ uiEvent: UiEvent }),
});
type ChatRecord = z.infer<typeof ChatRecord>;

/** Prompts, files and answers are records of other kinds, and may be long. */
const MATTERS = /"qwen-code\.api_(?:error|response)"/;

function createChatReader(file: LogFile): RecordReader {
  const session = idOfFile(file);
  return {
    read: ({ text }) => {
      if (!MATTERS.test(text)) return [];
      const record = parseRecord(text, ChatRecord);
      return record ? read(record, record.sessionId ?? session) : [];
    },
    saveMemory: () => undefined,
  };
}

function read(record: ChatRecord, session: string): Signal[] {
  const event = record.systemPayload.uiEvent;
  switch (event['event.name']) {
    case 'qwen-code.api_error':
      return [readError(record, session)];
    case 'qwen-code.api_response':
      return [
        {
          kind: 'requestEnded',
          ...fieldsOf(record, session, 'ended'),
          ...omitUndefined({
            inputTokens: event.input_token_count,
            cacheReadTokens: event.cached_content_token_count,
            outputTokens: outputOf(event),
          }),
        },
      ];
    default:
      return [];
  }
}

/** Gemini's form has reasoning apart, the others in the output. */
function outputOf(event: z.infer<typeof UiEvent>): number | undefined {
  const { input_token_count: input = 0, output_token_count: output } = event;
  const { thoughts_token_count: thoughts = 0, total_token_count: total } = event;
  return output !== undefined && total === input + output + thoughts ? output + thoughts : output;
}

/**
 * The statuses that the SDK retries; the waits between its four attempts add up to at least 2.6 s.
 */
const isRetried = (status: number | undefined): boolean =>
  status === undefined || [408, 409, 429].includes(status) || status >= 500;
const ATTEMPTS = 4;
const WAITED_MS = 2600;

function readError(record: ChatRecord, session: string): Signal {
  const event = record.systemPayload.uiEvent;
  const { error_message, status_code, duration_ms = 0, response_id } = event;
  const parsed = unwrapError(error_message ?? '');
  const status = status_code ?? parsed.status;
  // In an error, `response_id` is the response's `x-request-id` (0.24.4).
  const ids = joinSupportIds(supportIds({ requests: [response_id] }), parsed.ids);
  const { failure, evidence } = failureFromText({ ...parsed, ...omitUndefined({ status, ids }) });
  const fields = fieldsOf(record, session, 'failed');
  const isSeveral = isRetried(status) && duration_ms >= WAITED_MS;
  return {
    kind: 'requestFailed',
    ...fields,
    ...failure,
    evidence: { ...evidence, ...fields.evidence },
    ...omitUndefined({
      attemptCount: isSeveral ? ATTEMPTS : undefined,
      isFinal: isRetried(status) ? undefined : true,
    }),
  };
}

function fieldsOf(record: ChatRecord, session: string, what: string) {
  const { uuid, version, systemPayload, cwd } = record;
  const event = systemPayload.uiEvent;
  const at = event['event.timestamp'];
  const prompt = event.prompt_id ?? session;
  // `<session>########<turn>`; for a sub-agent `<session>#<sub-agent>#<turn>`.
  const subagent = /^[^#]+#([^#]+)#\d{1,9}$/.exec(prompt)?.[1];
  return {
    at,
    agent: 'qwen-code' as const,
    session,
    // `openai` is only the protocol.
    evidence: event.auth_type === 'qwen-oauth' ? { otherProvider: 'Qwen' } : {},
    contentKey: ['qwen-code', what, session, uuid ?? `${at} ${event.response_id ?? ''}`].join(' '),
    ...omitUndefined({
      agentVersion: version,
      model: event.model,
      project: projectOf(cwd),
      subagent: subagent === undefined ? undefined : idOfName(subagent),
      isSideRequest: prompt.startsWith(session) ? undefined : true,
    }),
  };
}
