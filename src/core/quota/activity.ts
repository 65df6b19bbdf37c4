import * as z from 'zod/mini';
import { AGENT_IDS, type AgentId, type InFlightCount } from '../agents/signal.ts';
import type { TailedFailure, TailRows } from '../agents/tail.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { isSameData, parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { TEAM_KEY, type TeamReading } from './team.ts';

/** Usage that no agent on this machine explains. */
export interface ForeignUse {
  readonly origin: string;
  readonly windowId: string;
  readonly from: number;
  readonly to: number;
  /** Percentage points of the quota. */
  readonly points: number;
}

/** What used one window, as far as the logs of this machine show (docs/ledger.md 3). */
export interface WindowUse {
  readonly origin: string;
  readonly windowId: string;
  /** The window's beginning, and the reading it is about: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percentage points. */
  readonly used: number;
  /** The largest first. */
  readonly agents: readonly AgentUse[];
  /** Tokens of this machine, by the usual proportions of prices: to compare machines. */
  readonly cost?: number;
  /** Points that other machines of the account used, by their reports; the largest first. */
  readonly machines?: readonly MachinePoints[];
  readonly unexplained?: { readonly points: number; readonly from: number; readonly to: number };
}

/** What another machine of the account used of a window. */
export interface MachinePoints {
  readonly machine: string;
  /** Percentage points. */
  readonly points: number;
}

/** What one agent used. */
export interface AgentUse {
  readonly agent: AgentId;
  /** Of what this machine used: 0 to 100. */
  readonly sharePercent: number;
  /** Points of the window, with a range; absent while prices are unknown. */
  readonly points?: { readonly points: number; readonly low: number; readonly high: number };
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
  byAgent: z.array(z.object({ agent: z.enum(AGENT_IDS), count: z.int().check(z.gt(0)) })),
});

const StoredForeignUse = z.object({
  origin: z.string(),
  windowId: z.string(),
  from: StoredTime,
  to: StoredTime,
  points: z.number(),
});

const USES_KEY = 'windowUses';

const StoredUses = z.array(
  z.object({
    origin: z.string(),
    windowId: z.string(),
    from: StoredTime,
    to: StoredTime,
    used: z.number(),
    agents: z.array(
      z.object({
        agent: z.enum(AGENT_IDS),
        sharePercent: z.number(),
        points: z.exactOptional(
          z.object({ points: z.number(), low: z.number(), high: z.number() }),
        ),
      }),
    ),
    cost: z.exactOptional(z.number()),
    machines: z.exactOptional(z.array(z.object({ machine: z.string(), points: z.number() }))),
    unexplained: z.exactOptional(
      z.object({ points: z.number(), from: StoredTime, to: StoredTime }),
    ),
  }),
);

/** What used the windows that were read in the last day. */
export async function loadUses(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<readonly WindowUse[]> {
  const uses = parseStored(StoredUses, await archive.get(USES_KEY)) ?? [];
  return uses.filter(({ to }) => now - to <= LAST_FAILURE_MS);
}

/** Stores what used the windows, for all windows of the editor. */
export async function saveWindowUses(
  archive: ValueRows,
  uses: readonly WindowUse[],
): Promise<void> {
  await archive.set(USES_KEY, JSON.stringify(uses));
}

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
  const uses = await loadUses(archive, now);
  const team = await loadTeam(archive, now);
  const isRecent = foreignUse && now - foreignUse.to <= FOREIGN_USE_MS;
  const isFresh = inFlight && Math.abs(now - inFlight.at) <= IN_FLIGHT_FRESH_MS;
  return {
    ...(isFresh ? { inFlight } : {}),
    ...(lastFailure ? { lastFailure } : {}),
    ...(isRecent ? { foreignUse } : {}),
    ...(uses.length > 0 ? { uses } : {}),
    ...(team ? { team } : {}),
  };
}

/** Most users have no team: its schema is not loaded for them. */
async function loadTeam(archive: ValueRows, now: number): Promise<TeamReading | undefined> {
  if ((await archive.get(TEAM_KEY)) === undefined) return undefined;
  return (await import('./teamRows.ts')).loadTeamReading(archive, now);
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
