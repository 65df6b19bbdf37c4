import { FailureJoiner, joinFailures } from '../../../src/core/agents/failureJoiner.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { Incidents } from '../../../src/core/incidents/incidents.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import type { Delivery } from './setting.ts';
import type { SimulatedRun } from './simulate.ts';

/** The first and the last verdict of an incident. */
export interface Reported {
  readonly first: Incident;
  readonly last: Incident;
}

/** What is read goes to the archive, and is judged, some moments after it was written. */
const READ_AFTER_MS = 400;
/** In a burst it is judged so often, and later on so often what may still change. */
const BURST_MS = 3000;
const STEP_MS = 20_000;
const LATER_MS = 20 * 60_000;

/**
 * Sends what a run left on disk through the pipeline, in its order; knows nothing else of the run but,
 * with a team, what the other machines reported.
 */
export function tellOf(run: SimulatedRun, { hasTeam = false } = {}): Reported[] {
  const { deliveries, snapshots, end, truth } = run;
  const { elsewhere } = truth.staged.setting;
  let now = 0;
  let due = Infinity;
  const seen = (): number => snapshots.findIndex(({ at }) => at > now);
  const incidents = new Incidents({
    judge,
    ...(hasTeam ? { others: () => elsewhere.readAt(now) } : {}),
    snapshots: () => (seen() < 0 ? snapshots : snapshots.slice(0, seen())),
  });
  const joiner = new FailureJoiner();
  const reported = new Map<string, Reported>();
  const update = (at: number): void => {
    now = at;
    for (const last of incidents.update(at))
      reported.set(last.id, { first: reported.get(last.id)?.first ?? last, last });
    due = incidents.isAnyOpen(at) ? at + STEP_MS : Infinity;
  };
  for (const delivery of deliveries.toSorted((a, b) => a.at - b.at)) {
    while (due < delivery.at) update(due);
    take(incidents, joiner, delivery);
    if (delivery.signal.kind === 'requestFailed')
      due = Math.min(due, Math.max(delivery.at + READ_AFTER_MS, now + BURST_MS));
  }
  while (due < end) update(due);
  for (let at = end; at <= end + LATER_MS; at += 4 * 60_000) update(at);
  return [...reported.values()];
}

/** As `AgentLogs` does it, without an archive. */
function take(incidents: Incidents, joiner: FailureJoiner, { at, signal }: Delivery): void {
  incidents.take(signal, at);
  const joined = joinFailures(joiner, [{ signal, file: 'log', byteOffset: 0 }]);
  for (const failure of joined.signals)
    if (failure.signal.kind === 'requestFailed')
      incidents.fail({ ...failure, signal: failure.signal });
  for (const failure of joined.amendments) incidents.amend(failure);
}
