import * as z from 'zod/mini';
import type { TailRows, ValueRows } from '../archive.ts';
import { Emitter, type Disposable, type Event } from '../event.ts';
import type { ForeignUse } from '../quota/localActivity.ts';
import type { TailedFailure } from '../tail.ts';
import type { InFlightCount } from './inFlight.ts';
import { AGENT_IDS } from './signal.ts';

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
  at: z.number(),
  total: z.int().check(z.gte(0)),
  byAgent: z.array(z.object({ agent: z.enum(AGENT_IDS), count: z.int().check(z.gt(0)) })),
});

const StoredForeignUse = z.object({
  origin: z.string(),
  windowId: z.string(),
  from: z.number(),
  to: z.number(),
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

/** A named value as it was stored; undefined: none, or another version wrote what we cannot read. */
export function parseStored<T>(schema: z.ZodMiniType<T>, json: string | undefined): T | undefined {
  if (json === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

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

  /** Takes over what is stored now. */
  async follow(): Promise<void> {
    this.#activity = await loadActivity(this.#archive, this.#now());
    this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
