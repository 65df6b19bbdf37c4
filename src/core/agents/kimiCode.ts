import { redact } from '../base/redact.ts';
import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogRecord,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from './agent.ts';
import { unwrapError } from './agentError.ts';
import { failureFromText } from './failureFromText.ts';
import {
  Duration,
  FailureStatus,
  idOfName,
  Name,
  parseLogfmt,
  parseRecord,
  projectOf,
  Tokens,
  Words,
} from './recordFields.ts';
import type { RequestEnded, RequestFailed, Signal } from './signal.ts';
import { supportIds } from './supportIds.ts';

const Usage = z.object({
  inputOther: Tokens,
  output: Tokens,
  inputCacheRead: Tokens,
  inputCacheCreation: Tokens,
});

/** Kimi Work makes titles in sessions of their own. */
const isTitleSession = (session: string): boolean => session.startsWith('ctitle-');

/** The fields of all relevant records; each is absent in records of other types. */
const WireRecord = z.object({
  type: z.string(),
  time: Time,
  agentId: Name,
  kind: Name,
  model: Name,
  modelAlias: Name,
  turnStep: Name,
  maxTokens: Tokens,
  attempt: lenient(z.union([z.string().check(z.maxLength(20)), z.number()])),
  usage: lenient(Usage),
  event: lenient(z.object({ type: z.string(), finishReason: Name, usage: lenient(Usage) })),
  reason: Name,
  message: Words,
  errorMessage: Words,
  statusCode: FailureStatus,
  delayMs: Duration,
  error: lenient(
    z.object({
      message: Words,
      details: lenient(z.object({ statusCode: FailureStatus, requestId: Name, traceId: Name })),
    }),
  ),
});
type WireRecord = z.infer<typeof WireRecord>;

const Open = z.object({ request: z.string(), model: Name, isSide: z.boolean() });

/** The open request, or the reported final failure of the turn. */
const WireMemory = z.object({
  open: lenient(Open),
  toldFinal: lenient(z.object({ at: z.number(), open: lenient(Open) })),
});
type WireMemory = z.infer<typeof WireMemory>;

/** Relevant types are at the beginning of their line; a prompt may be 100 KB long. */
const LONGEST_UNKNOWN = 16 * 1024;
const MATTERS = /^\{"type":"(?:llm\.|usage\.|turn\.|context\.append_loop_event")/;

/** Reads `agents/<agent>/wire.jsonl`: one thread, one request at a time (docs/kimi.md 6.5). */
function createWireReader(file: LogFile, memory?: string): RecordReader {
  const parts = file.relativePath.split('/');
  const thread: Thread = {
    session: idOfName(parts.at(-4)),
    agent: idOfName(parts.at(-2)),
    project: projectOf(WORK_FOLDER.exec(parts.at(-5) ?? '')?.[1]),
    memory: parseRecord(memory ?? '', WireMemory) ?? {},
  };
  return {
    read: ({ text }) => {
      if (text.length > LONGEST_UNKNOWN && !MATTERS.test(text)) return [];
      const record = parseRecord(text, WireRecord);
      return record ? (READERS.get(record.type)?.(record, thread) ?? []) : [];
    },
    saveMemory: () => JSON.stringify(thread.memory),
  };
}

/** A session's folder is in a folder that is named after the working folder. */
const WORK_FOLDER = /^wd_(.+)_[0-9a-f]{12}$/;

interface Thread {
  readonly session: string;
  readonly project: string | undefined;
  readonly agent: string;
  memory: WireMemory;
}

const READERS: ReadonlyMap<string, (record: WireRecord, thread: Thread) => Signal[]> = new Map([
  ['llm.request', readStart],
  ['usage.record', (record, thread) => endOpen(record, thread, record.usage)],
  ['context.append_loop_event', readLoopEvent],
  ['turn.step.retrying', readFailedStep],
  ['turn.step.interrupted', readFailedStep],
  ['turn.ended', readTurnEnd],
]);

function readStart(record: WireRecord, thread: Thread): Signal[] {
  const isSide = record.kind !== undefined && record.kind !== 'loop';
  const step = record.turnStep ?? `${record.kind ?? 'request'}@${record.time}`;
  const request = record.attempt === undefined ? step : `${step} ${record.attempt}`;
  const model = record.modelAlias ?? record.model;
  thread.memory = { open: { request, model, isSide } };
  const { maxTokens } = record;
  const fields = fieldsOf(record, thread, 'started');
  return [{ kind: 'requestStarted', ...fields, ...omitUndefined({ maxTokens }) }];
}

/**
 * `step.end` waits for the step's tools, so the usage before it is the end (docs/agents.md 7.1).
 * After a failed step a record with more facts follows.
 */
function readLoopEvent({ event, ...record }: WireRecord, thread: Thread): Signal[] {
  const isEnd = event?.type === 'step.end' && event.finishReason !== 'error';
  return isEnd ? endOpen(record, thread, event.usage) : [];
}

function endOpen(
  record: Omit<WireRecord, 'event'>,
  thread: Thread,
  usage?: z.infer<typeof Usage>,
): Signal[] {
  if (!thread.memory.open) return [];
  const { inputOther, inputCacheRead, inputCacheCreation } = usage ?? {};
  const input = [inputOther, inputCacheRead, inputCacheCreation].filter(n => n !== undefined);
  const ended: RequestEnded = {
    kind: 'requestEnded',
    ...fieldsOf(record, thread, 'ended'),
    ...omitUndefined({
      inputTokens: input.length > 0 ? input.reduce((sum, n) => sum + n, 0) : undefined,
      cacheReadTokens: inputCacheRead,
      cacheWriteTokens: inputCacheCreation,
      outputTokens: usage?.output,
    }),
  };
  thread.memory = { ...thread.memory, open: undefined };
  return [ended];
}

/** A retry with a wait, or the end of the attempts, whose line the log may lack. */
function readFailedStep(record: WireRecord, thread: Thread): Signal[] {
  const isFinal = record.type === 'turn.step.interrupted';
  if (isFinal && record.reason !== 'error') return endOpen(record, thread);
  const words = record.errorMessage ?? record.message ?? '';
  const signal = isFinal ? finalFailure(record, thread, words) : endFailed(record, thread, words);
  thread.memory = isFinal ? { toldFinal: { at: record.time, open: thread.memory.open } } : {};
  return [signal];
}

/**
 * In versions without `turn.step.interrupted`, the record of a final failure. After that record, a
 * detail of the same failure, and the only one with the request id.
 */
function readTurnEnd(record: WireRecord, thread: Thread): Signal[] {
  const { message, details } = record.error ?? {};
  const { toldFinal } = thread.memory;
  if (toldFinal) thread.memory = { open: toldFinal.open };
  const isFailed = record.reason === 'failed' && message !== undefined;
  const same = { ...record, time: toldFinal?.at ?? record.time, statusCode: details?.statusCode };
  const signals = !isFailed
    ? toldFinal
      ? []
      : endOpen(record, thread)
    : [toldFinal ? endFailed(same, thread, message) : finalFailure(same, thread, message)];
  thread.memory = {};
  return signals;
}

/** The last attempt: the log counts it, unless the process ended before its line was written. */
function finalFailure(record: WireRecord, thread: Thread, words: string): RequestFailed {
  const { failure, ...fields } = failedFields(record, thread, words);
  return { kind: 'requestFailed', ...fields, ...failure, isFinal: true, isFallback: true };
}

/** The log counts the failure; this adds the sub-agent and the wait, or the request id. */
function endFailed(record: WireRecord, thread: Thread, words: string): RequestEnded {
  const { failure, ...fields } = failedFields(record, thread, words);
  const wait = record.delayMs ? Math.round(record.delayMs) : undefined;
  return {
    kind: 'requestEnded',
    ...fields,
    failure: { ...failure, ...omitUndefined({ retryAfterMs: wait }) },
  };
}

function failedFields(record: WireRecord, thread: Thread, words: string) {
  const { requestId, traceId } = record.error?.details ?? {};
  const ids = supportIds({ requests: [requestId, traceId] });
  const { failure, evidence } = failureFromText({
    ...unwrapError(words),
    ...omitUndefined({ status: record.statusCode, ids }),
  });
  const fields = fieldsOf(record, thread, 'ended');
  return { ...fields, evidence: { ...fields.evidence, ...evidence }, failure };
}

function fieldsOf(
  record: Omit<WireRecord, 'event'>,
  { session, agent, memory, project }: Thread,
  what: string,
) {
  const name = record.agentId ?? agent;
  const model = memory.open?.model ?? record.modelAlias ?? record.model;
  const request = memory.open?.request;
  return {
    at: record.time,
    agent: 'kimi-code' as const,
    session,
    evidence: omitUndefined({ providerId: model }),
    contentKey: ['kimi-code', what, session, name, record.time, request ?? ''].join(' '),
    ...omitUndefined({
      model,
      request,
      project,
      subagent: name === 'main' ? undefined : name,
      isSideRequest: memory.open?.isSide || isTitleSession(session) ? true : undefined,
    }),
  };
}

/** One line of the log: `<time> <LEVEL> <message>  key=value key="quoted value"`. */
interface KimiLogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly message: string;
  readonly fields: ReadonlyMap<string, string>;
}

const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)\s{1,3}[A-Za-z]{3,7}\s{1,3}/;
/** `errorMessage` has at most 2,048 characters and an entry 4,096 bytes (docs/kimi.md 6.4). */
const LONGEST_LINE = 16 * 1024;

/** Parses a line as Kimi Code's own formatter writes it. Stack lines are none. */
function parseKimiLogLine(text: string): KimiLogLine | undefined {
  const line = text.slice(0, LONGEST_LINE);
  const head = HEAD.exec(line);
  const at = Time.safeParse(head?.[1]).data;
  if (!head || at === undefined) return undefined;
  const rest = line.slice(head[0].length);
  const end = rest.indexOf('  ');
  const message = end < 0 ? rest : rest.slice(0, end);
  return { at, message, fields: parseLogfmt(end < 0 ? '' : rest.slice(end)) };
}

/** The number of identical lines in one millisecond. Sub-agents share the log, without ids. */
const LogMemory = z.object({ at: z.number(), seen: z.record(z.string(), z.number()) });
type LogMemory = z.infer<typeof LogMemory>;

/** Reads a session's `kimi-code.log` or a rotated one: each failure once. */
function createKimiLogReader(file: LogFile, memory?: string): RecordReader {
  const session = idOfName(file.relativePath.split('/').at(-3));
  let latest: LogMemory = parseRecord(memory ?? '', LogMemory) ?? { at: 0, seen: {} };
  return {
    read: ({ text }: LogRecord) => {
      const line = parseKimiLogLine(text);
      if (!line || !isFailedRequest(line)) return [];
      if (line.at !== latest.at) latest = { at: line.at, seen: {} };
      const step = line.fields.get('turnStep') ?? line.fields.get('requestKind') ?? '';
      const place = `#${redact(step).slice(0, 40)}`;
      const ordinal = (latest.seen[place] ?? 0) + 1;
      latest.seen[place] = ordinal;
      const contentKey = ['kimi-code failed', session, line.at, place, ordinal].join(' ');
      return [failureOf(line, session, contentKey)];
    },
    saveMemory: () => (latest.at ? JSON.stringify(latest) : undefined),
  };
}

/**
 * Uses the fields: the sentence depends on settings, such as `llm request failed; retrying
 * indefinitely (KIMI_CODE_INFINITE_RETRY)`, and a tool's line has neither model nor status.
 */
const isFailedRequest = ({ fields }: KimiLogLine): boolean =>
  fields.has('errorMessage') && (fields.has('model') || fields.has('statusCode'));

function failureOf(line: KimiLogLine, session: string, contentKey: string): RequestFailed {
  const { at, fields } = line;
  const unwrapped = unwrapError(fields.get('errorMessage') ?? '');
  const status = FailureStatus.parse(Number(fields.get('statusCode')));
  const { failure, evidence } = failureFromText({ ...unwrapped, ...omitUndefined({ status }) });
  const model = Name.parse(fields.get('model'));
  const agent = Name.parse(fields.get('agentId'));
  // The older engine writes one line after its last attempt, with `attempt=3/3` (docs/kimi.md 6.4).
  const attempts = /^(\d{1,2})\/\d{1,2}$/.exec(fields.get('attempt') ?? '')?.[1];
  return {
    kind: 'requestFailed',
    at,
    agent: 'kimi-code',
    session,
    ...failure,
    contentKey,
    evidence: { ...omitUndefined({ providerId: model }), ...evidence },
    ...omitUndefined({
      model,
      subagent: agent === 'main' ? undefined : agent,
      isThreadUnknown: agent === undefined ? true : undefined,
      isSideRequest: fields.has('requestKind') || isTitleSession(session) ? true : undefined,
      attemptCount: attempts && Number(attempts) > 1 ? Number(attempts) : undefined,
      isFinal: attempts ? true : undefined,
    }),
  };
}

/**
 * Kimi Code CLI (TypeScript), seen in 2.1.0 (docs/agents.md 7.1), known back to 0.38 (docs/kimi.md
 * 6.4, 6.5); the official VS Code extension and Kimi Work write the same tree. The session log counts failures:
 * it has one line each, including compactions, in every version, but can lose the last one with
 * `-p`. The wire has starts, ends and tokens, the sub-agent and the wait of a failure, and the last
 * failure of a turn.
 */
export const kimiCode: Agent = {
  id: 'kimi-code',
  name: 'Kimi Code',
  sources: surroundings => {
    const homes = [
      agentFolder(surroundings, 'KIMI_CODE_HOME', '.kimi-code'),
      kimiWorkHome(surroundings),
    ];
    return [...new Set(homes)].flatMap(home =>
      sessionsIn(pathBelow(surroundings, home, 'sessions')),
    );
  },
  // `errorMessage=` of a log line; the wire's details.
  failureAnchors: ['Message=', 'Attempt":', '.interrupted"', '"reason":"failed"'],
  // Tokens are those of the request before them; older versions have them in `step.end`.
  tokenAnchors: ['"usage.record"', '"llm.request"', '"step.end"'],
  createReader: (file, memory) =>
    file.format === 'wire' ? createWireReader(file, memory) : createKimiLogReader(file, memory),
};

/**
 * The home of the Kimi Code that Kimi Work, Moonshot's desktop app, runs inside itself
 * (docs/agents.md 7.19, second-hand).
 */
export function kimiWorkHome(here: Surroundings): string {
  const data =
    here.platform === 'darwin'
      ? pathBelow(here, here.home, 'Library', 'Application Support')
      : here.platform === 'win32'
        ? agentFolder(here, 'APPDATA', 'AppData\\Roaming')
        : agentFolder(here, 'XDG_CONFIG_HOME', '.config');
  const app = ['kimi-desktop', 'daimon-share', 'daimon', 'runtime', 'kimi-code', 'home'];
  return pathBelow(here, data, ...app);
}

const sessionsIn = (root: string): LogSource[] => [
  // `sessions/wd_<folder>/<session>/`; 0.38 names the session without `session_`.
  {
    root,
    files: /^[^/]+\/[^/]+\/logs\/kimi-code\.log(?:\.\d{1,3})?$/,
    depth: 3,
    growth: 'append',
    format: 'log',
  },
  {
    root,
    files: /^[^/]+\/[^/]+\/agents\/[^/]+\/wire\.jsonl$/,
    depth: 4,
    growth: 'append',
    format: 'wire',
  },
];
