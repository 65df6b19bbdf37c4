import { FailureLog } from '../core/agents/failureJoiner.ts';
import type { TailedSignal } from '../core/agents/tail.ts';
import { DAY_MS, HOUR_MS } from '../core/base/time.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { foldSignals } from '../core/incidents/incidents.ts';
import { judge } from '../core/incidents/judge.ts';
import type { Snapshot } from '../core/quota/snapshot.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { silent } from './output.ts';
import { type LogPlaces, tailing } from './tailing.ts';

const MOST_FAILURES = 100_000;

/**
 * The incidents of the last 24 hours in the agents' logs, oldest first. `snapshots`: quota readings,
 * oldest first; default: none.
 */
export async function recentIncidents(
  places: LogPlaces,
  snapshots: readonly Snapshot[] = [],
): Promise<readonly Incident[]> {
  const now = Date.now();
  const since = now - DAY_MS;
  const log = new FailureLog(MOST_FAILURES);
  const read: TailedSignal[] = [];
  await readLogsOnce({
    ...tailing(places, tailed => {
      if (tailed.signal.at < since - HOUR_MS) return;
      log.add(tailed);
      read.push(tailed);
    }),
    log: silent,
    since,
    reading: { everyRecord: 'always', maxBacklogBytes: Infinity },
  });
  const signals = read.map(({ signal }) => signal);
  const options = { judge, snapshots: () => snapshots };
  const found = foldSignals({ signals, failures: log.failures, now }, options);
  return found.filter(({ to }) => to >= since);
}
