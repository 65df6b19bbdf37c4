import type { InFlightCount } from '../core/agents/inFlight.ts';
import type { Signal } from '../core/agents/signal.ts';
import { OPEN_REQUEST_LIMIT_MS, RequestHistory } from '../core/incidents/requestHistory.ts';
import { readLogsOnce } from '../node/logTailer.ts';
import { tailing } from './tailing.ts';

/** The end of a log that may tell of a request that is still open. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;

/** How many requests are open now, by what the agents' logs of the last minutes tell. */
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
