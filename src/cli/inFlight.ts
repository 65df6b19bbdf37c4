import type { InFlightCount, Signal } from '../core/agents/signal.ts';
import { OPEN_REQUEST_LIMIT_MS, RequestHistory } from '../core/incidents/requestHistory.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { tailing } from './tailing.ts';

/** The part at the end of a log that is read for open requests. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;

/** Counts the requests in flight, from the last minutes of the agents' logs. */
export async function inFlightNow(now: number): Promise<InFlightCount> {
  const signals: Signal[] = [];
  await readLogsOnce({
    ...tailing({ files: [] }, ({ signal }) => signals.push(signal)),
    since: now - OPEN_REQUEST_LIMIT_MS,
    reading: { everyRecord: 'always', maxBacklogBytes: MAX_TAIL_BYTES },
  });
  const history = new RequestHistory();
  for (const signal of signals.sort((a, b) => a.at - b.at)) history.apply(signal, signal.at);
  return history.count(now);
}
