import * as z from 'zod/mini';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { MINUTE_MS } from '../base/time.ts';
import { SILENT_MS, TEAM_KEY, type TeamFaults, type TeamReading } from './team.ts';

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

const StoredFault = z.exactOptional(z.enum(['refused', 'unreachable', 'malformed', 'notPrivate']));
const StoredTeam = z.object({
  at: StoredTime,
  reading: z.exactOptional(StoredReading),
  faults: z.object({ push: StoredFault, query: StoredFault }),
});

/** What is known of the team. */
interface StoredTeam {
  readonly reading?: TeamReading;
  readonly faults: TeamFaults;
}

/** Longer than the longest pause after failures. */
const FAULTS_MS = 7 * MINUTE_MS;

/** Stores it for all windows of this machine. Undefined: there is no team any more. */
export async function saveTeam(
  archive: ValueRows,
  team: StoredTeam | undefined,
  now: number,
): Promise<void> {
  await archive.set(TEAM_KEY, team && JSON.stringify({ at: now, ...team }));
}

/** The last reading, if it isn't older than a minute, and the faults of the link. */
export async function loadTeam(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<StoredTeam | undefined> {
  const stored = parseStored(StoredTeam, await archive.get(TEAM_KEY));
  if (!stored) return undefined;
  const { at, faults, reading } = stored;
  return {
    ...(reading && Math.abs(now - reading.at) <= SILENT_MS ? { reading } : {}),
    faults: Math.abs(now - at) <= FAULTS_MS ? faults : {},
  };
}

/** Only the reading. */
export const loadTeamReading = async (
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<TeamReading | undefined> => (await loadTeam(archive, now))?.reading;
