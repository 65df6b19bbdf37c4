import type { RequestFailed, Signal } from '../agents/signal.ts';
import type { Incident, IncidentPlace } from './incident.ts';

/** More threads than this are not told apart: the largest swarm seen has some dozens. */
const MOST_PLACES = 200;
/** So many stand in an incident. */
const MOST_SHOWN = 50;
/** Threads of which is known when they were last answered. */
const MOST_THREADS = 2000;

/** How one thread stands: what it has tried, and what became of it. */
interface Thread {
  readonly place: Omit<IncidentPlace, 'count'>;
  readonly isUnknown: boolean;
  count: number;
  /** Only titles and the like have failed here. */
  isSideOnly: boolean;
  lastFailedAt: number;
  /** The agent has said that its last failure was the last. */
  isFinal: boolean;
  /** For what was stored before a restart: it had been answered. */
  wasAnswered?: boolean;
}

/** When the threads of agents were last answered: a success can be read before the failure. */
export class Answers {
  readonly #at = new Map<string, number>();

  /** Takes an answer with tokens. */
  note(signal: Signal): void {
    const { agent, session, subagent = '', isSideRequest = false, at } = signal;
    const keys = [
      JSON.stringify([agent, session, subagent, 'any']),
      JSON.stringify([agent, session]),
      ...(isSideRequest ? [] : [JSON.stringify([agent, session, subagent, 'main'])]),
    ];
    for (const key of keys) {
      const latest = Math.max(at, this.#at.get(key) ?? -Infinity);
      this.#at.delete(key);
      this.#at.set(key, latest);
    }
    for (const key of this.#at.keys()) {
      if (this.#at.size <= 3 * MOST_THREADS) break;
      this.#at.delete(key);
    }
  }

  /** When the thread was last answered; of an unknown thread, any of its session. */
  lastOf({ place, isUnknown, isSideOnly }: Thread): number {
    const { agent, session, subagent = '' } = place;
    const key = isUnknown
      ? [agent, session]
      : [agent, session, subagent, isSideOnly ? 'any' : 'main'];
    return this.#at.get(JSON.stringify(key)) ?? -Infinity;
  }
}

/** The threads in which an incident was felt. */
export class Places {
  readonly #threads = new Map<string, Thread>();
  /** Failures of each thread beyond `MOST_PLACES`: these are only counted. */
  readonly #excess = new Map<string, number>();
  /** How many threads were known before a restart, of which not all are stored. */
  #storedCount = 0;

  /** Goes on with what was stored: nobody fails there any more than was known then. */
  static restore({ places, placeCount, state, to }: Incident): Places {
    const restored = new Places();
    if (placeCount > places.length) restored.#storedCount = placeCount;
    for (const { count, ...place } of places)
      restored.#threads.set(keyOf(place, false), {
        place,
        isUnknown: false,
        count,
        isSideOnly: false,
        lastFailedAt: to,
        isFinal: state === 'gaveUp',
        wasAnswered: state === 'recovered',
      });
    return restored;
  }

  /** How many threads have failed. After a restart a lower bound: not all were stored. */
  get size(): number {
    return Math.max(this.#storedCount, this.#threads.size + this.#excess.size);
  }

  add(signal: RequestFailed): void {
    const { agent, session, subagent, isThreadUnknown = false, at } = signal;
    const place = { agent, session, ...(subagent === undefined ? {} : { subagent }) };
    const key = keyOf(place, isThreadUnknown);
    let thread = this.#threads.get(key);
    if (!thread) {
      if (this.#threads.size >= MOST_PLACES) return this.#addExcess(key, signal);
      thread = { place, isUnknown: isThreadUnknown, count: 0, ...FRESH };
      this.#threads.set(key, thread);
    }
    thread.count += signal.attemptCount ?? 1;
    thread.isSideOnly &&= signal.isSideRequest ?? false;
    if (at < thread.lastFailedAt) return;
    thread.lastFailedAt = at;
    thread.isFinal = signal.isFinal ?? false;
    thread.wasAnswered = false;
  }

  /** Takes a failure out again, since it is known better where it was. */
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

  hasThread({ agent, session, subagent = '', isThreadUnknown = false }: Signal): boolean {
    return this.#some(
      ({ place, isUnknown }) =>
        place.agent === agent &&
        place.session === session &&
        (isUnknown || isThreadUnknown || (place.subagent ?? '') === subagent),
    );
  }

  hasSession({ agent, session }: Signal): boolean {
    return this.#some(({ place }) => place.agent === agent && place.session === session);
  }

  hasAgent({ agent }: Signal): boolean {
    return this.#some(({ place }) => place.agent === agent);
  }

  /** Whether all threads were answered, before `at`, after they had failed. */
  hasRecoveredBefore(at: number, answers: Answers): boolean {
    return !this.#some(thread => {
      const answeredAt = thread.wasAnswered ? thread.lastFailedAt + 1 : answers.lastOf(thread);
      return answeredAt <= thread.lastFailedAt || answeredAt >= at;
    });
  }

  /** How it stands, if no thread that fails tries again. */
  stateOf(answers: Answers): 'failing' | 'recovered' | 'gaveUp' {
    const threads = [...this.#threads.values()];
    const isAnswered = (thread: Thread): boolean =>
      thread.wasAnswered === true || answers.lastOf(thread) > thread.lastFailedAt;
    const unanswered = threads.filter(thread => !isAnswered(thread));
    if (unanswered.some(({ isFinal }) => !isFinal)) return 'failing';
    return unanswered.length < threads.length ? 'recovered' : 'gaveUp';
  }

  /** Once nobody tries any more, what it has come to. */
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

const FRESH = { isSideOnly: true, lastFailedAt: -Infinity, isFinal: false };

function keyOf({ agent, session, subagent = '' }: Thread['place'], isUnknown: boolean): string {
  return JSON.stringify([agent, session, subagent, isUnknown]);
}
