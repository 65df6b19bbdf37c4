import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, RecordReader } from './agent.ts';
import { unwrapError } from './errorText.ts';
import {
  Duration,
  FailureStatus,
  idOfName,
  known,
  Name,
  parseRecord,
  Tokens,
  Words,
} from './recordField.ts';
import { saidFailure } from './saidFailure.ts';
import type { RequestEnded, Signal } from './signal.ts';
import { supportIds } from './supportIds.ts';

const Usage = z.object({
  inputOther: Tokens,
  output: Tokens,
  inputCacheRead: Tokens,
  inputCacheCreation: Tokens,
});

/** The fields of all records that matter, each absent where it is another record's. */
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

/** The request that is open, or the one that failed last in the turn, if that is told, and when. */
const Memory = z.object({
  open: lenient(Open),
  toldFinal: lenient(z.object({ at: z.number(), open: lenient(Open) })),
});
type Memory = z.infer<typeof Memory>;

/** Types that matter stand at the beginning of their line; a prompt may be 100 KB long. */
const LONGEST_UNKNOWN = 16 * 1024;
const MATTERS = /^\{"type":"(?:llm\.|usage\.|turn\.|context\.append_loop_event")/;

/** Reads `agents/<agent>/wire.jsonl`: one thread, one request at a time (kimi.md 6.5). */
export function createWireReader(file: LogFile, memory?: string): RecordReader {
  const parts = file.relativePath.split('/');
  const thread: Thread = {
    session: idOfName(parts.at(-4)),
    agent: idOfName(parts.at(-2)),
    memory: parseRecord(memory ?? '', Memory) ?? {},
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

interface Thread {
  readonly session: string;
  readonly agent: string;
  memory: Memory;
}

const READERS = new Map<string, (record: WireRecord, thread: Thread) => Signal[]>([
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
  return [{ kind: 'requestStarted', ...fields, ...known({ maxTokens }) }];
}

/**
 * `step.end` waits for the step's tools, so the usage before it is the end (agents.md 7.1). After a
 * failed step a record follows that tells more.
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
    ...known({
      inputTokens: input.length > 0 ? input.reduce((sum, n) => sum + n, 0) : undefined,
      outputTokens: usage?.output,
    }),
  };
  thread.memory = { ...thread.memory, open: undefined };
  return [ended];
}

/** A retry that waits, or the end of the attempts. */
function readFailedStep(record: WireRecord, thread: Thread): Signal[] {
  const isFinal = record.type === 'turn.step.interrupted';
  if (isFinal && record.reason !== 'error') return endOpen(record, thread);
  const ended = endFailed(record, thread, record.errorMessage ?? record.message ?? '', isFinal);
  thread.memory = isFinal ? { toldFinal: { at: record.time, open: thread.memory.open } } : {};
  return [ended];
}

/**
 * Before `turn.step.interrupted` was written, this was the record of a final failure. After it, it
 * tells of the same, under the same key, and alone knows the request's id.
 */
function readTurnEnd(record: WireRecord, thread: Thread): Signal[] {
  const { message, details } = record.error ?? {};
  const { toldFinal } = thread.memory;
  if (toldFinal) thread.memory = { open: toldFinal.open };
  const isFailed = record.reason === 'failed' && message !== undefined;
  const same = { ...record, time: toldFinal?.at ?? record.time, statusCode: details?.statusCode };
  const ended = isFailed
    ? [endFailed(same, thread, message, true)]
    : toldFinal
      ? []
      : endOpen(record, thread);
  thread.memory = {};
  return ended;
}

/** The log counts the failure; this knows the sub-agent, the wait and whether it was the last. */
function endFailed(
  record: WireRecord,
  thread: Thread,
  words: string,
  isFinal: boolean,
): RequestEnded {
  const { requestId, traceId } = record.error?.details ?? {};
  const ids = supportIds({ requests: [requestId, traceId] });
  const { failure, evidence } = saidFailure({
    ...unwrapError(words),
    ...known({ status: record.statusCode, ids }),
  });
  const fields = fieldsOf(record, thread, 'ended');
  const wait = isFinal || !record.delayMs ? undefined : Math.round(record.delayMs);
  return {
    kind: 'requestEnded',
    ...fields,
    evidence: { ...fields.evidence, ...evidence },
    failure: {
      ...failure,
      ...known({
        retryAfterMs: wait,
        isFinal: isFinal ? true : undefined,
      }),
    },
  };
}

function fieldsOf(
  record: Omit<WireRecord, 'event'>,
  { session, agent, memory }: Thread,
  what: string,
) {
  const name = record.agentId ?? agent;
  const model = memory.open?.model ?? record.modelAlias ?? record.model;
  const request = memory.open?.request;
  return {
    at: record.time,
    agent: 'kimi-code' as const,
    session,
    evidence: known({ providerId: model }),
    contentKey: ['kimi-code', what, session, name, record.time, request ?? ''].join(' '),
    ...known({
      model,
      request,
      subagent: name === 'main' ? undefined : name,
      isSideRequest: memory.open?.isSide ? true : undefined,
    }),
  };
}
