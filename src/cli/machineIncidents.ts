import { DAY_MS } from '../core/base/time.ts';
import type { ChecklistFacts } from '../core/diagnosis/checklistFacts.ts';
import { loadChecklistFacts } from '../core/diagnosis/loadFacts.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { memoryWords } from '../core/base/store.ts';
import type { Translate } from '../core/base/ports.ts';
import type { Archive } from '../core/ledger/archive.ts';
import { loadActivity } from '../core/quota/activity.ts';
import type { Snapshot } from '../core/quota/snapshot.ts';
import { readAccounts } from './machine.ts';
import { printWarning } from './output.ts';

/** Incidents are considered this long. */
const SHOWN_MS = 7 * DAY_MS;

/**
 * The incidents of the last 7 days, oldest first: those that windows have stored and, where no
 * window follows the logs now, later ones in the logs of the last 24 hours.
 */
export async function machineIncidents(
  archive: Archive,
  now: number,
): Promise<readonly Incident[]> {
  const stored = await archive.readIncidents({ since: now - SHOWN_MS });
  const { inFlight } = await loadActivity(archive, now);
  if (inFlight) return stored;
  const { recentIncidents } = await import('./recentIncidents.ts');
  const snapshots = await snapshotsSince(archive, now - 2 * DAY_MS);
  const newest = stored.at(-1)?.to ?? -Infinity;
  const known = new Set(stored.map(({ id }) => id));
  const read = await recentIncidents({ files: [] }, snapshots);
  return [...stored, ...read.filter(({ id, from }) => from > newest && !known.has(id))];
}

/** The stored quota readings of all accounts, oldest first. `since`: epoch milliseconds. */
export async function snapshotsSince(
  archive: Archive,
  since: number,
): Promise<readonly Snapshot[]> {
  const origins = new Set((await archive.readLatest()).map(({ origin }) => origin));
  const histories = [...origins].map(origin => archive.readHistory({ origin, since }));
  return (await Promise.all(histories)).flat().sort((a, b) => a.at - b.at);
}

/** What the checklists of an incident use, as in the dashboard. Sends no request. */
export async function machineFacts(
  archive: Archive,
  incident: Incident,
  now: number,
): Promise<ChecklistFacts> {
  const [accounts, stored] = await Promise.all([
    readAccounts(archive, now),
    loadActivity(archive, now),
  ]);
  const activity = stored.inFlight ? stored : { ...stored, inFlight: await countNow(now) };
  return loadChecklistFacts(archive, incident, { now, accounts, activity });
}

const countNow = async (now: number) => (await import('./inFlight.ts')).inFlightNow(now);

/** After a change: it is lost where the archive can't be written. */
export function warnIfNotStored({ health }: Archive, t: Translate): void {
  if (health.kind === 'memory') printWarning(memoryWords(health.reason, t));
}
