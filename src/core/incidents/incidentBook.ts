import { attribute } from '../agents/attribution.ts';
import { meaningOf } from '../agents/failureMeaning.ts';
import type { Attribution, RequestFailed, Signal } from '../agents/signal.ts';
import { joinSupportIds, type SupportIds } from '../agents/supportIds.ts';
import type { TailedFailure } from '../agents/tail.ts';
import { shortHash } from '../base/hash.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { Course } from './burstShape.ts';
import { type Incident, SILENCE_MS } from './incident.ts';
import { Answers, Places } from './places.ts';

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

/** An incident without what other requests tell of it, and without its verdict. */
export type IncidentFacts = Omit<Incident, 'verdict' | 'course' | 'shape'>;

/** An announced wait is kept with a quarter of jitter, and some time for the attempt. */
const WAIT_MARGIN_MS = 15_000;
const WAIT_JITTER = 0.25;
/** A wait longer than a day is no attempt that is waited for. */
const LONGEST_WAIT_MS = 86_400_000;
/** A thread that was answered and soon fails again has met the same; later it is another burst. */
const RELAPSE_MS = 15_000;

/** Failures with one cause, while they are collected. */
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
  /** When the last wait is over, with its margin. */
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

  /** Until when another failure belongs to it: epoch milliseconds. */
  get openUntil(): number {
    return Math.max(this.#to + SILENCE_MS, this.#waitEnd);
  }

  /**
   * How well a failure belongs to it: 0 if not at all. Each as docs/agents.md 3.3 has it: one account and
   * category within a burst; what has no words belongs to what is beside it.
   */
  affinityOf(signal: RequestFailed, clue: Clue, answers: Answers): number {
    if (signal.at < this.#from - SILENCE_MS || signal.at > this.openUntil) return 0;
    if (!this.#isAccountOf(signal, clue) || this.#isOverFor(signal, answers)) return 0;
    const isSession = this.#places.hasSession(signal);
    const isSame = clue.category === this.#clue.category;
    const isLoose = (clue.isVague || (this.#clue.isVague && isSession)) && this.#isOfStatus(signal);
    if (!isSame && !isLoose) return 0;
    const { category } = isSame || clue.isVague ? this.#clue : clue;
    if (isOfSession(category) && !isSession) return 0;
    return 1 + (isSame ? 4 : 0) + (this.#places.hasThread(signal) ? 2 : isSession ? 1 : 0);
  }

  /** A status that differs says at least that it is not the same. */
  #isOfStatus({ status }: RequestFailed): boolean {
    const { status: ours } = this.#example.signal;
    return status === undefined || ours === undefined || status === ours;
  }

  #isAccountOf(signal: RequestFailed, clue: Clue): boolean {
    const { provider } = clue;
    const ours = this.#clue.provider;
    if (provider === ours && provider !== 'unknown' && provider !== 'other') return true;
    if (!this.#places.hasAgent(signal)) return false;
    if (provider === ours || this.#isSilenceOf(signal, clue)) return true;
    const isKnown = provider !== 'unknown' && ours !== 'unknown';
    return !isKnown && (this.#places.hasSession(signal) || ![provider, ours].includes('other'));
  }

  /**
   * One thread failed with words and without: the words say whose account it is, silence has no more
   * than the base URL in force (docs/agents.md 2.1).
   */
  #isSilenceOf(signal: RequestFailed, { isVague }: Clue): boolean {
    const { model } = this.#example.signal;
    const isModel = signal.model === undefined || model === undefined || signal.model === model;
    return isVague !== this.#clue.isVague && isModel && this.#places.hasThread(signal);
  }

  /** It has recovered, and this is a new burst. Compaction comes between in a loop of overflows. */
  #isOverFor(signal: RequestFailed, answers: Answers): boolean {
    return (
      signal.at > this.#to + RELAPSE_MS &&
      this.#clue.category !== 'context_length' &&
      this.#places.size === 1 &&
      this.#places.hasThread(signal) &&
      this.#places.hasRecoveredBefore(signal.at, answers)
    );
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

  /** The same failure as before, of which more is known now. */
  amend(before: RequestFailed, after: TailedFailure, clue: Clue): void {
    this.#places.remove(before);
    // Nothing but this one failure has told so far.
    if (this.#count === (before.attemptCount ?? 1)) this.#clue = { ...clue };
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

/** The failure that says most has words, then a status, and is what the user asked for. */
function rankOf(signal: RequestFailed, { rule, confidence, fields }: Clue): number {
  return (
    (signal.text === '' ? 0 : 16) +
    (rule === null || confidence === 'low' ? 0 : 8) +
    (fields.limit === undefined ? 0 : 4) +
    (signal.status === undefined ? 0 : 2) +
    (signal.isSideRequest ? 0 : 1)
  );
}

/** What was stored, taken up again. Undefined: this version reads its example otherwise. */
function restoreIncident(stored: Incident): OpenIncident | undefined {
  const clue = clueOf(stored.example.signal);
  if (!clue) return undefined;
  const { provider, category, rule, wordsConfidence: confidence, fields } = stored;
  const isVague = clue.isVague && category === clue.category;
  const kept = { provider, category, rule, confidence, fields, isVague };
  return new OpenIncident(stored.example, kept, stored);
}

/** What one failure says of its cause: by this, failures are told to be of one incident. */
interface Clue {
  readonly provider: Attribution['provider'];
  readonly category: Category | null;
  readonly rule: string | null;
  readonly confidence: Confidence | null;
  readonly fields: ErrorFields;
  /** It has no words, and its status says nothing either: it is of the incident beside it. */
  readonly isVague: boolean;
}

/** Undefined: it is no error. */
function clueOf(signal: RequestFailed): Clue | undefined {
  const { provider } = attribute(signal);
  const meaning = meaningOf(signal, provider);
  const isWordless = signal.text === '' && signal.errorType === undefined;
  if (!meaning) {
    if (!isWordless) return undefined;
    const category = provider === 'other' ? 'other_provider' : null;
    return { provider, category, rule: null, confidence: null, fields: {}, isVague: true };
  }
  const isBare = isWordless && meaning.confidence === 'low' && OF_A_STATUS.has(meaning.category);
  return { provider, ...meaning, isVague: isBare };
}

/** What 401, 402, 403 and 429 are taken for without words: each is many things (docs/kimi.md 4.2). */
const OF_A_STATUS: ReadonlySet<Category> = new Set([
  'auth',
  'membership',
  'permission',
  'rate_limited_ambiguous',
]);

/** What one conversation asks for: another one does not meet it. All else is the account's. */
const isOfSession = (category: Category | null): boolean =>
  category === 'context_length' || category === 'bad_request';
