import type { RequestFailed, Signal } from '../agents/signal.ts';
import type { Incident, IncidentPlace } from './incident.ts';

/** Further threads are only counted: the largest known swarm has dozens. */
const MOST_PLACES = 200;
/** Most places listed in an incident. */
const MOST_SHOWN = 50;
/** Threads whose last success is remembered. */
const MOST_THREADS = 2000;

/** The state of one thread. */
interface Thread {
  readonly place: Omit<IncidentPlace, 'count'>;
  readonly isUnknown: boolean;
  /** The place has another id, such as a run, instead of the session. */
  readonly isSessionUnknown: boolean;
  count: number;
  /** Only side requests, such as titles, have failed. */
  isSideOnly: boolean;
  lastFailedAt: number;
  /** The agent reported that it stopped retrying. */
  isFinal: boolean;
  /** Restored from before a restart as recovered. */
  wasAnswered?: boolean;
}

/** When each thread last succeeded: logs can show a success before the failure. */
export class Answers {
  readonly #at = new Map<string, number>();

  /** Records a response with tokens. */
  note(signal: Signal): void {
    const { agent, session, subagent = '', isSideRequest = false, at } = signal;
    const keys = [
      JSON.stringify([agent, session, subagent, 'any']),
      JSON.stringify([agent, session]),
      JSON.stringify([agent]),
      ...(isSideRequest ? [] : [JSON.stringify([agent, session, subagent, 'main'])]),
    ];
    for (const key of keys) {
      const latest = Math.max(at, this.#at.get(key) ?? -Infinity);
      this.#at.delete(key);
      this.#at.set(key, latest);
    }
    for (const key of this.#at.keys()) {
      if (this.#at.size <= 4 * MOST_THREADS) break;
      this.#at.delete(key);
    }
  }

  /**
   * Time of the thread's last success; for an unknown thread, of any thread in its session; for an
   * unknown session, of the agent.
   */
  lastOf({ place, isUnknown, isSessionUnknown, isSideOnly }: Thread): number {
    const { agent, session, subagent = '' } = place;
    const key = isUnknown
      ? [agent, session]
      : [agent, session, subagent, isSideOnly ? 'any' : 'main'];
    const ofAgent = isSessionUnknown ? this.#at.get(JSON.stringify([agent])) : undefined;
    return this.#at.get(JSON.stringify(key)) ?? ofAgent ?? -Infinity;
  }
}

/** The threads with failures of an incident. */
export class Places {
  readonly #threads = new Map<string, Thread>();
  /** Failures of each thread beyond `MOST_PLACES`. */
  readonly #excess = new Map<string, number>();
  /** Number of threads before a restart; not all of them are stored. */
  #storedCount = 0;

  /** Restores the stored threads with their state at that time. */
  static restore({ places, placeCount, state, to }: Incident): Places {
    const restored = new Places();
    if (placeCount > places.length) restored.#storedCount = placeCount;
    for (const { count, ...place } of places)
      restored.#threads.set(keyOf(place, false), {
        place,
        isUnknown: false,
        isSessionUnknown: false,
        count,
        isSideOnly: false,
        lastFailedAt: to,
        isFinal: state === 'gaveUp',
        wasAnswered: state === 'recovered',
      });
    return restored;
  }

  /** Number of threads with failures. A lower bound after a restart. */
  get size(): number {
    return Math.max(this.#storedCount, this.#threads.size + this.#excess.size);
  }

  add(signal: RequestFailed): void {
    const { agent, session, subagent, isThreadUnknown = false, at } = signal;
    const { isSessionUnknown = false } = signal;
    const place = { agent, session, ...(subagent === undefined ? {} : { subagent }) };
    const key = keyOf(place, isThreadUnknown);
    let thread = this.#threads.get(key);
    if (!thread) {
      if (this.#threads.size >= MOST_PLACES) return this.#addExcess(key, signal);
      const known = { isUnknown: isThreadUnknown, isSessionUnknown };
      thread = { place, ...known, count: 0, ...FRESH };
      this.#threads.set(key, thread);
    }
    thread.count += signal.attemptCount ?? 1;
    thread.isSideOnly &&= signal.isSideRequest ?? false;
    if (at < thread.lastFailedAt) return;
    thread.lastFailedAt = at;
    thread.isFinal = signal.isFinal ?? false;
    thread.wasAnswered = false;
  }

  /** Removes a failure whose thread is now known better. */
  remove({ agent, session, subagent, isThreadUnknown = false, attemptCount = 1 }: RequestFailed) {
    const place = { agent, session, ...(subagent === undefined ? {} : { subagent }) };
    const key = keyOf(place, isThreadUnknown);
    const thread = this.#threads.get(key);
    const left = (thread?.count ?? this.#excess.get(key) ?? 0) - attemptCount;
    if (thread) thread.count = left;
    else if (left > 0) this.#excess.set(key, left);
    if (left > 0) return;
    this.#threads.delete(key);
    this.#excess.delete(key);
  }

  hasThread(signal: Signal): boolean {
    return this.#some(thread => isThreadOf(thread, signal));
  }

  hasSession({ agent, session }: Signal): boolean {
    return this.#some(({ place }) => place.agent === agent && place.session === session);
  }

  hasAgent({ agent }: Signal): boolean {
    return this.#some(({ place }) => place.agent === agent);
  }

  /** Whether all threads recovered after their last failure and before `at`. */
  hasRecoveredBefore(at: number, answers: Answers): boolean {
    return !this.#some(thread => {
      const answeredAt = thread.wasAnswered ? thread.lastFailedAt + 1 : answers.lastOf(thread);
      return answeredAt <= thread.lastFailedAt || answeredAt >= at;
    });
  }

  /** Whether the signal's thread succeeded between the signal and its last failure here. */
  hasAnswerBetween(signal: Signal, answers: Answers): boolean {
    return this.#some(thread => {
      if (!isThreadOf(thread, signal)) return false;
      const answeredAt = answers.lastOf(thread);
      const [from, to] = [thread.lastFailedAt, signal.at].toSorted((a, b) => a - b);
      return answeredAt > from! && answeredAt < to!;
    });
  }

  /** The state as far as agents reported it. `failing`: at least one thread may retry. */
  stateOf(answers: Answers): 'failing' | 'recovered' | 'gaveUp' {
    const threads = [...this.#threads.values()];
    const isAnswered = (thread: Thread): boolean =>
      thread.wasAnswered === true || answers.lastOf(thread) > thread.lastFailedAt;
    const unanswered = threads.filter(thread => !isAnswered(thread));
    if (unanswered.some(thread => !this.#isOver(thread))) return 'failing';
    return unanswered.length < threads.length ? 'recovered' : 'gaveUp';
  }

  /**
   * The agent stopped retrying, by a record of the thread or, in a session of one thread, by one
   * that doesn't name the thread.
   */
  #isOver({ place, isFinal, isUnknown, lastFailedAt }: Thread): boolean {
    if (isFinal || isUnknown) return isFinal;
    const session = [...this.#threads.values()].filter(
      other => other.place.agent === place.agent && other.place.session === place.session,
    );
    const isOnly = session.filter(other => !other.isUnknown).length === 1;
    return (
      isOnly && session.some(it => it.isUnknown && it.isFinal && it.lastFailedAt >= lastFailedAt)
    );
  }

  /** The final state once no agent retries. */
  endOf(answers: Answers): Incident['state'] {
    const threads = [...this.#threads.values()];
    if (threads.some(it => it.wasAnswered || answers.lastOf(it) > it.lastFailedAt))
      return 'recovered';
    return threads.some(({ isFinal }) => isFinal) ? 'gaveUp' : 'over';
  }

  /** The busiest first, each thread once. */
  list(): IncidentPlace[] {
    return [...this.#threads.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_SHOWN)
      .map(({ place, count }) => ({ ...place, count }));
  }

  #addExcess(key: string, { attemptCount = 1 }: RequestFailed): void {
    const known = this.#excess.get(key);
    if (known === undefined && this.#excess.size >= MOST_THREADS) return;
    this.#excess.set(key, (known ?? 0) + attemptCount);
  }

  #some(test: (thread: Thread) => boolean): boolean {
    for (const thread of this.#threads.values()) if (test(thread)) return true;
    return false;
  }
}

function isThreadOf({ place, isUnknown }: Thread, signal: Signal): boolean {
  const { agent, session, subagent = '', isThreadUnknown = false } = signal;
  return (
    place.agent === agent &&
    place.session === session &&
    (isUnknown || isThreadUnknown || (place.subagent ?? '') === subagent)
  );
}

const FRESH = { isSideOnly: true, lastFailedAt: -Infinity, isFinal: false };

function keyOf({ agent, session, subagent = '' }: Thread['place'], isUnknown: boolean): string {
  return JSON.stringify([agent, session, subagent, isUnknown]);
}
