import * as z from 'zod/mini';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { MINUTE_MS } from '../base/time.ts';
import { type Incident, isCurrent } from '../incidents/incident.ts';
import { troubleOfCause } from '../incidents/trouble.ts';

/** What Kimi's public status page reported. */
export interface StatusReading {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly level: 'well' | 'degraded' | 'down' | 'unknown';
  /** The newest ongoing incident in the page's wording, made inert. */
  readonly incident?: string;
}

/** The page is asked at most this often, by all windows together. */
export const STATUS_EVERY_MS = 5 * MINUTE_MS;

const Reading = z.object({
  at: StoredTime,
  level: z.enum(['well', 'degraded', 'down', 'unknown']),
  incident: z.exactOptional(z.string().check(z.maxLength(300))),
});

const STATUS_KEY = 'statusPage';
/** An older report says nothing about now. */
const FRESH_MS = 30 * MINUTE_MS;

/** The last report if it is recent. */
export async function loadStatus(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<StatusReading | undefined> {
  const reading = parseStored(Reading, await archive.get(STATUS_KEY));
  return reading && Math.abs(now - reading.at) <= FRESH_MS ? reading : undefined;
}

/** Stores a report for all windows. */
export async function saveStatus(archive: ValueRows, reading: StatusReading): Promise<void> {
  await archive.set(STATUS_KEY, JSON.stringify(reading));
}

/** Whether an open incident makes the status page evidence: overload, a server error, or doubt. */
export function wantsStatus(incidents: readonly Incident[], now: number): boolean {
  return incidents.some(incident => {
    const { verdict, category } = incident;
    const isDoubt = verdict.cause === 'unsure';
    const isBusy = troubleOfCause(verdict.cause, category) === 'busy';
    return (isDoubt || isBusy) && isCurrent(incident, now);
  });
}
