import type { Signal } from '../agents/signal.ts';
import type { TailedFailure } from '../tail.ts';
import { type Incident, SILENCE_MS } from './incident.ts';
import { Incidents, type IncidentsOptions } from './incidents.ts';

/** Incidents are judged so often as the time of the records goes on: their requests fade. */
const JUDGE_EVERY_MS = 30_000;

/** What was read of logs in one go. */
export interface ReadSignals {
  /** In any order; failures among them tell of their requests only. */
  readonly signals: readonly Signal[];
  /** Each once, as it is known in the end. */
  readonly failures: readonly TailedFailure[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The incidents of logs that were read in one go, in the order of their first failure. */
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
      // After a pause it is over, and what comes now must not be the first that is known of it.
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
