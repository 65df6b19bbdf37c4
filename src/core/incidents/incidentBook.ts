import type { RequestFailed, Signal } from '../agents/signal.ts';
import type { TailedFailure } from '../agents/tail.ts';
import type { Incident } from './incident.ts';
import {
  type Clue,
  clueOf,
  type IncidentFacts,
  OpenIncident,
  restoreIncident,
} from './openIncident.ts';
import { Answers } from './places.ts';

/** So many incidents are looked at for one more failure; older ones stay in the archive. */
const MOST_INCIDENTS = 300;
/** Failures of which more may become known: two files of an agent tell within seconds. */
const MOST_MEMBERS = 4000;

/** An incident that has changed, and how its failures lie in time. */
export interface ChangedIncident {
  readonly facts: IncidentFacts;
  readonly course: OpenIncident['course'];
}

/**
 * Folds failures into incidents (docs/agents.md 3.3): the same account and category within a burst is
 * one, in whichever agent, session and order it is read. Knows no clock: times are the records',
 * and what is asked with `now`. Bounded memory.
 */
export class IncidentBook {
  readonly #incidents = new Map<string, OpenIncident>();
  readonly #answers = new Answers();
  readonly #members = new Map<string, { incident: OpenIncident; failure: TailedFailure }>();
  readonly #changed = new Set<OpenIncident>();
  readonly #states = new Map<string, Incident['state']>();

  /**
   * Goes on where the last window has stopped. `stored` are the newest incidents; `failures`, the
   * newest of the archive: what was stored without its incident, since a crash came between, is
   * folded now.
   */
  restore(stored: readonly Incident[], failures: readonly TailedFailure[]): void {
    for (const one of stored) {
      const incident = restoreIncident(one);
      if (!incident) continue;
      this.#incidents.set(one.id, incident);
      this.#states.set(one.id, one.state);
    }
    const storedTo = new Map(stored.map(({ id, to }) => [id, to]));
    for (const failure of failures) {
      const { signal } = failure;
      const clue = clueOf(signal);
      const incident = clue && this.#incidentFor(signal, clue);
      const isCounted = incident && signal.at <= (storedTo.get(incident.id) ?? -Infinity);
      if (isCounted) this.#remember(incident, failure);
      else this.fail(failure);
    }
  }

  /** Whether failures were taken since changes were taken last. */
  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** A request was answered: the thread is well again. */
  answer(signal: Signal): void {
    this.#answers.note(signal);
  }

  /** A failure that was not known before. */
  fail(failure: TailedFailure): void {
    const { signal } = failure;
    const clue = clueOf(signal);
    if (!clue) return;
    let incident = this.#incidentFor(signal, clue);
    if (incident) incident.add(failure, clue);
    else {
      incident = new OpenIncident(failure, clue);
      this.#incidents.set(incident.id, incident);
      this.#forgetOldest();
    }
    this.#changed.add(incident);
    this.#remember(incident, failure);
  }

  /** More is known of a failure of before, under its `contentKey`. */
  amend(signal: RequestFailed): void {
    const member = this.#members.get(signal.contentKey);
    const clue = clueOf(signal);
    if (!member || !clue) return;
    const before = member.failure;
    member.failure = { ...before, signal };
    member.incident.amend(before.signal, member.failure, clue);
    this.#changed.add(member.incident);
  }

  /** Those that have changed since they were last taken: by failures, answers, or by silence. */
  takeChanged(now: number): ChangedIncident[] {
    const taken: ChangedIncident[] = [];
    for (const incident of this.#incidents.values()) {
      const state = incident.stateAt(now, this.#answers);
      if (!this.#changed.has(incident) && this.#states.get(incident.id) === state) continue;
      this.#states.set(incident.id, state);
      taken.push(this.#described(incident, now));
    }
    this.#changed.clear();
    return taken;
  }

  /** One of them as it is now; undefined: it is not looked at any more. */
  get(id: string, now: number): ChangedIncident | undefined {
    const incident = this.#incidents.get(id);
    return incident && this.#described(incident, now);
  }

  #described(incident: OpenIncident, now: number): ChangedIncident {
    return { facts: incident.factsAt(now, this.#answers), course: incident.course };
  }

  #incidentFor(signal: RequestFailed, clue: Clue): OpenIncident | undefined {
    let [best, highest]: [OpenIncident | undefined, number] = [undefined, 0];
    for (const incident of this.#incidents.values()) {
      const affinity = incident.affinityOf(signal, clue, this.#answers);
      const isBetter =
        affinity > highest || (affinity === highest && incident.to > (best?.to ?? 0));
      if (affinity > 0 && isBetter) [best, highest] = [incident, affinity];
    }
    return best;
  }

  #remember(incident: OpenIncident, failure: TailedFailure): void {
    this.#members.set(failure.signal.contentKey, { incident, failure });
    for (const key of this.#members.keys()) {
      if (this.#members.size <= MOST_MEMBERS) break;
      this.#members.delete(key);
    }
  }

  #forgetOldest(): void {
    if (this.#incidents.size <= MOST_INCIDENTS) return;
    const oldest = [...this.#incidents.values()].reduce((a, b) => (b.to < a.to ? b : a));
    this.#incidents.delete(oldest.id);
    this.#states.delete(oldest.id);
  }
}
