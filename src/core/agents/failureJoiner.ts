import { known } from './recordField.ts';
import type { RequestEnded, RequestFailed, Signal } from './signal.ts';

/** Two files of one agent tell of one failure within this; 114 ms were seen (agents.md 3.2). */
const SAME_MOMENT_MS = 2000;
/** Failures and details that still wait for the other: a burst of many sub-agents has fewer. */
const MOST_WAITING = 512;

type EndedBadly = RequestEnded & { readonly failure: NonNullable<RequestEnded['failure']> };

/**
 * Brings together what two files of one agent tell of the same failure: the one that counts it, and
 * the one that knows the sub-agent, the wait or the words. One failure takes one detail, the
 * nearest in time.
 */
export class FailureJoiner {
  #failures: RequestFailed[] = [];
  #details: EndedBadly[] = [];

  /**
   * Gives back the failures among `signals`, and again those of before of which one of them tells
   * more: the same `contentKey`, to replace the earlier. Other signals are not given back.
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
      const detail = nearest(this.#details, signal.at, detail => isSame(signal, detail));
      if (detail) return joined(signal, remove(this.#details, detail));
      this.#failures = [...this.#failures, signal].slice(-MOST_WAITING);
      return signal;
    }
    if (!endedBadly(signal)) return undefined;
    const failure = nearest(this.#failures, signal.at, failure => isSame(failure, signal));
    if (failure) return joined(remove(this.#failures, failure), signal);
    this.#details = [...this.#details, signal].slice(-MOST_WAITING);
    return undefined;
  }
}

const endedBadly = (signal: Signal): signal is EndedBadly =>
  signal.kind === 'requestEnded' && signal.failure !== undefined;

function isSame(failed: RequestFailed, detail: EndedBadly): boolean {
  const { text, status } = detail.failure;
  return (
    failed.agent === detail.agent &&
    failed.session === detail.session &&
    (failed.isThreadUnknown || detail.isThreadUnknown || failed.subagent === detail.subagent) ===
      true &&
    detail.at >= failed.at - SAME_MOMENT_MS &&
    detail.at <= (failed.notAfter ?? failed.at) + SAME_MOMENT_MS &&
    (failed.text === text || failed.text === '' || text === '') &&
    (failed.status === status || failed.status === undefined || status === undefined)
  );
}

function nearest<T extends { readonly at: number }>(
  candidates: readonly T[],
  at: number,
  fits: (candidate: T) => boolean,
): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates)
    if (fits(candidate) && (!best || Math.abs(candidate.at - at) < Math.abs(best.at - at)))
      best = candidate;
  return best;
}

function remove<T>(from: T[], item: T): T {
  from.splice(from.indexOf(item), 1);
  return item;
}

/** The failure's own fields, and what only the detail knows. */
function joined(failed: RequestFailed, detail: EndedBadly): RequestFailed {
  const { failure } = detail;
  const { isThreadUnknown, ...certain } = failed;
  const thread = isThreadUnknown && !detail.isThreadUnknown ? certain : failed;
  return {
    ...known({
      subagent: detail.isThreadUnknown ? undefined : detail.subagent,
      request: detail.request,
      model: detail.model,
      status: failure.status,
      errorType: failure.errorType,
      retryAfterMs: failure.retryAfterMs,
      isFinal: failure.isFinal,
    }),
    ...thread,
    evidence: { ...detail.evidence, ...failed.evidence },
    text: failed.text || failure.text,
    // The moment is known now.
    ...(failed.notAfter === undefined ? {} : { at: detail.at, notAfter: detail.at }),
  };
}
