import { attribute } from '../agents/attribution.ts';
import {
  type AgentId,
  type Attribution,
  type InFlightCount,
  isAnswer,
  type RequestFailed,
  type Signal,
} from '../agents/signal.ts';

/** A request without an end expires after this time: its agent crashed or was killed. */
export const OPEN_REQUEST_LIMIT_MS = 10 * 60_000;
/** How long requests are remembered. */
export const HISTORY_MS = 60 * 60_000;
/** Most requests kept: thirty fast sub-agents make this many in an hour. */
export const MOST_REQUESTS = 5000;
/** Sub-agents between two requests need their slots again within this time. */
const PEAK_MS = 60_000;
/** Assumed duration of an attempt that only its retry reveals. */
const SILENT_FAILURE_MS = 250;

/** One model request from the logs of this machine. Times are epoch milliseconds. */
export interface Request {
  readonly agent: AgentId;
  readonly session: string;
  readonly subagent?: string;
  readonly isSideRequest: boolean;
  /** The account by its first record. */
  readonly provider: Attribution['provider'];
  readonly model?: string;
  /** Start time, or end time if the start is unknown. */
  readonly startedAt: number;
  readonly isStartKnown: boolean;
  /** Absent: in flight, or its agent ended without a record. */
  readonly endedAt?: number;
  /** `brokenOff`: aborted, or replaced by the next request of its thread. */
  readonly outcome?: 'answered' | 'failed' | 'brokenOff';
  /** Input and output tokens, if logged. */
  readonly tokens?: number;
  /** The maximum output it requested. */
  readonly maxTokens?: number;
  /** Number of attempts it represents. */
  readonly attempts: number;
}

type OpenRequest = { -readonly [Field in keyof Request]: Request[Field] };

/**
 * The requests of the last hour, by record times. An agent's thread has one main request and one side
 * request at a time: a new start replaces the old one, because an aborted request leaves no end
 * (docs/kimi.md 6.6). All counts are lower bounds: other devices and agents without logs are not
 * visible. Bounded memory.
 */
export class RequestHistory {
  readonly #open = new Map<string, OpenRequest>();
  #requests: OpenRequest[] = [];

  /** Takes one signal; those of one thread must be in time order. */
  apply(signal: Signal, now: number): void {
    // Kimi Code's session log repeats its wire log, without the thread.
    if (signal.isThreadUnknown) return;
    const thread = threadOf(signal);
    const open = this.#open.get(thread);
    if (signal.kind === 'requestStarted') this.#start(signal, thread, open);
    else if (open && open.startedAt <= signal.at) {
      this.#open.delete(thread);
      end(open, signal);
    } else if (!open) this.#addEnded(signal);
    this.#forget(now);
  }

  /** Requests in flight at `now`. */
  count(now: number): InFlightCount {
    this.#forgetOpen(now);
    const counts = new Map<AgentId, number>();
    for (const { agent } of this.#open.values()) counts.set(agent, (counts.get(agent) ?? 0) + 1);
    return {
      at: now,
      total: this.#open.size,
      peak: peakOf(this.since(now - PEAK_MS)),
      byAgent: [...counts]
        .map(([agent, count]) => ({ agent, count }))
        .sort((a, b) => b.count - a.count),
    };
  }

  /** Requests in flight at or after `from`, in reading order. */
  since(from: number): readonly Request[] {
    return this.#requests.filter(request => lastMomentOf(request) >= from);
  }

  #start(signal: Signal, thread: string, open: OpenRequest | undefined): void {
    if (open && open.startedAt > signal.at) return;
    if (open) Object.assign(open, { endedAt: signal.at, outcome: 'brokenOff' });
    const request = { ...requestOf(signal), isStartKnown: true };
    this.#open.set(thread, request);
    this.#requests.push(request);
  }

  /** The agent logs no starts, or the request started before the log was followed. */
  #addEnded(signal: Signal): void {
    // A second log may repeat a failure: that is no request.
    if (signal.kind === 'requestEnded' && !isAnswer(signal)) return;
    const request = requestOf(signal);
    end(request, signal);
    this.#requests.push(request);
  }

  #forget(now: number): void {
    const first = this.#requests[0];
    const isOld = first !== undefined && lastMomentOf(first) < now - 2 * HISTORY_MS;
    if (!isOld && this.#requests.length <= 2 * MOST_REQUESTS) return;
    this.#forgetOpen(now);
    this.#requests = this.#requests
      .filter(request => lastMomentOf(request) >= now - HISTORY_MS)
      .slice(-MOST_REQUESTS);
  }

  #forgetOpen(now: number): void {
    for (const [thread, { startedAt }] of this.#open)
      if (now - startedAt > OPEN_REQUEST_LIMIT_MS) this.#open.delete(thread);
  }
}

/** The most of these requests that were in flight at one time. */
function peakOf(requests: readonly Request[]): number {
  const changes = requests
    .filter(({ isStartKnown }) => isStartKnown)
    .flatMap(one => [[one.startedAt, 1] as const, [lastMomentOf(one), -1] as const])
    // At the same time, an end comes first: it frees the slot of the next request.
    .sort(([at, change], [otherAt, other]) => at - otherAt || change - other);
  let [count, peak] = [0, 0];
  for (const [, change] of changes) {
    count += change;
    peak = Math.max(peak, count);
  }
  return peak;
}

/** When a request ended, or must have ended. */
export function lastMomentOf({ startedAt, endedAt }: Request): number {
  return endedAt ?? startedAt + OPEN_REQUEST_LIMIT_MS;
}

function requestOf(signal: Signal): OpenRequest {
  const { agent, session, subagent, model, isSideRequest = false, at } = signal;
  return {
    agent,
    session,
    isSideRequest,
    provider: attribute(signal).provider,
    startedAt: at,
    isStartKnown: false,
    attempts: signal.kind === 'requestFailed' ? (signal.attemptCount ?? 1) : 1,
    ...(subagent === undefined ? {} : { subagent }),
    ...(model === undefined ? {} : { model }),
    ...(signal.kind === 'requestStarted' && signal.maxTokens !== undefined
      ? { maxTokens: signal.maxTokens }
      : {}),
  };
}

function end(request: OpenRequest, signal: Signal): void {
  request.endedAt = endOf(signal);
  if (signal.kind === 'requestEnded' && !signal.failure) {
    request.outcome = isAnswer(signal) ? 'answered' : 'brokenOff';
    const hasTokens = signal.inputTokens !== undefined || signal.outputTokens !== undefined;
    if (hasTokens) request.tokens = (signal.inputTokens ?? 0) + (signal.outputTokens ?? 0);
  } else request.outcome = 'failed';
}

function endOf(signal: Signal): number {
  const { notAfter = signal.at } = signal.kind === 'requestFailed' ? signal : NO_LIMIT;
  return Math.min(notAfter, signal.at + (notAfter > signal.at ? SILENT_FAILURE_MS : 0));
}

const NO_LIMIT: Pick<RequestFailed, 'notAfter'> = {};

/** JSON keeps the parts separate, whatever they contain. */
function threadOf({ agent, session, subagent = '', isSideRequest = false }: Signal): string {
  return JSON.stringify([agent, session, subagent, isSideRequest]);
}
