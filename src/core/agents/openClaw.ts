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
import { unwrapError } from './agentError.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { FailureStatus, idOfFile, Name, parseRecord, Words } from './recordFields.ts';
import type { Failure, Signal } from './signal.ts';
import { TranscriptEntry, transcriptEnd, transcriptFailure } from './transcriptEntry.ts';

/** A row of `transcript_events`: the same record, and its session. */
const Row = z.object({ session_id: z.string(), event_json: z.string() });

/**
 * Reads a session's transcript, or the database of all sessions: failures as a fallback where there
 * is no log, and the tokens of responses. Messages that the gateway generates have no usage.
 */
function createTranscriptReader(file: LogFile): RecordReader {
  const name = idOfFile(file);
  return {
    read: ({ text }) => {
      if (!text.includes('assistant')) return [];
      const row = file.format === 'event' ? parseRecord(text, Row) : undefined;
      const entry = parseRecord(row?.event_json ?? text, TranscriptEntry);
      return entry ? read(entry, row?.session_id ?? name) : [];
    },
    saveMemory: () => undefined,
  };
}

function read({ id, timestamp: at, message }: TranscriptEntry, session: string): Signal[] {
  const { provider, model, stopReason, errorMessage, usage } = message;
  const fields = {
    at,
    agent: 'openclaw' as const,
    session,
    isThreadUnknown: true,
    evidence: omitUndefined({ providerId: provider }),
    contentKey: `openclaw message ${session} ${id ?? at}`,
    ...omitUndefined({ model }),
  };
  if (stopReason === 'error' && errorMessage !== undefined)
    return [{ ...transcriptFailure(fields, message), isFallback: true }];
  return usage ? [transcriptEnd(fields, message)] : [];
}

/** `embedded_run_agent_end`, `embedded_run_failover_decision`: an object in the field `1`. */
const Event = z.object({
  event: z.string(),
  runId: Name,
  isError: lenient(z.boolean()),
  decision: Name,
  failoverReason: Name,
  model: Name,
  provider: Name,
  /** The provider's message, with the status first; `error` is OpenClaw's interpretation. */
  rawErrorPreview: Words,
  error: Words,
  httpCode: lenient(z.coerce.number()),
  providerErrorType: Name,
});
type Event = z.infer<typeof Event>;

/** Reasons for which OpenClaw does not retry. It writes no further line for them. */
const FINAL_REASONS: readonly string[] = [
  'auth',
  'auth_permanent',
  'billing',
  'context_overflow',
  'format',
  'model_not_found',
];

const Line = z.object({
  time: Time,
  '1': lenient(z.unknown()),
  _meta: lenient(z.object({ date: Time })),
});

const Memory = z.object({
  /** The latest failure: the wait before its retry is logged without the run. */
  run: Name,
  model: Name,
  /** Of the latest error response. */
  status: FailureStatus,
  /** Memory of the `EventCounter`; version 1.0.0 stores it under this name. */
  told: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;

const MATTERS = /embedded_run_|\[model-fetch\] response|same-model retry/;
const ANSWERED = /^\[model-fetch\] response .{0,200}? status=([1-5]\d\d)\b/;
const RETRY =
  /^transient same-model retry \d{1,3}\/\d{1,3} for (\S{1,200}) .{0,100}?\bdelayMs=(\d{1,9})\b/;

/**
 * Reads a day's log: each failed attempt once, by `embedded_run_agent_end`. Up to seven lines
 * repeat it (docs/agents.md 3.1). It names runs, not sessions; successful requests are not logged.
 */
function createOpenClawLogReader(saved?: string): RecordReader {
  let memory: Memory = parseRecord(saved ?? '', Memory) ?? {};
  const ordinals = new EventCounter(memory.told);
  return {
    read: ({ text }) => {
      const line = MATTERS.test(text) ? parseRecord(text, Line) : undefined;
      if (!line) return [];
      const read = readLine(line.time, line['1'], memory, ordinals);
      memory = read.memory;
      return read.signals;
    },
    saveMemory: () => JSON.stringify({ ...memory, told: ordinals.memory }),
  };
}

interface ReadLine {
  readonly memory: Memory;
  readonly signals: Signal[];
}

function readLine(at: number, content: unknown, memory: Memory, ordinals: EventCounter): ReadLine {
  if (typeof content === 'string') return readText(at, content, memory);
  const event = Event.safeParse(content).data;
  if (event?.event === 'embedded_run_agent_end' && event.isError) {
    const next = { ...memory, run: event.runId, model: event.model, status: undefined };
    return { memory: next, signals: [failed(at, event, memory.status, ordinals)] };
  }
  const isLast =
    event?.event === 'embedded_run_failover_decision' && event.decision === 'surface_error';
  return { memory, signals: isLast ? [detail(at, event.runId, { isFinal: true })] : [] };
}

function readText(at: number, text: string, memory: Memory): ReadLine {
  const status = ANSWERED.exec(text)?.[1];
  if (status) return { memory: { ...memory, status: FailureStatus.parse(+status) }, signals: [] };
  const [, model, delayMs] = RETRY.exec(text) ?? [];
  // May belong to another run, where several run.
  const isOther = !memory.run || !model?.endsWith(memory.model ?? '');
  if (delayMs === undefined || isOther) return { memory, signals: [] };
  return { memory, signals: [detail(at, memory.run, { retryAfterMs: Number(delayMs) })] };
}

const common = (at: number, run: string | undefined) => ({
  at,
  agent: 'openclaw' as const,
  session: run ?? 'unknown',
  isSessionUnknown: true,
  isThreadUnknown: true,
});

function failed(
  at: number,
  event: Event,
  answered: number | undefined,
  ordinals: EventCounter,
): Signal {
  const raw = unwrapError(event.rawErrorPreview ?? event.error ?? '');
  const { failure, evidence } = failureFromText({
    text: raw.text,
    ...omitUndefined({
      status: FailureStatus.parse(raw.status ?? event.httpCode) ?? answered,
      errorType: raw.errorType ?? event.providerErrorType,
      ids: raw.ids,
    }),
  });
  return {
    kind: 'requestFailed',
    ...common(at, event.runId),
    ...failure,
    evidence: { ...omitUndefined({ providerId: event.provider }), ...evidence },
    contentKey: `openclaw failed ${ordinals.next(String(at), event.runId ?? '')}`,
    ...omitUndefined({
      model: event.model,
      isFinal: FINAL_REASONS.includes(event.failoverReason ?? '') ? true : undefined,
    }),
  };
}

/** Facts about the previous failure from later lines. */
function detail(at: number, run: string | undefined, more: Partial<Failure>): Signal {
  return {
    kind: 'requestEnded',
    ...common(at, run),
    evidence: {},
    contentKey: `openclaw detail ${run} ${at}`,
    failure: { text: '', ...more },
  };
}

/**
 * OpenClaw, seen in 2026.9.6 (docs/agents.md 7.9). The log in the temporary folder counts failures
 * and lasts a day; transcripts repeat them and exist when the log is missing or elsewhere: JSON
 * lines until 2026.7.1, then a database for each agent.
 */
export const openClaw: Agent = {
  id: 'openclaw',
  name: 'OpenClaw',
  sources: surroundings => [
    ...logFolders(surroundings).map((root): LogSource => ({
      root,
      files: /^openclaw[\w.-]*\.log(?:\.\d{1,3})?$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    })),
    ...stateFolders(surroundings).flatMap(state => transcriptsBelow(surroundings, state)),
  ],
  // `embedded_run_agent_end` and related lines; `"stopReason":"error"` of a transcript.
  failureAnchors: ['_run_', '-model retry ', 'stopReason":"error'],
  tokenAnchors: ['"usage":{'],
  createReader: (file, memory) =>
    file.format === 'log' ? createOpenClawLogReader(memory) : createTranscriptReader(file),
};

/** Where `/tmp/openclaw` belongs to another user, the user's folder has the user id in its name. */
function logFolders(surroundings: Surroundings): string[] {
  const { tmp, platform, uid } = surroundings;
  const own = uid === undefined ? [] : [pathBelow(surroundings, tmp, `openclaw-${uid}`)];
  // Without a user: another home folder, with its own temporary folder.
  const preferred = platform === 'win32' || uid === undefined ? [] : ['/tmp/openclaw'];
  return [...new Set([pathBelow(surroundings, tmp, 'openclaw'), ...preferred, ...own])];
}

/** Older names of the program: Clawdbot and Moltbot. */
function stateFolders(surroundings: Surroundings): string[] {
  return [
    ...new Set([
      agentFolder(surroundings, 'OPENCLAW_STATE_DIR', '.openclaw'),
      agentFolder(surroundings, 'MOLTBOT_STATE_DIR', '.moltbot'),
      agentFolder(surroundings, 'CLAWDBOT_STATE_DIR', '.clawdbot'),
    ]),
  ];
}

function transcriptsBelow(surroundings: Surroundings, state: string): LogSource[] {
  const root = pathBelow(surroundings, state, 'agents');
  return [
    {
      root,
      // `<agent>/sessions/<session>.jsonl`; `.trajectory.jsonl` has another format.
      files: /^[^/]+\/sessions\/[^/.]+\.jsonl$/,
      depth: 2,
      growth: 'append',
      format: 'transcript',
    },
    {
      root,
      files: /^[^/]+\/agent\/openclaw-agent\.sqlite$/,
      depth: 2,
      growth: 'database',
      format: 'event',
      tables: [
        {
          name: 'transcript_events',
          columns: ['session_id', 'event_json', 'created_at'],
          // Archived rows have no JSON.
          where: `length(event_json) <= 1000000 AND instr(event_json, '"assistant"') > 0`,
        },
      ],
    },
  ];
}
