import type { RequestFailed, Signal } from '../agents/signal.ts';
import { joinSupportIds, type SupportIds } from '../agents/supportIds.ts';
import type { TailedFailure } from '../agents/tail.ts';
import { shortHash } from '../base/redact.ts';
import { Course } from './burstShape.ts';
import { type Clue, clueOf, isOfSession, rankOf, rejectsAll } from './clue.ts';
import { type Incident, SILENCE_MS } from './incident.ts';
import { Answers, Places } from './places.ts';

/** Incidents that can still get failures; older ones are only in the archive. */
const MOST_INCIDENTS = 300;
/** Failures that can still be amended: a second log of an agent follows within seconds. */
const MOST_MEMBERS = 4000;

/** A changed incident, and its failures over time. */
export interface ChangedIncident {
  readonly facts: IncidentFacts;
  readonly course: OpenIncident['course'];
}

/**
 * Groups failures into incidents (docs/agents.md 3.3): those of one account and category within a
 * burst, in any agent, session and reading order. Uses no clock: times come from records or as `now`.
 * Bounded memory.
 */
export class IncidentBook {
  readonly #incidents = new Map<string, OpenIncident>();
  readonly #answers = new Answers();
  readonly #members = new Map<string, { incident: OpenIncident; failure: TailedFailure }>();
  readonly #changed = new Set<OpenIncident>();
  readonly #states = new Map<string, Incident['state']>();

  /**
   * Restores the state of the last window. `stored`: the newest incidents. `failures`: the newest in
   * the archive; those that a crash left without an incident are added now.
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

  /** Whether there were failures since the last `takeChanged`. */
  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** A request succeeded: its thread recovered. */
  answer(signal: Signal): void {
    this.#answers.note(signal);
  }

  /** Adds a new failure. */
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

  /** Updates a known failure, found by its `contentKey`. */
  amend(signal: RequestFailed): void {
    const member = this.#members.get(signal.contentKey);
    const clue = clueOf(signal);
    if (!member || !clue) return;
    const before = member.failure;
    member.failure = { ...before, signal };
    member.incident.amend(before.signal, member.failure, clue);
    this.#changed.add(member.incident);
  }

  /** Incidents that changed since the last call: by failures, successes or silence. */
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

  /** Whether an incident can still change. */
  has(id: string): boolean {
    return this.#incidents.has(id);
  }

  /** One incident at `now`; undefined if it is no longer kept. */
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

/** An incident without its verdict and the fields from other requests. */
export type IncidentFacts = Omit<Incident, 'verdict' | 'course' | 'shape'>;

/** Allowances for an announced wait: jitter, and time for the attempt. */
const WAIT_MARGIN_MS = 15_000;
const WAIT_JITTER = 0.25;
/** After a longer announced wait, no attempt is expected. */
const LONGEST_WAIT_MS = 86_400_000;
/** A recovered thread that fails again within this time has the same incident; later a new one. */
const RELAPSE_MS = 15_000;

/** An incident that collects failures. */
class OpenIncident {
  readonly id: string;
  readonly course: Course;
  #clue: Clue;
  #example: TailedFailure;
  #exampleRank: number;
  #fields: Clue['fields'];
  #fieldsAt: number;
  #from: number;
  #to: number;
  #count = 0;
  #sideCount = 0;
  #support: SupportIds | undefined;
  #waitUntil: number | undefined;
  /** End of the longest wait, with its margin. */
  #waitEnd = -Infinity;
  #places = new Places();

  constructor(first: TailedFailure, clue: Clue, stored?: Incident) {
    const { at } = first.signal;
    this.id = stored?.id ?? shortHash(first.signal.contentKey);
    this.course = new Course(stored?.course);
    this.#clue = clue;
    this.#example = first;
    this.#exampleRank = rankOf(first.signal, clue);
    this.#fields = stored?.fields ?? clue.fields;
    this.#fieldsAt = stored?.to ?? at;
    this.#from = stored?.from ?? at;
    this.#to = stored?.to ?? at;
    if (stored) this.#restore(stored);
    else this.add(first, clue);
  }

  get to(): number {
    return this.#to;
  }

  #restore(stored: Incident): void {
    this.#count = stored.count;
    this.#sideCount = stored.sideCount;
    this.#support = stored.support;
    this.#waitUntil = stored.waitUntil;
    this.#waitEnd = stored.waitUntil === undefined ? -Infinity : stored.waitUntil + WAIT_MARGIN_MS;
    this.#places = Places.restore(stored);
  }

  /** Until when further failures belong to it: epoch milliseconds. */
  get openUntil(): number {
    return Math.max(this.#to + SILENCE_MS, this.#waitEnd);
  }

  /**
   * How well a failure matches (docs/agents.md 3.3); 0: not at all. The account and the category must
   * match; a failure without error text matches any category of its session.
   */
  affinityOf(signal: RequestFailed, clue: Clue, answers: Answers): number {
    if (signal.at < this.#from - SILENCE_MS || signal.at > this.openUntil) return 0;
    if (!this.#isAccountOf(signal, clue) || this.#isOverFor(signal, answers)) return 0;
    const isSession = this.#places.hasSession(signal);
    const isSame = clue.category === this.#clue.category;
    const isLoose = (clue.isVague || (this.#clue.isVague && isSession)) && this.#isOfStatus(signal);
    if (!isSame && !isLoose) return 0;
    if (this.#isPassedBetween(signal, clue, answers)) return 0;
    const { category } = isSame || clue.isVague ? this.#clue : clue;
    if (isOfSession(category) && !isSession) return 0;
    return 1 + (isSame ? 4 : 0) + (this.#places.hasThread(signal) ? 2 : isSession ? 1 : 0);
  }

  /** A different status is a different failure. */
  #isOfStatus({ status }: RequestFailed): boolean {
    const { status: known } = this.#example.signal;
    return status === undefined || known === undefined || status === known;
  }

  #isAccountOf(signal: RequestFailed, clue: Clue): boolean {
    const { provider } = clue;
    const known = this.#clue.provider;
    if (provider === known && provider !== 'unknown' && provider !== 'other') return true;
    if (!this.#places.hasAgent(signal)) return false;
    if (provider === known || this.#isSilenceOf(signal, clue)) return true;
    const isKnown = provider !== 'unknown' && known !== 'unknown';
    return !isKnown && (this.#places.hasSession(signal) || ![provider, known].includes('other'));
  }

  /**
   * One thread failed with and without error text: the text identifies the account, otherwise only the
   * configured base URL does (docs/agents.md 2.1).
   */
  #isSilenceOf(signal: RequestFailed, { isVague }: Clue): boolean {
    const { model } = this.#example.signal;
    const isModel = signal.model === undefined || model === undefined || signal.model === model;
    return isVague !== this.#clue.isVague && isModel && this.#places.hasThread(signal);
  }

  /** It recovered, and this is a new burst. A loop of context overflows has compactions in between. */
  #isOverFor(signal: RequestFailed, answers: Answers): boolean {
    return (
      signal.at > this.#to + RELAPSE_MS &&
      this.#clue.category !== 'context_length' &&
      this.#places.size === 1 &&
      this.#places.hasThread(signal) &&
      this.#places.hasRecoveredBefore(signal.at, answers)
    );
  }

  /**
   * A used-up quota or an empty account rejects every request: a failure without error text, after
   * which its thread succeeded, has another cause.
   */
  #isPassedBetween(signal: RequestFailed, clue: Clue, answers: Answers): boolean {
    if (clue.isVague === this.#clue.isVague) return false;
    const { category } = clue.isVague ? this.#clue : clue;
    return rejectsAll(category) && this.#places.hasAnswerBetween(signal, answers);
  }

  add(failure: TailedFailure, clue: Clue): void {
    const { signal } = failure;
    const { attemptCount = 1 } = signal;
    this.#count += attemptCount;
    if (signal.isSideRequest) this.#sideCount += attemptCount;
    this.#from = Math.min(this.#from, signal.at);
    this.#to = Math.max(this.#to, signal.at);
    this.course.add(signal.at, attemptCount);
    this.#learn(failure, clue);
  }

  /** Updates a known failure. */
  amend(before: RequestFailed, after: TailedFailure, clue: Clue): void {
    this.#places.remove(before);
    // It is the only failure so far.
    const { attemptCount: counted = 1 } = before;
    if (this.#count === counted) this.#clue = { ...clue };
    const more = (after.signal.attemptCount ?? 1) - counted;
    this.#count += more;
    if (more !== 0) this.course.add(before.at, more);
    if (this.#example.signal.contentKey === before.contentKey) this.#exampleRank = -1;
    this.#learn(after, clue);
  }

  #learn(failure: TailedFailure, clue: Clue): void {
    const { signal } = failure;
    this.#places.add(signal);
    if (this.#clue.isVague && !clue.isVague) {
      const provider = clue.provider === 'unknown' ? this.#clue.provider : clue.provider;
      this.#clue = { ...clue, provider };
    }
    if (this.#clue.provider === 'unknown') this.#clue = { ...this.#clue, provider: clue.provider };
    const rank = rankOf(signal, clue);
    if (rank > this.#exampleRank) [this.#example, this.#exampleRank] = [failure, rank];
    const isNewer = signal.at >= this.#fieldsAt;
    this.#fields = isNewer
      ? { ...this.#fields, ...clue.fields }
      : { ...clue.fields, ...this.#fields };
    this.#fieldsAt = Math.max(this.#fieldsAt, signal.at);
    this.#support = isNewer
      ? joinSupportIds(signal.support, this.#support)
      : joinSupportIds(this.#support, signal.support);
    this.#wait(signal, clue);
  }

  #wait({ at, retryAfterMs = 0 }: RequestFailed, { fields }: Clue): void {
    const asked = Math.max(retryAfterMs, (fields.retryAfterSeconds ?? 0) * 1000);
    if (asked <= 0 || asked > LONGEST_WAIT_MS) return;
    this.#waitUntil = Math.max(this.#waitUntil ?? -Infinity, at + asked);
    this.#waitEnd = Math.max(this.#waitEnd, at + asked * (1 + WAIT_JITTER) + WAIT_MARGIN_MS);
  }

  stateAt(now: number, answers: Answers): Incident['state'] {
    const state = this.#places.stateOf(answers);
    if (state !== 'failing') return state;
    return now <= this.openUntil ? 'running' : this.#places.endOf(answers);
  }

  factsAt(now: number, answers: Answers): IncidentFacts {
    const { provider, category, rule, confidence } = this.#clue;
    return {
      id: this.id,
      provider,
      category,
      rule,
      wordsConfidence: confidence,
      fields: this.#fields,
      from: this.#from,
      to: this.#to,
      count: this.#count,
      sideCount: this.#sideCount,
      places: this.#places.list(),
      placeCount: this.#places.size,
      state: this.stateAt(now, answers),
      ...(this.#waitUntil === undefined ? {} : { waitUntil: this.#waitUntil }),
      example: this.#example,
      ...(this.#support === undefined ? {} : { support: this.#support }),
    };
  }
}

/** Restores a stored incident. Undefined if this version doesn't read its example as an error. */
function restoreIncident(stored: Incident): OpenIncident | undefined {
  const clue = clueOf(stored.example.signal);
  if (!clue) return undefined;
  const { provider, category, rule, wordsConfidence: confidence, fields } = stored;
  const isVague = clue.isVague && category === clue.category;
  const kept = { provider, category, rule, confidence, fields, isVague };
  return new OpenIncident(stored.example, kept, stored);
}
