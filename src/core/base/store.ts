import * as z from 'zod/mini';
import { type Disposable, Emitter, MutableDisposable } from './event.ts';
import { LATEST_TIME } from './fields.ts';
import { type Clock, faultName, type Log, type Translate } from './ports.ts';

/** Every window shows a change within 2 s; one check takes about 30 µs. */
export const FOLLOW_MS = 1_500;

/**
 * Reports when any window, this one included, stores something, so that each window shows what
 * another one read. Checks start with `start()`.
 */
export class ArchiveFollower implements Disposable {
  readonly #archive: ChangeCount;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timer = new MutableDisposable();
  #isStarted = false;
  #isDisposed = false;
  #lastCount: number | undefined;
  readonly #changeEmitter = new Emitter<void>();

  /** Fires once for any number of changes since the last check; not for the initial content. */
  readonly onDidChange = this.#changeEmitter.event;

  constructor(archive: ChangeCount, clock: Clock, log: Log) {
    this.#archive = archive;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.look();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
    this.#changeEmitter.dispose();
  }

  /** Checks now: this window has just stored something. */
  look(): void {
    if (this.#isStarted && !this.#isDisposed) void this.#look();
  }

  async #look(): Promise<void> {
    this.#timer.value = undefined;
    try {
      const count = await this.#archive.readChangeCount();
      const isFirst = this.#lastCount === undefined;
      // Not "greater": a new file that replaces a damaged one starts at 0.
      const isChanged = count !== this.#lastCount;
      this.#lastCount = count;
      if (isChanged && !isFirst && !this.#isDisposed) this.#changeEmitter.fire();
    } catch (error) {
      this.#log.error(`The archive could not be followed: ${faultName(error)}`);
    }
    this.#timer.value = this.#clock.after(FOLLOW_MS, () => void this.#look());
  }
}

/**
 * Small named state, as JSON text. The reader validates it: another version may have written it.
 */
export interface ValueRows {
  get(key: string): Promise<string | undefined>;
  /** `undefined` deletes the key. Throws a RangeError above `MAX_VALUE_LENGTH` characters. */
  set(key: string, json: string | undefined): Promise<void>;
}

/** The machine's only lease, and when each subject was last read. See `base/lease.ts`. */
export interface LeaseRows {
  /** Takes or renews the lease. False: another window holds it. */
  takeLease(claim: LeaseClaim): Promise<boolean>;
  /** Releases the lease if `owner` holds it. */
  releaseLease(owner: string): Promise<void>;
  /** True for one caller per `minGapMs` and subject: that caller reads now. */
  claimRead(claim: ReadClaim): Promise<boolean>;
}

/** Who claims the lease, and for how long. */
export interface LeaseClaim {
  /** A random id per window; never a process id, which the system reuses. */
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Who wants to read which subject, and the minimum gap since the last read. */
export interface ReadClaim {
  /** What is read, such as an origin. */
  readonly subject: string;
  readonly now: number;
  readonly minGapMs: number;
  /** Set: this owner must also hold the lease. Absent: a user's request, in any window. */
  readonly owner?: string;
}

/** How a window notices that another window wrote something. */
export interface ChangeCount {
  /** Grows with every stored snapshot, value, failure and incident, of any window; not with leases. Cheap. */
  readChangeCount(): Promise<number>;
}

/** Where data is stored. Memory belongs to this window only and ends with it. */
export type ArchiveHealth =
  { readonly kind: 'disk' } | { readonly kind: 'memory'; readonly reason: MemoryReason };

/**
 * Why memory. `cannotOpen`: the path is a directory or inaccessible. `busy`: another program kept
 * the file locked. `newerSchema`: a newer version wrote the file, which is not touched. `damaged`:
 * it is corrupt and could not be moved aside. `disposed`: the archive is closed.
 */
export type MemoryReason =
  'cannotOpen' | 'readOnly' | 'full' | 'io' | 'busy' | 'newerSchema' | 'damaged' | 'disposed';

/** A value is small state, not a document: 64 Ki characters is a hundred times the largest known. */
export const MAX_VALUE_LENGTH = 65_536;

/** Beyond this number of keys the least recently written one is deleted. */
export const MAX_VALUES = 500;

/**
 * A stored time this far ahead does not mean that the clock went back: another window may have read
 * its clock before it waited for the disk. Longer than the longest wait for a lock.
 */
export const CLOCK_TOLERANCE_MS = 15_000;

/** Rejects a value that is too long, which is a defect in the caller. */
export function assertValueFits(key: string, json: string | undefined): void {
  if (json && json.length > MAX_VALUE_LENGTH) throw new RangeError(`The value ${key} is too long.`);
}

/** What the user can do when nothing can be stored on disk: a sentence. */
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

/** A stored time in whole epoch milliseconds, within the range that dates can show. */
export const StoredTime = z.pipe(
  z.number().check(z.gte(0), z.lte(LATEST_TIME)),
  z.transform(Math.round),
);

/** Names every field of `T`, so that a field missing from the schema is a compile error. */
export type Shape<T> = Record<keyof T, z.core.$ZodType>;

/** Whether two values are equal as JSON, in any order of fields. */
export function isSameData(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, sortFields) === JSON.stringify(other, sortFields);
}

const sortFields = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Parses stored JSON; undefined for invalid JSON. Never throws. */
export function parseJson(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

/** A stored value; undefined when there is none, or when it is not valid in this version. */
export function parseStored<T>(schema: z.ZodMiniType<T>, json: string | undefined): T | undefined {
  return json === undefined ? undefined : schema.safeParse(parseJson(json)).data;
}
