import * as z from 'zod/mini';
import { LATEST_TIME } from './fields.ts';
import type { Translate } from './ports.ts';

/** Small named state, as JSON text. The reader parses it: another version may have written it. */
export interface ValueRows {
  get(key: string): Promise<string | undefined>;
  /** `undefined` forgets the key. Throws a RangeError above `MAX_VALUE_LENGTH` characters. */
  set(key: string, json: string | undefined): Promise<void>;
}

/** One lease for the machine, and when something was last asked for. See `core/lease.ts`. */
export interface LeaseRows {
  /** Takes or renews the lease. False: another window holds it. */
  takeLease(claim: LeaseClaim): Promise<boolean>;
  /** Gives the lease up, if `owner` has it. */
  releaseLease(owner: string): Promise<void>;
  /** True for one caller per `minGapMs` and subject: that caller now reads. */
  claimRead(claim: ReadClaim): Promise<boolean>;
}

/** Who wants the lease, and for how long. */
export interface LeaseClaim {
  /** A random id per window; never a process id, which the system reuses. */
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Who wants to ask for what, and how soon after the last one. */
export interface ReadClaim {
  /** What is asked, such as an origin. */
  readonly subject: string;
  readonly now: number;
  readonly minGapMs: number;
  /** Given: the lease must be this owner's as well. Absent: a user asked, in whichever window. */
  readonly owner?: string;
}

/** How a window notices that another one has written. */
export interface ChangeCount {
  /** Grows with every stored snapshot, value, failure and incident, of any window; not with leases. Cheap. */
  readChangeCount(): Promise<number>;
}

/** Where things are stored. In memory they are this window's alone and end with it. */
export type ArchiveHealth =
  { readonly kind: 'disk' } | { readonly kind: 'memory'; readonly reason: MemoryReason };

/**
 * Why memory. `cannotOpen`: the path is a directory or out of reach. `busy`: another program kept
 * the file locked. `newerSchema`: a newer version wrote it, which we leave alone. `damaged`: it is
 * corrupt and could not be set aside. `disposed`: the end.
 */
export type MemoryReason =
  'cannotOpen' | 'readOnly' | 'full' | 'io' | 'busy' | 'newerSchema' | 'damaged' | 'disposed';

/** A value is small state, not a document: 64 Ki characters is a hundred times the largest known. */
export const MAX_VALUE_LENGTH = 65_536;

/** Beyond so many keys the one that was written longest ago goes. */
export const MAX_VALUES = 500;

/**
 * A time up to so far ahead of ours is no clock that went back, but another window that took its
 * time before it waited less than we did for the disk. Above the longest wait for a lock.
 */
export const CLOCK_TOLERANCE_MS = 15_000;

/** Guards a door that takes what our own code made: too long a value is a defect. */
export function assertValueFits(key: string, json: string | undefined): void {
  if (json && json.length > MAX_VALUE_LENGTH) throw new RangeError(`The value ${key} is too long.`);
}

/** What to do when nothing can be stored on the disk: a sentence. */
export function memoryWords(reason: MemoryReason, t: Translate): string {
  switch (reason) {
    case 'full':
      return t('The disk is full: free some space.');
    case 'readOnly':
    case 'cannotOpen':
      return t("The extension's folder isn't writable: check its owner and permissions.");
    case 'io':
    case 'damaged':
    case 'disposed':
      return t(
        'The file is damaged, or its disk has a fault. Reload the window; the log has details.',
      );
    case 'busy':
      return t('Another program is using the file. Close it, then reload the window.');
    case 'newerSchema':
      return t('A newer version of this extension wrote the file: update this one.');
  }
}

/** A time that was stored, as whole epoch milliseconds: one that a date can show. */
export const StoredTime = z.pipe(
  z.number().check(z.gte(0), z.lte(LATEST_TIME)),
  z.transform(Math.round),
);

/** Names every field of `T`, so that one that is added to the type and not to its schema does not compile. */
export type Shape<T> = Record<keyof T, z.core.$ZodType>;

/** Whether two values are the same as JSON, whatever the order of their fields. */
export function isSameData(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, sortFields) === JSON.stringify(other, sortFields);
}

const sortFields = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What a stored text holds; undefined for what is no JSON. Never throws. */
export function parseJson(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

/** A named value as it was stored; undefined: none, or another version wrote what we cannot read. */
export function parseStored<T>(schema: z.ZodMiniType<T>, json: string | undefined): T | undefined {
  return json === undefined ? undefined : schema.safeParse(parseJson(json)).data;
}
