import * as z from 'zod/mini';
import { MAX_VALUE_LENGTH, type ValueRows } from '../archive.ts';
import { parseStored } from './activity.ts';
import type { AgentId } from './signal.ts';

/** One of the folders in which an agent writes its logs. */
export interface WatchedFolder {
  readonly agent: AgentId;
  /** Absolute. */
  readonly path: string;
  readonly isThere: boolean;
  /** The system does not tell of changes here: it is looked at every 2 s. */
  readonly isPolled: boolean;
  readonly fileCount: number;
  /** The log that was written last; `modifiedAt` is epoch milliseconds. */
  readonly newest?: { readonly path: string; readonly modifiedAt: number };
  /** How many logs and folders cannot be read, by the system's code, such as `EACCES`. */
  readonly unreadable: Readonly<Record<string, number>>;
}

/** What the window that follows the logs tells all windows. */
export interface WatchedLogs {
  /** The home folder, which people need not read. */
  readonly home: string;
  readonly folders: readonly WatchedFolder[];
}

const KEY = 'watchedLogs';

// Names every field, so that one that is added to the type and not here does not compile.
type Shape<T> = Record<keyof T, z.core.$ZodType>;
const count = z.int().check(z.gte(0));

const StoredWatchedLogs = z.object({
  home: z.string(),
  folders: z.array(
    z.object({
      agent: z.custom<AgentId>(id => typeof id === 'string' && /^[a-z\d-]+$/.test(id)),
      path: z.string(),
      isThere: z.boolean(),
      isPolled: z.boolean(),
      fileCount: count,
      newest: z.exactOptional(z.object({ path: z.string(), modifiedAt: z.number() })),
      unreadable: z.record(z.string(), count),
    } satisfies Shape<WatchedFolder>),
  ),
} satisfies Shape<WatchedLogs>);

/** As text for `saveWatchedLogs`. More folders than fit are left out: those without logs first. */
export function writeWatchedLogs({ home, folders }: WatchedLogs): string {
  const byCount = folders.toSorted((a, b) => b.fileCount - a.fileCount);
  for (let most = byCount.length; ; most = Math.floor(most / 2)) {
    const json = JSON.stringify({ home, folders: byCount.slice(0, most) });
    if (json.length <= MAX_VALUE_LENGTH || most === 0) return json;
  }
}

/** Tells all windows. For the one that follows the logs. */
export async function saveWatchedLogs(archive: ValueRows, json: string): Promise<void> {
  await archive.set(KEY, json);
}

/** What was told last; undefined: nothing so far. */
export async function loadWatchedLogs(archive: ValueRows): Promise<WatchedLogs | undefined> {
  return parseStored(StoredWatchedLogs, await archive.get(KEY));
}

/** How many logs and folders cannot be read. */
export function countUnreadable({ unreadable }: Pick<WatchedFolder, 'unreadable'>): number {
  return Object.values(unreadable).reduce((sum, count) => sum + count, 0);
}
