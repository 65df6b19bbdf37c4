import type { Failure, RequestFailed, Signal } from '../agents/signal.ts';
import type { QuotaWindow, Snapshot } from '../quota/snapshot.ts';
import { SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS } from '../base/time.ts';

/** The host of the sample account; nothing is ever sent there. */
export const SAMPLE_ORIGIN = 'https://kimi.example';
/** Parallel limit of its plan. */
const SAMPLE_PARALLEL_LIMIT = 10;
/** How long before the sample starts its 5-hour quota was used up once. */
export const SAMPLE_SPENT = { fromMs: 98.2 * HOUR_MS, resetsMs: 97.2 * HOUR_MS } as const;

/** A quota window whose current period started `begunMs` before the sample. */
interface SampleWindow {
  readonly id: string;
  readonly spanMs: number;
  readonly begunMs: number;
  /** Percent that one hour of normal work uses. */
  readonly percentPerHour: number;
}

const WINDOWS: readonly SampleWindow[] = [
  { id: '5h', spanMs: 5 * HOUR_MS, begunMs: 2.2 * HOUR_MS, percentPerHour: 7 },
  { id: 'week', spanMs: 7 * DAY_MS, begunMs: 4.1 * DAY_MS, percentPerHour: 1.25 },
  { id: 'month', spanMs: 30 * DAY_MS, begunMs: 17.4 * DAY_MS, percentPerHour: 0.34 },
];

/** Working hours of one day, as hours before the same time of the next day; now is during work. */
const BOUTS: readonly (readonly [from: number, to: number])[] = [
  [0, 1.9],
  [3.2, 5.6],
  [6.4, 8.3],
];
/** Days before now without work. */
const FREE_DAYS: ReadonlySet<number> = new Set([2, 3, 9, 10, 16, 17, 23, 24]);
/** One day with many agents in parallel. */
const BUSY = { fromMs: 100.5 * HOUR_MS, toMs: SAMPLE_SPENT.fromMs, load: 5.5 } as const;

/** Snapshots are denser in the last two days, as in the archive. */
const NEAR = { spanMs: 2 * DAY_MS, everyMs: 10 * 60_000 } as const;
const FAR = { spanMs: 30 * DAY_MS, everyMs: HOUR_MS } as const;
/** Age of the last snapshot when the sample starts. */
const NEWEST_MS = 100_000;

/** Hours of normal work between two times, both in milliseconds before `begunAt`. */
export function workedHours(fromMs: number, toMs: number): number {
  let hours = 0;
  for (let day = Math.floor(toMs / DAY_MS); day <= fromMs / DAY_MS; day++) {
    if (FREE_DAYS.has(day)) continue;
    for (const [from, to] of BOUTS)
      hours += overlap(fromMs, toMs, day * DAY_MS + to * HOUR_MS, day * DAY_MS + from * HOUR_MS);
  }
  // Work continues after the sample starts.
  hours += overlap(fromMs, toMs, 0, -DAY_MS);
  return hours + BUSY.load * overlap(fromMs, toMs, BUSY.fromMs, BUSY.toMs);
}

/** In hours; all four count backwards. */
const overlap = (from: number, to: number, otherFrom: number, otherTo: number): number =>
  Math.max(0, Math.min(from, otherFrom) - Math.max(to, otherTo)) / HOUR_MS;

/** The snapshot at `at` of a sample that started at `begunAt`. Pure. */
export function sampleSnapshot(at: number, begunAt: number): Snapshot {
  return {
    kind: 'snapshot',
    at,
    origin: SAMPLE_ORIGIN,
    clockSkewMs: 0,
    windows: WINDOWS.map(window => windowAt(window, at, begunAt)),
    parallelLimit: SAMPLE_PARALLEL_LIMIT,
    plan: 'Moderato',
  };
}

function windowAt(window: SampleWindow, at: number, begunAt: number): QuotaWindow {
  const { id, spanMs, begunMs, percentPerHour } = window;
  const first = begunAt - begunMs;
  const begins = first + Math.floor((at - first) / spanMs) * spanMs;
  const worked = workedHours(begunAt - begins, begunAt - at);
  const usedPercent = Math.min(100, Math.round(worked * percentPerHour));
  return { id, usedPercent, resetsAt: begins + spanMs };
}

/** A month of snapshots, oldest first. Pure. */
export function sampleHistory(begunAt: number): Snapshot[] {
  const snapshots: Snapshot[] = [];
  for (let ageMs = FAR.spanMs; ageMs > NEAR.spanMs; ageMs -= FAR.everyMs)
    snapshots.push(sampleSnapshot(begunAt - ageMs, begunAt));
  for (let ageMs = NEAR.spanMs; ageMs >= NEWEST_MS; ageMs -= NEAR.everyMs)
    snapshots.push(sampleSnapshot(begunAt - ageMs, begunAt));
  return [...snapshots, sampleSnapshot(begunAt - NEWEST_MS, begunAt)];
}

/** Interval of the bursts while the sample lasts; each lasts five minutes. */
export const BURST_EVERY_MS = 10 * MINUTE_MS;
/** How long the first burst has been ongoing when the sample starts. */
export const BURST_LEAD_MS = 130 * SECOND_MS;

/** A session or sub-agent, with one request at a time. */
type Thread = Pick<Signal, 'agent' | 'session' | 'subagent' | 'model' | 'evidence'>;

const kimiCode = (session: string, subagent?: string): Thread => ({
  agent: 'kimi-code',
  session: `sample-${session}`,
  model: 'kimi-for-coding',
  evidence: { providerId: 'kimi-code', host: 'api.kimi.com' },
  ...(subagent === undefined ? {} : { subagent }),
});

/** As many as the parallel limit: three sessions, one of them with seven sub-agents. */
const BUSY_THREADS: readonly Thread[] = [
  kimiCode('a'),
  ...Array.from({ length: SAMPLE_PARALLEL_LIMIT - 3 }, (_, i) => kimiCode('a', `task-${i + 1}`)),
  kimiCode('b'),
  kimiCode('c'),
];
/** The two over the limit, and when each of their attempts is rejected, in seconds. */
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

/** One burst of Kimi Code from its first request at `at` to its last response, in order. Pure. */
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

/** Sequential requests without a pause. */
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

/** Failures of the days before: one of each common kind, oldest first. Pure. */
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
