import { omitUndefined } from './recordFields.ts';
import type { Failure, RequestEnded, RequestFailed, Signal } from './signal.ts';
import { joinSupportIds } from './supportIds.ts';
import type { TailBatch, TailedFailure, TailedSignal } from './tail.ts';
import { TERMINAL_SESSION } from './terminalError.ts';
import { SAME_MOMENT_MS } from '../base/time.ts';

/** A row is written after the turn ends: up to 0.6 s later was seen on a busy machine. */
const SAME_TURN_MS = 5000;
/** Failures and details that wait for each other: a log is read before the wires next to it. */
const MOST_WAITING = 2048;

type EndedBadly = RequestEnded & { readonly failure: Failure };

/** A reported failure, with everything known about it. */
interface Reported {
  readonly at: number;
  readonly failure: RequestFailed;
  /** The key of its detail, once known. */
  readonly detailKey?: string;
  /** Both its record and the fallback are known. */
  readonly hasTwin: boolean;
}

/**
 * Joins the records of one failure in two files of an agent: the record that counts it with the one
 * that has the sub-agent, the wait or the error text; or a record that may be missing with its
 * fallback. Each failure takes one of each kind, the nearest in time.
 */
export class FailureJoiner {
  readonly #reported = new Map<string, Reported>();
  #details: EndedBadly[] = [];

  /**
   * Returns the failures in `signals`, and earlier ones that a signal adds to: with the same
   * `contentKey`, to replace them. Other signals are not returned.
   */
  join(signals: readonly Signal[]): RequestFailed[] {
    const changed = new Map<string, RequestFailed>();
    for (const signal of signals) {
      const failure = this.#take(signal);
      if (failure) changed.set(failure.contentKey, failure);
    }
    return [...changed.values()];
  }

  #take(signal: Signal): RequestFailed | undefined {
    if (signal.kind === 'requestFailed') {
      const reported = this.#reported.get(signal.contentKey);
      return reported?.failure ?? this.#withDetail(this.#twinOf(signal) ?? newly(signal));
    }
    if (!endedBadly(signal)) return undefined;
    const { contentKey } = signal;
    const all = [...this.#reported.values()];
    const reported =
      // Another record of the same detail with more facts.
      all.find(({ detailKey }) => detailKey === contentKey) ??
      nearest(all, signal.at, it => it.detailKey === undefined && isSame(it.failure, signal));
    if (reported) return this.#keepJoined(reported, signal);
    const others = this.#details.filter(detail => detail.contentKey !== contentKey);
    this.#details = [...others, signal].slice(-MOST_WAITING);
    return undefined;
  }

  /** The same failure, reported by the other file; under the key of the first report. */
  #twinOf(signal: RequestFailed): Reported | undefined {
    const reported = nearest(
      this.#reported.values(),
      signal.at,
      ({ failure, hasTwin }) => !hasTwin && isTwin(failure, signal),
    );
    if (!reported) return undefined;
    const [counted, fallback] = signal.isFallback
      ? [reported.failure, signal]
      : [signal, reported.failure];
    const { contentKey } = reported.failure;
    const text = counted.text.length < fallback.text.length ? fallback.text : counted.text;
    const failure = { ...joined(counted, fallback, fallback), text, contentKey };
    return { ...reported, at: failure.at, failure, hasTwin: true };
  }

  #withDetail(reported: Reported): RequestFailed {
    const isFitting = (detail: EndedBadly) =>
      reported.detailKey === undefined && isSame(reported.failure, detail);
    const detail = nearest(this.#details, reported.at, isFitting);
    if (!detail) return this.#keep(reported);
    this.#details.splice(this.#details.indexOf(detail), 1);
    return this.#keepJoined(reported, detail);
  }

  #keepJoined(reported: Reported, detail: EndedBadly): RequestFailed {
    const failure = joined(reported.failure, detail, detail.failure);
    return this.#keep({ ...reported, failure, detailKey: detail.contentKey });
  }

  #keep(reported: Reported): RequestFailed {
    const { failure } = reported;
    this.#reported.set(failure.contentKey, { ...reported, at: failure.at });
    for (const key of this.#reported.keys()) {
      if (this.#reported.size <= MOST_WAITING) break;
      this.#reported.delete(key);
    }
    return failure;
  }
}

/**
 * New failures, and earlier ones that a new detail completes (also from before a restart). A
 * failure that still waits for its detail when the window closes stays as it is.
 */
export function joinFailures(
  joiner: FailureJoiner,
  signals: readonly TailedSignal[],
): Required<Pick<TailBatch, 'signals' | 'amendments'>> {
  const joined = signals.map(tailed => ({ tailed, failures: joiner.join([tailed.signal]) }));
  return {
    signals: joined.flatMap(({ tailed, failures }) =>
      tailed.signal.kind === 'requestFailed' ? failures.map(signal => ({ ...tailed, signal })) : [],
    ),
    amendments: joined.flatMap(({ tailed, failures }) =>
      failures.filter(failure => failure !== tailed.signal),
    ),
  };
}

const newly = (failure: RequestFailed): Reported => ({
  at: failure.at,
  failure,
  hasTwin: false,
});

const endedBadly = (signal: Signal): signal is EndedBadly =>
  signal.kind === 'requestEnded' && signal.failure !== undefined;

function isSame(failed: RequestFailed, detail: EndedBadly): boolean {
  const { text } = detail.failure;
  return (
    isOfOneThread(failed, detail) &&
    isWithin(SAME_MOMENT_MS, failed, detail.at) &&
    (failed.text === text || failed.text === '' || text === '') &&
    hasOneStatus(failed, detail.failure)
  );
}

function isTwin(reported: RequestFailed, signal: RequestFailed): boolean {
  const [counted, fallback] = signal.isFallback ? [reported, signal] : [signal, reported];
  return (
    (fallback.isFallback ?? false) &&
    !counted.isFallback &&
    isOfOneThread(counted, fallback) &&
    isWithin(SAME_TURN_MS, counted, fallback.at) &&
    hasOneText(counted.text, fallback.text) &&
    hasOneStatus(counted, fallback)
  );
}

function isOfOneThread(one: Signal, other: Signal): boolean {
  const both = [one, other];
  return (
    isOfOneAgent(one, other) &&
    (one.session === other.session || both.some(it => it.isSessionUnknown)) &&
    (one.subagent === other.subagent || both.some(it => it.isThreadUnknown))
  );
}

/** In a terminal, both programs are called `kimi`. */
function isOfOneAgent(one: Signal, other: Signal): boolean {
  if (one.agent === other.agent) return true;
  const isKimi = [one, other].every(({ agent }) => agent === 'kimi-code' || agent === 'kimi-cli');
  return isKimi && [one, other].some(({ session }) => session === TERMINAL_SESSION);
}

function isWithin(toleranceMs: number, { at, notAfter = at }: RequestFailed, then: number) {
  return then >= at - toleranceMs && then <= notAfter + toleranceMs;
}

/** Either text may be truncated. */
function hasOneText(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(short.replace(/(?:…|\.\.\.)$/, ''));
}

function hasOneStatus(one: Failure, other: Failure): boolean {
  return one.status === other.status || one.status === undefined || other.status === undefined;
}

function nearest<T extends { readonly at: number }>(
  candidates: Iterable<T>,
  at: number,
  fits: (candidate: T) => boolean,
): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates) {
    const isNearer = !best || Math.abs(candidate.at - at) < Math.abs(best.at - at);
    if (isNearer && fits(candidate)) best = candidate;
  }
  return best;
}

/** The failure's own fields, plus those that only the detail has. */
function joined(failed: RequestFailed, detail: Signal, failure: Failure): RequestFailed {
  const { isThreadUnknown, ...certain } = failed;
  const thread = isThreadUnknown && !detail.isThreadUnknown ? certain : failed;
  const support = joinSupportIds(failed.support, failure.support);
  return {
    ...omitUndefined({
      subagent: detail.isThreadUnknown ? undefined : detail.subagent,
      request: detail.request,
      model: detail.model,
      status: failure.status,
      errorType: failure.errorType,
      retryAfterMs: failure.retryAfterMs,
      isFinal: failure.isFinal,
    }),
    ...thread,
    ...omitUndefined({ support }),
    evidence: { ...detail.evidence, ...failed.evidence },
    text: failed.text || failure.text,
    // The exact time is now known.
    ...(failed.notAfter === undefined ? {} : { at: detail.at, notAfter: detail.at }),
  };
}

/** A failure as currently known. */
export interface LoggedFailure extends TailedFailure {
  /** False: it was reported before, and this replaces it. */
  readonly isNew: boolean;
}

/**
 * The failures among signals, each once, whichever of an agent's files report it. A later signal
 * with more facts replaces the failure under its `contentKey`, in the first one's place.
 */
export class FailureLog {
  readonly #joiner = new FailureJoiner();
  readonly #byKey = new Map<string, TailedFailure>();
  readonly #most: number;

  /** Keeps the `most` failures that were reported last, including repeats. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Returns failures that are new or have new facts. */
  add(tailed: TailedSignal): readonly LoggedFailure[] {
    return this.#joiner.join([tailed.signal]).map(signal => {
      const known = this.#byKey.get(signal.contentKey);
      const { file, byteOffset } = known ?? tailed;
      const failure = { signal, file, byteOffset };
      // A rewritten file repeats all its failures: repeats are kept.
      this.#byKey.delete(signal.contentKey);
      this.#byKey.set(signal.contentKey, failure);
      if (this.#byKey.size > this.#most) this.#byKey.delete(this.#byKey.keys().next().value!);
      return { ...failure, isNew: !known };
    });
  }

  /** All failures, ordered by time. */
  get failures(): TailedFailure[] {
    return [...this.#byKey.values()].sort((a, b) => a.signal.at - b.signal.at);
  }
}
