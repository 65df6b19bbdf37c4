import * as z from 'zod/mini';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { SILENT_MS, TEAM_KEY, type TeamReading } from './team.ts';

const optional = z.exactOptional(z.number());
const rates = {
  inFlight: z.number(),
  requestsLastMinute: optional,
  tokensLastMinute: optional,
  tokensLastDay: optional,
};
const StoredReading = z.object({
  at: StoredTime,
  accounts: z.array(
    z.object({
      provider: z.enum(['kimi-code', 'open-platform']),
      totals: z.object({ count: z.number(), ...rates }),
      machines: z.array(
        z.object({
          machine: z.string(),
          ...rates,
          failing: z.exactOptional(z.array(z.string())),
          costs: z.exactOptional(z.array(z.object({ windowId: z.string(), cost: z.number() }))),
          ageMs: optional,
        }),
      ),
      silent: z.array(z.object({ machine: z.string(), ageMs: z.number() })),
    }),
  ),
  isNameTaken: z.exactOptional(z.boolean()),
});

/** Stores the reading for all windows of this machine. Undefined: the engine didn't answer. */
export async function saveTeamReading(
  archive: ValueRows,
  reading: TeamReading | undefined,
): Promise<void> {
  await archive.set(TEAM_KEY, reading && JSON.stringify(reading));
}

/** The last reading, if it isn't older than a minute. */
export async function loadTeamReading(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<TeamReading | undefined> {
  const reading = parseStored(StoredReading, await archive.get(TEAM_KEY));
  return reading && Math.abs(now - reading.at) <= SILENT_MS ? reading : undefined;
}
