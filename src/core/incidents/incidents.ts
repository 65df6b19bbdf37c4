import { type AgentId, isAnswer, type RequestFailed, type Signal } from '../agents/signal.ts';
import type { TailedFailure } from '../agents/tail.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { burstShapeOf, coursePoints, requestsOf } from './burstShape.ts';
import { snapshotsAround } from './facts.ts';
import { Fallbacks } from './fallbacks.ts';
import { type CoursePoint, type Incident, SILENCE_MS } from './incident.ts';
import { type ChangedIncident, IncidentBook, type IncidentFacts } from './incidentBook.ts';
import { HISTORY_MS, RequestHistory } from './requestHistory.ts';
import type {
  BurstShape,
  EarlierIncident,
  MachineUse,
  Others,
  Verdict,
  VerdictInput,
} from './verdict.ts';
import { DAY_MS } from '../base/time.ts';

const MOST_EARLIER = 20;
/** After this time a verdict is final. */
const UNSETTLED_MS = 15 * 60_000;

/** Reports of other machines are from about the same time as failures that recent. */
const REPORT_AGE_MS = 30_000;

/** Options of `Incidents`. */
export interface IncidentsOptions {
  readonly judge: (input: VerdictInput) => Verdict;
  /** All relevant snapshots of all origins, oldest first. */
  readonly snapshots: () => readonly Snapshot[];
  /** What other machines of an account report now; undefined without a team. */
  readonly others?: (provider: Incident['provider']) => Others | undefined;
  /** What the agents of this machine used before a time; undefined without a ledger. */
  readonly useBefore?: (provider: Incident['provider'], at: number) => MachineUse | undefined;
}

/**
 * Turns signals into incidents with verdicts: requests, their failures, incidents and likely causes.
 * Uses no clock and no disk.
 */
export class Incidents {
  readonly #options: IncidentsOptions;
  readonly #history = new RequestHistory();
  readonly #book = new IncidentBook();
  readonly #fallbacks = new Fallbacks();
  /** As last returned by `update`. */
  readonly #latest = new Map<string, Incident>();
  /** What other machines reported during an incident. */
  readonly #others = new Map<string, Others>();
  /** From before a restart; not in the history. */
  readonly #restored = new Map<string, Incident>();

  constructor(options: IncidentsOptions) {
    this.#options = options;
  }

  /** For the number of requests in flight. */
  get history(): Pick<RequestHistory, 'count'> {
    return this.#history;
  }

  /** Whether `update` has something new to return. */
  get hasChanged(): boolean {
    return this.#book.hasChanged;
  }

  /** Whether time, a response or a snapshot may still change an incident. */
  isAnyOpen(now: number): boolean {
    return this.#open(now).length > 0;
  }

  /** See `IncidentBook.restore`. */
  restore(stored: readonly Incident[], failures: readonly TailedFailure[]): void {
    for (const incident of stored) {
      this.#latest.set(incident.id, incident);
      this.#restored.set(incident.id, incident);
    }
    this.#book.restore(stored, failures);
  }

  /** Takes every signal. New failures also go to `fail`. */
  take(signal: Signal, now: number): void {
    this.#history.apply(signal, now);
    if (!isAnswer(signal)) return;
    this.#book.answer(signal);
    this.#fallbacks.take(signal, this.#latest.values());
  }

  /** Takes a new failure. */
  fail(failure: TailedFailure): void {
    this.#book.fail(failure);
  }

  /** Updates a known failure. */
  amend(signal: RequestFailed): void {
    this.#book.amend(signal);
  }

  /** New and changed incidents, judged at `now`. */
  update(now: number): Incident[] {
    const candidates = new Map<string, ChangedIncident>();
    for (const changed of this.#book.takeChanged(now)) candidates.set(changed.facts.id, changed);
    const open = this.#open(now).map(({ id }) => id);
    for (const id of [...open, ...this.#fallbacks.takeChanged()]) {
      const current = this.#book.get(id, now);
      if (current) candidates.set(id, current);
    }
    const updated: Incident[] = [];
    for (const candidate of candidates.values()) {
      const incident = this.#judged(candidate, now);
      const before = this.#latest.get(incident.id);
      this.#latest.set(incident.id, incident);
      if (JSON.stringify(before) !== JSON.stringify(incident)) updated.push(incident);
    }
    this.#forget(now);
    return updated;
  }

  #open(now: number): Incident[] {
    return [...this.#latest.values()].filter(
      ({ id, state, to, verdict }) =>
        this.#book.has(id) &&
        (state === 'running' || (!verdict.isSettled && now - to <= UNSETTLED_MS)),
    );
  }

  #judged({ facts, course }: ChangedIncident, now: number): Incident {
    const shape = this.#shapeOf(facts, now);
    const others = this.#othersAt(facts, now);
    const use = this.#options.useBefore?.(facts.provider, facts.from);
    const base = {
      ...inputOf(facts, now),
      ...(use ? { use } : {}),
      earlier: this.#earlierThan(facts),
    };
    const input = { ...base, ...(others ? { others } : {}) };
    const around = snapshotsAround(this.#options.snapshots(), input);
    const verdict = this.#options.judge({ ...input, ...around, ...(shape ? { shape } : {}) });
    const latest = this.#latest.get(facts.id);
    const fallback = this.#fallbacks.of(facts.id) ?? latest?.fallback;
    const requests = requestsOf(this.#history, facts, facts.from);
    const span = { to: facts.to, ...pick(shape, 'firstSuccessAfterMs') };
    return {
      ...facts,
      course: coursePoints(course, span, { requests, known: this.#forgottenCourse(facts, now) }),
      ...(shape ? { shape: lasting(shape) } : {}),
      ...(fallback ? { fallback } : {}),
      verdict,
    };
  }

  /** During the failures: the newest reports, or later the busiest ones that were seen. */
  #othersAt({ id, provider, to }: IncidentFacts, now: number): Others | undefined {
    const before = this.#others.get(id) ?? inEvidence(this.#latest.get(id));
    const current = now - to <= REPORT_AGE_MS ? this.#options.others?.(provider) : undefined;
    const busiest = before && current ? busierOf(before, current) : (current ?? before);
    if (busiest) this.#others.set(id, busiest);
    return busiest;
  }

  /** Of an incident that began before the history, only the end is new. */
  #shapeOf(facts: IncidentFacts, now: number): BurstShape | undefined {
    const known = this.#latest.get(facts.id)?.shape;
    if (now - facts.to > HISTORY_MS) return known;
    const fresh = burstShapeOf(this.#history, facts, now);
    if (known && fresh && now - facts.from > HISTORY_MS) return continuedShape(known, fresh);
    const restored = this.#restored.get(facts.id)?.shape;
    return restored && fresh ? joinedShape(restored, fresh) : (fresh ?? restored);
  }

  /** The part of the timeline whose requests are no longer in the history. */
  #forgottenCourse({ id }: IncidentFacts, now: number): CoursePoint[] {
    const from = Math.max(now - HISTORY_MS, this.#restored.get(id)?.to ?? -Infinity);
    return this.#latest.get(id)?.course.filter(point => point.at <= from) ?? [];
  }

  #earlierThan({ provider, from }: IncidentFacts): EarlierIncident[] {
    return [...this.#latest.values()]
      .filter(it => it.provider === provider && it.from < from)
      .filter(({ to }) => to >= from - DAY_MS)
      .sort((a, b) => b.to - a.to)
      .slice(0, MOST_EARLIER)
      .map(it => ({ cause: it.verdict.cause, from: it.from, to: it.to, count: it.count }));
  }

  #forget(now: number): void {
    for (const [id, { to }] of this.#latest) {
      if (to >= now - DAY_MS || this.#book.has(id)) continue;
      this.#latest.delete(id);
      this.#others.delete(id);
      this.#fallbacks.forget(id);
    }
    for (const id of this.#restored.keys()) if (!this.#latest.has(id)) this.#restored.delete(id);
  }
}

/** Limits per minute and day are compared with the highest number that was seen. */
function busierOf(before: Others, current: Others): Others {
  const weightOf = ({ totals }: Others): readonly number[] => [
    totals.inFlight,
    totals.tokensLastMinute ?? 0,
  ];
  const [was, is] = [weightOf(before), weightOf(current)];
  return was[0]! > is[0]! || (was[0] === is[0] && was[1]! > is[1]!) ? before : current;
}

/** As far as a verdict from before a restart names them. */
function inEvidence(incident: Incident | undefined): Others | undefined {
  const found = incident?.verdict.evidence.find(({ kind }) => kind === 'otherMachines');
  if (found?.kind !== 'otherMachines') return undefined;
  const { count, machines } = found;
  return { totals: { count: machines.length, inFlight: count }, machines };
}

/** Requests in flight now are outdated when the incident is read. */
function lasting({ inFlightNow: _now, ...shape }: BurstShape): BurstShape {
  return shape;
}

/** Combines the shapes before and after a restart. */
function joinedShape(before: BurstShape, after: BurstShape): BurstShape {
  const busier = after.inFlightPeak > before.inFlightPeak ? after : before;
  return {
    ...before,
    ...after,
    inFlightPeak: busier.inFlightPeak,
    inFlightThreads: busier.inFlightThreads,
    inFlightAgents: busier.inFlightAgents,
    successesDuring: before.successesDuring + after.successesDuring,
    requestsLastMinute: Math.max(before.requestsLastMinute, after.requestsLastMinute),
  };
}

/** The shape of an incident that lasts longer than the history. */
function continuedShape(
  { firstSuccessAfterMs: _, ...known }: BurstShape,
  fresh: BurstShape,
): BurstShape {
  return {
    ...known,
    successesDuring: Math.max(known.successesDuring, fresh.successesDuring),
    ...pick(fresh, 'firstSuccessAfterMs'),
  };
}

const pick = (shape: BurstShape | undefined, field: 'firstSuccessAfterMs') =>
  shape?.[field] === undefined ? {} : { [field]: shape[field] };

function inputOf(facts: IncidentFacts, now: number): Omit<VerdictInput, 'earlier'> {
  const { provider, category, wordsConfidence, fields, from, to, count, state } = facts;
  const { status, model, evidence } = facts.example.signal;
  const host = evidence.host ?? evidence.configuredHost;
  return {
    now,
    provider,
    agents: agentsOf(facts),
    category,
    wordsConfidence,
    fields,
    from,
    to,
    count,
    threadCount: facts.placeCount,
    ...(facts.placeCount > 1 && facts.places.every(({ subagent }) => subagent === undefined)
      ? { areSessions: true }
      : {}),
    state,
    ...(status === undefined ? {} : { status }),
    ...(host === undefined ? {} : { host }),
    ...(model === undefined ? {} : { model }),
    ...(facts.waitUntil === undefined ? {} : { waitUntil: facts.waitUntil }),
  };
}

/** The busiest first. */
function agentsOf({ places }: IncidentFacts): AgentId[] {
  const counts = new Map<AgentId, number>();
  for (const { agent, count } of places) counts.set(agent, (counts.get(agent) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a).map(([agent]) => agent);
}

/** Interval of judging, in record time: the history is short. */
const JUDGE_EVERY_MS = 30_000;

/** The result of reading logs once. */
export interface ReadSignals {
  /** In any order; failures among them only end their requests. */
  readonly signals: readonly Signal[];
  /** Each once, in its final form. */
  readonly failures: readonly TailedFailure[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Incidents from logs read once, ordered by first failure. */
export function foldSignals(
  { signals, failures, now }: ReadSignals,
  options: IncidentsOptions,
): Incident[] {
  const incidents = new Incidents(options);
  const found = new Map<string, Incident>();
  const update = (at: number): void => {
    for (const incident of incidents.update(at)) found.set(incident.id, incident);
  };
  const byTime = (a: TailedFailure, b: TailedFailure): number => a.signal.at - b.signal.at;
  const waiting = failures.toSorted(byTime);
  let [taken, lastAt, judgedAt] = [0, -Infinity, -Infinity];
  for (const signal of signals.toSorted((a, b) => a.at - b.at)) {
    if (signal.at - judgedAt > JUDGE_EVERY_MS) {
      // After a pause, judge what ended before later signals arrive.
      update(Math.min(signal.at, lastAt + SILENCE_MS + 1));
      judgedAt = signal.at;
    }
    incidents.take(signal, signal.at);
    for (; waiting[taken] && waiting[taken]!.signal.at <= signal.at; taken++)
      incidents.fail(waiting[taken]!);
    lastAt = signal.at;
  }
  for (const failure of waiting.slice(taken)) incidents.fail(failure);
  update(Math.min(now, lastAt + SILENCE_MS + 1));
  update(now);
  return [...found.values()].sort((a, b) => a.from - b.from);
}
