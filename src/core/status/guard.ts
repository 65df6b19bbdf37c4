import * as z from 'zod/mini';
import { parseStored, type ValueRows } from '../base/store.ts';

/** When the user allows a hook to stop steps. Absent: never. */
export interface Guard {
  /** Stops below this share of the plan's longest quota, in percent. */
  readonly stopBelowPercent?: number;
  /** Only between these times of the day, in minutes after midnight; may span midnight. */
  readonly between?: readonly [from: number, to: number];
  /** Stops while requests are retried that cannot succeed. */
  readonly stopsRunaway?: boolean;
}

/** Whether a guard can stop anything. */
export const isOn = ({ stopBelowPercent, stopsRunaway }: Guard): boolean =>
  stopBelowPercent !== undefined || stopsRunaway === true;

/** Parses times of the day such as `22:00-07:00`; undefined for anything else. */
export function parseTimes(text: string): readonly [from: number, to: number] | undefined {
  const [, ...parts] = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (fromHour === undefined) return undefined;
  return [fromHour * 60 + fromMinute!, toHour! * 60 + toMinute!];
}

/** The settings of a guard. */
interface GuardSettings {
  /** 0: never. */
  readonly 'guard.stopBelowPercent': number;
  /** Empty: the whole day. */
  readonly 'guard.between': string;
  readonly 'guard.stopRunaway': boolean;
}

/** The guard of the settings. */
export function guardOf(settings: GuardSettings): Guard {
  const below = settings['guard.stopBelowPercent'];
  const between = parseTimes(settings['guard.between']);
  return {
    ...(below > 0 ? { stopBelowPercent: below, ...(between ? { between } : {}) } : {}),
    ...(settings['guard.stopRunaway'] ? { stopsRunaway: true } : {}),
  };
}

const GUARD_KEY = 'guard';
const Minute = z.int().check(z.gte(0), z.lt(24 * 60));
const Stored = z.object({
  stopBelowPercent: z.exactOptional(z.number()),
  between: z.exactOptional(z.tuple([Minute, Minute])),
  stopsRunaway: z.exactOptional(z.boolean()),
});

/** Stores the guard of the editor for `kimi-quota hook`; writes only what changed. */
export async function saveGuard(archive: ValueRows, guard: Guard): Promise<void> {
  const json = isOn(guard) ? JSON.stringify(guard) : undefined;
  if ((await archive.get(GUARD_KEY)) !== json) await archive.set(GUARD_KEY, json);
}

/** The guard of the editor's settings; one that stops nothing if none is stored. */
export async function loadGuard(archive: Pick<ValueRows, 'get'>): Promise<Guard> {
  return parseStored(Stored, await archive.get(GUARD_KEY)) ?? {};
}
