import * as z from 'zod/mini';
import { AGENT_IDS } from '../agents/signal.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { DAY_MS } from '../base/time.ts';
import { USES_KEY, type WindowUse } from './windowUse.ts';

const RECENT_MS = DAY_MS;

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
  return uses.filter(({ to }) => now - to <= RECENT_MS);
}

/** Stores what used the windows, for all windows of the editor. */
export async function saveWindowUses(
  archive: ValueRows,
  uses: readonly WindowUse[],
): Promise<void> {
  await archive.set(USES_KEY, JSON.stringify(uses));
}
