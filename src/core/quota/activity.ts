import * as z from 'zod/mini';
import { AGENT_IDS, type InFlightCount } from '../agents/signal.ts';
import type { TailedFailure, TailRows } from '../agents/tail.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { isSameData, parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { TEAM_KEY, type TeamFaults, type TeamReading } from './team.ts';
import { USES_KEY, type WindowUse } from './windowUse.ts';

/** Usage that no agent on this machine explains. */
export interface ForeignUse {
  readonly origin: string;
  readonly windowId: string;
  readonly from: number;
  readonly to: number;
  /** Percentage points of the quota. */
  readonly points: number;
}

/** Activity of the agents on this machine, for all windows. */
export interface Activity {
  /** Absent if no window has reported for a minute. */
  readonly inFlight?: InFlightCount;
  /** The newest failed request of the last day. */
  readonly lastFailure?: TailedFailure;
  /** Recent usage that no agent on this machine explains. */
  readonly foreignUse?: ForeignUse;
  /** What used the windows that were read in the last day. */
  readonly uses?: readonly WindowUse[];
  /** What the other machines of the accounts reported in the last minute (docs/team.md). */
  readonly team?: TeamReading;
  /** How the link to the team's metrics store is; absent without a team. */
  readonly teamFaults?: TeamFaults;
}

const IN_FLIGHT_KEY = 'inFlight';
/** The window that follows logs reports at least this often; older counts are ignored. */
const IN_FLIGHT_FRESH_MS = 60_000;
const LAST_FAILURE_MS = 86_400_000;
/** Key of the value that `ActivityRecorder` stores. */
export const FOREIGN_USE_KEY = 'foreignUse';
/** As long as the quota's period. */
const FOREIGN_USE_MS = 5 * 3_600_000;

const StoredInFlight = z.object({
  at: StoredTime,
  total: z.int().check(z.gte(0)),
  peak: z.exactOptional(z.int().check(z.gte(0))),
  byAgent: z.array(z.object({ agent: z.enum(AGENT_IDS), count: z.int().check(z.gt(0)) })),
});

const StoredForeignUse = z.object({
  origin: z.string(),
  windowId: z.string(),
  from: StoredTime,
  to: StoredTime,
  points: z.number(),
});

/** Stores the number of requests in flight for all windows. Called by the window that follows logs. */
export async function saveInFlight(archive: ValueRows, count: InFlightCount): Promise<void> {
  await archive.set(IN_FLIGHT_KEY, JSON.stringify(count));
}

/** Stored activity at `now`. Unreadable data counts as unknown. */
export async function loadActivity(
  archive: ValueRows & Pick<TailRows, 'readEvents'>,
  now: number,
): Promise<Activity> {
  const inFlight = parseStored(StoredInFlight, await archive.get(IN_FLIGHT_KEY));
  const [lastFailure] = await archive.readEvents({ since: now - LAST_FAILURE_MS, limit: 1 });
  const foreignUse = parseStored(StoredForeignUse, await archive.get(FOREIGN_USE_KEY));
  const uses = await usesOf(archive, now);
  const team = await teamOf(archive, now);
  const isRecent = foreignUse && now - foreignUse.to <= FOREIGN_USE_MS;
  const isFresh = inFlight && Math.abs(now - inFlight.at) <= IN_FLIGHT_FRESH_MS;
  return {
    ...(isFresh ? { inFlight } : {}),
    ...(lastFailure ? { lastFailure } : {}),
    ...(isRecent ? { foreignUse } : {}),
    ...(uses.length > 0 ? { uses } : {}),
    ...team,
  };
}

/** Their schema is not needed before the first of them. */
async function usesOf(archive: ValueRows, now: number): Promise<readonly WindowUse[]> {
  if ((await archive.get(USES_KEY)) === undefined) return [];
  return (await import('./windowUseRows.ts')).loadUses(archive, now);
}

/** Most users have no team: its schema is not loaded for them. */
async function teamOf(
  archive: ValueRows,
  now: number,
): Promise<Pick<Activity, 'team' | 'teamFaults'>> {
  if ((await archive.get(TEAM_KEY)) === undefined) return {};
  const known = await (await import('./teamRows.ts')).loadTeam(archive, now);
  return known
    ? { ...(known.reading ? { team: known.reading } : {}), teamFaults: known.faults }
    : {};
}

/** A repeated count is no change. */
const withoutTime = ({ inFlight, team, ...rest }: Activity) => ({
  ...rest,
  team: team?.accounts,
  total: inFlight?.total,
  byAgent: inFlight?.byAgent,
});

/** Activity for surfaces: a copy of the archive's data, updated when it changes. */
export class ActivityStore implements Disposable {
  readonly #archive: ValueRows & Pick<TailRows, 'readEvents'>;
  readonly #now: () => number;
  readonly #changeEmitter = new Emitter<void>();
  #activity: Activity = {};

  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(archive: ValueRows & Pick<TailRows, 'readEvents'>, now: () => number) {
    this.#archive = archive;
    this.#now = now;
  }

  get activity(): Activity {
    return this.#activity;
  }

  /** Reads the archive. Fires only if the activity changed. */
  async follow(): Promise<void> {
    const before = this.#activity;
    this.#activity = await loadActivity(this.#archive, this.#now());
    if (!isSameData(withoutTime(before), withoutTime(this.#activity))) this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
