import type { Failure, RequestFailed, Signal } from '../agents/signal.ts';
import { SAMPLE_PARALLEL_LIMIT, SAMPLE_SPENT } from './sampleUsage.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A burst comes so often while the sample lasts, and goes on for the first five minutes of it. */
export const BURST_EVERY_MS = 10 * MINUTE_MS;
/** When the sample begins, the burst has been going on for so long. */
export const BURST_LEAD_MS = 130 * SECOND_MS;

/** A thread of an agent: it has one request at a time. */
type Thread = Pick<Signal, 'agent' | 'session' | 'subagent' | 'model' | 'evidence'>;

const kimiCode = (session: string, subagent?: string): Thread => ({
  agent: 'kimi-code',
  session: `sample-${session}`,
  model: 'kimi-for-coding',
  evidence: { providerId: 'kimi-code', host: 'api.kimi.com' },
  ...(subagent === undefined ? {} : { subagent }),
});

/** As many as the plan allows at once: three sessions, one of them with seven sub-agents. */
const BUSY_THREADS: readonly Thread[] = [
  kimiCode('a'),
  ...Array.from({ length: SAMPLE_PARALLEL_LIMIT - 3 }, (_, i) => kimiCode('a', `task-${i + 1}`)),
  kimiCode('b'),
  kimiCode('c'),
];
/** The two that come too late, and when each attempt of theirs is refused, in seconds. */
const LATE = [
  { thread: kimiCode('d'), refusedAt: [88.3, 89.6, 92, 96.5, ...every(14, 110, 390)] },
  { thread: kimiCode('a', 'task-8'), refusedAt: [90.5, 94, 98, ...every(17, 115.5, 390)] },
];
const TOO_MANY: Failure = {
  status: 429,
  errorType: 'rate_limit_reached_error',
  text: "We're receiving too many requests at the moment. Please wait a moment and try again.",
};

function every(stepSeconds: number, from: number, to: number): number[] {
  const count = Math.ceil((to - from) / stepSeconds);
  return Array.from({ length: count }, (_, i) => from + i * stepSeconds);
}

/** One burst of Kimi Code from its first request at `at` to its last answer, in order. Pure. */
export function burstSignals(at: number): Signal[] {
  const second = (seconds: number): number => at + Math.round(seconds * SECOND_MS);
  const busy = BUSY_THREADS.flatMap((thread, i) =>
    turns(thread, {
      from: second(6 * i),
      to: second(395 + i),
      everyMs: (19 + 1.7 * i) * SECOND_MS,
    }),
  );
  const late = LATE.flatMap(({ thread, refusedAt }, i) => [
    ...refusedAt.flatMap(seconds => [
      started(thread, second(seconds - 0.3)),
      refused(thread, second(seconds), TOO_MANY),
    ]),
    started(thread, second(398 + i)),
    answered(thread, second(410 + 5 * i)),
  ]);
  return [...busy, ...late].sort((a, b) => a.at - b.at);
}

/** One request after the other, without a pause. */
function turns(
  thread: Thread,
  { from, to, everyMs }: { readonly from: number; readonly to: number; readonly everyMs: number },
): Signal[] {
  const signals: Signal[] = [];
  for (let at = from; at < to; at += everyMs) {
    const end = Math.round(Math.min(at + everyMs, to));
    signals.push(started(thread, Math.round(at)), answered(thread, end - 1));
  }
  return signals;
}

/** What went wrong in the days before: one of each kind that people meet. Oldest first. Pure. */
export function earlierSignals(begunAt: number): Signal[] {
  return [
    ...spentWindow(begunAt - SAMPLE_SPENT.fromMs),
    ...wrongKey(begunAt - 27.6 * HOUR_MS),
    ...overload(begunAt - 5.1 * HOUR_MS),
  ];
}

function spentWindow(at: number): Signal[] {
  const thread: Thread = {
    agent: 'claude-code',
    session: 'sample-e',
    model: 'kimi-for-coding',
    evidence: { configuredHost: 'api.kimi.com', hasKimiWords: true, product: 'kimi-code' },
  };
  const failure: Failure = {
    status: 403,
    text: "You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.",
  };
  return [
    refused(thread, at, failure),
    refused(thread, at + 40_000, { ...failure, isFinal: true }),
  ];
}

function wrongKey(at: number): Signal[] {
  const thread: Thread = {
    agent: 'cline',
    session: 'sample-f',
    evidence: { host: 'api.moonshot.cn' },
  };
  const text = 'Invalid Authentication';
  return [refused(thread, at, { status: 401, text, isFinal: true })];
}

function overload(at: number): Signal[] {
  const thread: Thread = {
    agent: 'opencode',
    session: 'sample-g',
    model: 'k3',
    evidence: { providerId: 'kimi-for-coding', host: 'api.kimi.com' },
  };
  const text = 'The engine is currently overloaded, please try again later';
  const failure: Failure = { status: 429, errorType: 'engine_overloaded_error', text };
  return [
    ...[0, 2, 6, 14].map(seconds => refused(thread, at + seconds * SECOND_MS, failure)),
    answered(thread, at + 37 * SECOND_MS),
  ];
}

const keyOf = ({ session, subagent = '' }: Thread, kind: string, at: number): string =>
  `${session} ${subagent} ${kind} ${at}`;

function started(thread: Thread, at: number): Signal {
  return { kind: 'requestStarted', at, ...thread, contentKey: keyOf(thread, 'start', at) };
}

function answered(thread: Thread, at: number): Signal {
  const tokens = { inputTokens: 21_400, outputTokens: 830 };
  return { kind: 'requestEnded', at, ...thread, ...tokens, contentKey: keyOf(thread, 'end', at) };
}

function refused(thread: Thread, at: number, failure: Failure): RequestFailed {
  return {
    kind: 'requestFailed',
    at,
    ...thread,
    ...failure,
    contentKey: keyOf(thread, 'failure', at),
  };
}
