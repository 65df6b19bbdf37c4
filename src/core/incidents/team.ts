import * as z from 'zod/mini';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import type { OtherMachine } from './verdict.ts';

/** What the other machines of the user's accounts reported in the last minute. */
export interface TeamReading {
  /** When it was read: epoch milliseconds, by the local clock. */
  readonly at: number;
  /** By provider, the busiest machine first. A machine that is silent is not in it. */
  readonly accounts: readonly {
    readonly provider: 'kimi-code' | 'open-platform';
    readonly machines: readonly OtherMachine[];
  }[];
}

/** A machine without a new report for this long no longer counts. */
export const SILENT_MS = 60_000;

const KEY = 'team';
const number = z.exactOptional(z.number());
const StoredReading = z.object({
  at: StoredTime,
  accounts: z.array(
    z.object({
      provider: z.enum(['kimi-code', 'open-platform']),
      machines: z.array(
        z.object({
          machine: z.string(),
          inFlight: z.number(),
          tokensLastMinute: number,
          tokensLastDay: number,
          openIncidents: number,
        }),
      ),
    }),
  ),
});

/** Stores the reading for all windows of this machine. Undefined: the engine didn't answer. */
export async function saveTeamReading(
  archive: ValueRows,
  reading: TeamReading | undefined,
): Promise<void> {
  await archive.set(KEY, reading && JSON.stringify(reading));
}

/** The last reading, if it isn't older than a minute. */
export async function loadTeamReading(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<TeamReading | undefined> {
  const reading = parseStored(StoredReading, await archive.get(KEY));
  return reading && Math.abs(now - reading.at) <= SILENT_MS ? reading : undefined;
}

/** The other machines by provider; empty without a reading. */
export async function loadTeam(
  archive: Pick<ValueRows, 'get'>,
  now: number,
): Promise<ReadonlyMap<string, readonly OtherMachine[]>> {
  const reading = await loadTeamReading(archive, now);
  return new Map((reading?.accounts ?? []).map(({ provider, machines }) => [provider, machines]));
}
