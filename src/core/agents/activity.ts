import * as z from 'zod/mini';
import type { TailRows, ValueRows } from '../archive.ts';
import { Emitter, type Disposable, type Event } from '../event.ts';
import type { TailedFailure } from '../tail.ts';
import type { InFlightCount } from './inFlight.ts';
import { AGENT_IDS } from './signal.ts';

/** What the agents on this machine do, as every window may show it. */
export interface Activity {
  /** Absent while no window follows the logs, or none has told for a minute. */
  readonly inFlight?: InFlightCount;
  /** The newest failed request of the last day. */
  readonly lastFailure?: TailedFailure;
}

const IN_FLIGHT_KEY = 'inFlight';
/** The window that follows the logs tells at least this often; older counts say nothing. */
export const IN_FLIGHT_FRESH_MS = 60_000;
const LAST_FAILURE_MS = 86_400_000;

const StoredInFlight = z.object({
  at: z.number(),
  total: z.int().check(z.gte(0)),
  byAgent: z.array(z.object({ agent: z.enum(AGENT_IDS), count: z.int().check(z.gt(0)) })),
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
  const inFlight = parseInFlight(await archive.get(IN_FLIGHT_KEY));
  const [lastFailure] = await archive.readEvents({ since: now - LAST_FAILURE_MS, limit: 1 });
  const isFresh = inFlight && Math.abs(now - inFlight.at) <= IN_FLIGHT_FRESH_MS;
  return { ...(isFresh ? { inFlight } : {}), ...(lastFailure ? { lastFailure } : {}) };
}

function parseInFlight(json: string | undefined): InFlightCount | undefined {
  if (json === undefined) return undefined;
  try {
    return StoredInFlight.safeParse(JSON.parse(json)).data;
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
