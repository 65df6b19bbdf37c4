import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { RecordReader } from './agent.ts';
import { unwrapError } from './errorText.ts';
import { FailureStatus, known, Name, parseRecord, Words } from './recordField.ts';
import { Ordinals, saidFailure } from './saidFailure.ts';
import type { Failure, Signal } from './signal.ts';

/** `embedded_run_agent_end`, `embedded_run_failover_decision`: an object in the field `1`. */
const Event = z.object({
  event: z.string(),
  runId: Name,
  isError: lenient(z.boolean()),
  decision: Name,
  model: Name,
  provider: Name,
  /** What the provider said, the status first; `error` is OpenClaw's own reading. */
  rawErrorPreview: Words,
  error: Words,
  httpCode: lenient(z.coerce.number()),
  providerErrorType: Name,
});
type Event = z.infer<typeof Event>;

const Line = z.object({
  time: Time,
  '1': lenient(z.unknown()),
  _meta: lenient(z.object({ date: Time })),
});

const Memory = z.object({
  /** The latest failure: the wait before its retry is told without the run. */
  run: Name,
  model: Name,
  /** Of the latest answer that was an error. */
  status: FailureStatus,
  told: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;

const MATTERS = /embedded_run_|\[model-fetch\] response|same-model retry/;
const ANSWERED = /^\[model-fetch\] response .{0,200}? status=([1-5]\d\d)\b/;
const RETRY =
  /^transient same-model retry \d{1,3}\/\d{1,3} for (\S{1,200}) .{0,100}?\bdelayMs=(\d{1,9})\b/;

/**
 * Reads a day's log: each attempt that failed once, by `embedded_run_agent_end`. Up to seven lines
 * repeat it (agents.md 3.1). It names runs, not sessions; requests that succeed are not logged.
 */
export function createOpenClawLogReader(saved?: string): RecordReader {
  let memory: Memory = parseRecord(saved ?? '', Memory) ?? {};
  const ordinals = new Ordinals(memory.told);
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

function readLine(at: number, said: unknown, memory: Memory, ordinals: Ordinals): ReadLine {
  if (typeof said === 'string') return readText(at, said, memory);
  const event = Event.safeParse(said).data;
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
  // Another run's, where several run.
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
  ordinals: Ordinals,
): Signal {
  const raw = unwrapError(event.rawErrorPreview ?? event.error ?? '');
  const { failure, evidence } = saidFailure({
    text: raw.text,
    ...known({
      status: FailureStatus.parse(raw.status ?? event.httpCode) ?? answered,
      errorType: raw.errorType ?? event.providerErrorType,
      ids: raw.ids,
    }),
  });
  return {
    kind: 'requestFailed',
    ...common(at, event.runId),
    ...failure,
    evidence: { ...known({ providerId: event.provider }), ...evidence },
    contentKey: `openclaw failed ${ordinals.next(String(at), event.runId ?? '')}`,
    ...known({ model: event.model }),
  };
}

/** What is known later of the failure before. */
function detail(at: number, run: string | undefined, more: Partial<Failure>): Signal {
  return {
    kind: 'requestEnded',
    ...common(at, run),
    evidence: {},
    contentKey: `openclaw detail ${run} ${at}`,
    failure: { text: '', ...more },
  };
}
