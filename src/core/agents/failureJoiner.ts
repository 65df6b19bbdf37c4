import { omitUndefined } from '../base/fields.ts';
import type { Failure, RequestEnded, RequestFailed, Signal } from './signal.ts';
import { joinSupportIds } from './supportIds.ts';
import type { TailBatch, TailedFailure, TailedSignal } from './tail.ts';
import { TERMINAL_SESSION } from './terminalError.ts';
import { SAME_MOMENT_MS } from '../base/time.ts';

/** A row is written after the turn ends: up to 0.6 s later was seen on a busy machine. */
const SAME_TURN_MS = 5000;
/** Six attempts of Codex take 6.6 s (docs/agents.md 3.3). */
const LONGEST_TURN_MS = 10_000;
/** Failures and details that wait for each other: a log is read before the wires next to it. */
const MOST_WAITING = 2048;

type EndedBadly = RequestEnded & { readonly failure: Failure };

/** A reported failure. */
interface Reported {
  /** Without what only the detail has. */
  readonly failure: RequestFailed;
  readonly detail?: EndedBadly | undefined;
  /** Both its record and the fallback are known. */
  readonly hasTwin: boolean;
}

/**
 * Joins the records of one failure in two files of an agent: the record that counts it with the one
 * that has the sub-agent, the wait or the error text; or a record that may be missing with its
 * fallback. Each failure takes one of each kind, the nearest in time: in whichever order the files
 * are read, a detail goes to the failure that is nearer, and the other looks for its next one.
 */
export class FailureJoiner {
  readonly #reported = new Map<string, Reported>();
  #details: EndedBadly[] = [];

  /**
   * Returns the failures in `signals`, then earlier ones that a signal changes: with the same
   * `contentKey`, to replace them. Other signals are not returned.
   */
  join(signals: readonly Signal[]): RequestFailed[] {
    const changed = new Set<string>();
    for (const signal of signals)
      if (signal.kind === 'requestFailed') this.#takeFailure(signal, changed);
      else if (endedBadly(signal)) this.#takeDetail(signal, changed);
    return [...changed].flatMap(key => {
      const reported = this.#reported.get(key);
      return reported ? [known(reported)] : [];
    });
  }

  #takeFailure(signal: RequestFailed, changed: Set<string>): void {
    const isRepeated = this.#reported.has(signal.contentKey);
    const twin = isRepeated ? undefined : this.#twinOf(signal);
    const { contentKey } = isRepeated ? signal : this.#keep(twin ?? newly(signal));
    changed.add(contentKey);
    if (twin?.failure.isFinal) this.#shareText(twin.failure, changed);
    if (!isRepeated) this.#findDetail(contentKey, changed);
  }

  /** Attempts whose records have no error text ended as the last one did, if its status is theirs. */
  #shareText({ text, errorType, session, status, at }: RequestFailed, changed: Set<string>): void {
    if (text === '' || status === undefined) return;
    for (const [key, reported] of this.#reported) {
      const { failure, detail } = reported;
      const isEarlier = failure.at <= at && failure.at >= at - LONGEST_TURN_MS;
      const isSame =
        failure.session === session && failure.status === status && !failure.isFallback;
      if (failure.text !== '' || detail || !isEarlier || !isSame) continue;
      const shared = { ...failure, text, ...omitUndefined({ errorType }) };
      this.#reported.set(key, { ...reported, failure: shared });
      changed.add(key);
    }
  }

  #takeDetail(detail: EndedBadly, changed: Set<string>): void {
    const { contentKey } = detail;
    // Another record of the same detail with more facts.
    for (const [key, reported] of this.#reported)
      if (reported.detail?.contentKey === contentKey) return this.#give(detail, key, changed);
    this.#details = this.#details.filter(other => other.contentKey !== contentKey);
    this.#findFailure(detail, changed);
  }

  /** The nearest failure that has no detail, or one that is farther away. */
  #findFailure(detail: EndedBadly, changed: Set<string>): void {
    const owner = nearest(
      this.#reported.values(),
      detail,
      reported => reported.failure,
      reported =>
        isSame(reported.failure, detail) &&
        (!reported.detail || isNearer(detail, reported.detail, reported.failure)),
    );
    if (!owner) return this.#wait(detail);
    this.#give(detail, owner.failure.contentKey, changed);
    if (owner.detail) this.#findFailure(owner.detail, changed);
  }

  /** The nearest detail that waits, or that a failure has that is farther away. */
  #findDetail(key: string, changed: Set<string>): void {
    const reported = this.#reported.get(key);
    if (!reported || reported.detail) return;
    const { failure } = reported;
    const owners = new Map<EndedBadly, string>();
    for (const [other, { detail, failure: owner }] of this.#reported)
      if (detail && isNearer(failure, owner, detail)) owners.set(detail, other);
    const candidates = [...this.#details, ...owners.keys()];
    const detail = nearest(
      candidates,
      failure,
      it => it,
      it => isSame(failure, it),
    );
    if (!detail) return;
    const owner = owners.get(detail);
    this.#details = this.#details.filter(it => it !== detail);
    this.#give(detail, key, changed);
    if (owner === undefined) return;
    this.#give(undefined, owner, changed);
    this.#findDetail(owner, changed);
  }

  #give(detail: EndedBadly | undefined, key: string, changed: Set<string>): void {
    const reported = this.#reported.get(key);
    if (!reported) return;
    this.#reported.set(key, { ...reported, detail });
    changed.add(key);
  }

  #wait(detail: EndedBadly): void {
    this.#details = [...this.#details, detail].slice(-MOST_WAITING);
  }

  /** The same failure, reported by the other file; under the key of the first report. */
  #twinOf(signal: RequestFailed): Reported | undefined {
    const reported = nearest(
      this.#reported.values(),
      signal,
      ({ failure }) => failure,
      ({ failure, hasTwin }) => !hasTwin && isTwin(failure, signal),
    );
    if (!reported) return undefined;
    const [counted, fallback] = signal.isFallback
      ? [reported.failure, signal]
      : [signal, reported.failure];
    const { contentKey, attemptCount: before = 1 } = reported.failure;
    const text = counted.text.length < fallback.text.length ? fallback.text : counted.text;
    const { attemptCount: now = 1 } = counted;
    const fewer = before > now ? { fewerAttempts: before - now } : {};
    const failure = { ...joined(counted, fallback, fallback), ...fewer, text, contentKey };
    return { ...reported, failure, hasTwin: true };
  }

  #keep(reported: Reported): RequestFailed {
    const { failure } = reported;
    this.#reported.set(failure.contentKey, reported);
    for (const key of this.#reported.keys()) {
      if (this.#reported.size <= MOST_WAITING) break;
      this.#reported.delete(key);
    }
    return failure;
  }
}

/** A failure with everything known about it. */
const known = ({ failure, detail }: Reported): RequestFailed =>
  detail ? joined(failure, detail, detail.failure) : failure;

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
      tailed.signal.kind === 'requestFailed'
        ? failures.slice(0, 1).map(signal => ({ ...tailed, signal }))
        : [],
    ),
    amendments: joined.flatMap(({ tailed, failures }) =>
      failures.filter(failure => failure !== tailed.signal),
    ),
  };
}

const newly = (failure: RequestFailed): Reported => ({ failure, hasTwin: false });

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
    // Of several attempts, it ended with the last one.
    isWithin(fallback.attemptCount ? SAME_MOMENT_MS : SAME_TURN_MS, counted, fallback.at) &&
    hasOneText(counted.text, fallback.text) &&
    hasOneStatus(counted, fallback)
  );
}

function isOfOneThread(one: Signal, other: Signal): boolean {
  const both = [one, other];
  return (
    isOfOneAgent(one, other) &&
    (one.session === other.session || isOtherId(one, other)) &&
    (one.subagent === other.subagent || both.some(it => it.isThreadUnknown))
  );
}

/** One names the session, and the other what it has instead. */
const isOtherId = (one: Signal, other: Signal): boolean =>
  (one.isSessionUnknown ?? false) !== (other.isSessionUnknown ?? false);

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

interface Timed {
  readonly at: number;
}

const distance = (one: Timed, other: Timed): number => Math.abs(one.at - other.at);

/** Whether `one` is nearer to `to` than `other` is. */
const isNearer = (one: Timed, other: Timed, to: Timed): boolean =>
  distance(one, to) < distance(other, to);

function nearest<T>(
  candidates: Iterable<T>,
  to: Timed,
  timeOf: (candidate: T) => Timed,
  fits: (candidate: T) => boolean,
): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates)
    if ((best === undefined || isNearer(timeOf(candidate), timeOf(best), to)) && fits(candidate))
      best = candidate;
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
