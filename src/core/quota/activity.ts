import * as z from 'zod/mini';
import { AGENT_IDS, type InFlightCount } from '../agents/signal.ts';
import type { TailedFailure, TailRows } from '../agents/tail.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { isSameData, parseStored, StoredTime, type ValueRows } from '../base/store.ts';

/** A window that fell while no agent on this machine was seen at work. */
export interface ForeignUse {
  readonly origin: string;
  readonly windowId: string;
  readonly from: number;
  readonly to: number;
  /** Percentage points of the window. */
  readonly points: number;
}

/** What the agents on this machine do, as every window may show it. */
export interface Activity {
  /** Absent while no window follows the logs, or none has told for a minute. */
  readonly inFlight?: InFlightCount;
  /** The newest failed request of the last day. */
  readonly lastFailure?: TailedFailure;
  /** The 5-hour window fell, in the last hours, while no agent of this machine was seen at work. */
  readonly foreignUse?: ForeignUse;
}

const IN_FLIGHT_KEY = 'inFlight';
/** The window that follows the logs tells at least this often; older counts say nothing. */
const IN_FLIGHT_FRESH_MS = 60_000;
const LAST_FAILURE_MS = 86_400_000;
/** Where `ActivityRecorder` puts what it finds. */
export const FOREIGN_USE_KEY = 'foreignUse';
/** As long as the window that fell lasts. */
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

/** Tells all windows how many requests are open. For the one window that follows the logs. */
export async function saveInFlight(archive: ValueRows, count: InFlightCount): Promise<void> {
  await archive.set(IN_FLIGHT_KEY, JSON.stringify(count));
}

/** What the archive knows of the agents at `now`. What cannot be read is not known. */
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

/** A count that is written again is no news. */
const withoutTime = ({ inFlight, ...rest }: Activity) => ({
  ...rest,
  total: inFlight?.total,
  byAgent: inFlight?.byAgent,
});

/** What surfaces read of the agents: a copy of what the archive holds, taken when it changes. */
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

  /** Takes over what is stored now. Fires only if something else is known than before. */
  async follow(): Promise<void> {
    const before = this.#activity;
    this.#activity = await loadActivity(this.#archive, this.#now());
    if (!isSameData(withoutTime(before), withoutTime(this.#activity))) this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
