import * as z from 'zod/mini';
import { AGENT_IDS, type InFlightCount } from '../agents/signal.ts';
import type { TailedFailure, TailRows } from '../agents/tail.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { isSameData, parseStored, StoredTime, type ValueRows } from '../base/store.ts';

/** A drop of a quota while no agent on this machine was running. */
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
  /** A recent drop of the 5-hour quota while no agent on this machine was running. */
  readonly foreignUse?: ForeignUse;
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
  const isRecent = foreignUse && now - foreignUse.to <= FOREIGN_USE_MS;
  const isFresh = inFlight && Math.abs(now - inFlight.at) <= IN_FLIGHT_FRESH_MS;
  return {
    ...(isFresh ? { inFlight } : {}),
    ...(lastFailure ? { lastFailure } : {}),
    ...(isRecent ? { foreignUse } : {}),
  };
}

/** A repeated count is no change. */
const withoutTime = ({ inFlight, ...rest }: Activity) => ({
  ...rest,
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
