import * as z from 'zod/mini';
import { KEY_MISTAKES } from '../accounts/key.ts';
import type { KeyAccess, KeyLookup } from '../accounts/foundKey.ts';
import { type Disposable, Emitter, type Event } from '../base/event.ts';
import type { Clock } from '../base/ports.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import { hasPlanName, isPlanDue, type KnownPlan, loadPlan, savePlan } from './plan.ts';
import type { QuotaStatus } from './quotaView.ts';
import { clampRetryAfter } from './readRhythm.ts';
import type { Snapshot, SnapshotRows } from './snapshot.ts';
import {
  CLOCK_TOLERANCE_MS,
  isSameData,
  type LeaseRows,
  parseStored,
  StoredTime,
  type ValueRows,
} from '../base/store.ts';

/** State of the last read of one account with its current key, shared by all windows. */
export interface SharedStatus {
  readonly snapshot?: Snapshot;
  /** Time of the last check, in epoch milliseconds. */
  readonly lastReadAt?: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row; 0 after a success. */
  readonly failureCount: number;
  /** 0 to 1. Drawn once for all windows: otherwise the smallest of ten draws always wins. */
  readonly jitter: number;
}

/** State before the first check with a key. */
export const NOTHING_KNOWN: SharedStatus = { failureCount: 0, jitter: 1 };

const forbiddenReasons = [
  'quota',
  'concurrency',
  'membership',
  'clientNotAccepted',
  'accountClosed',
  'unknown',
] as const;
const unreachableCauses = [
  'dns',
  'refused',
  'tls',
  'proxy',
  'timeout',
  'network',
  'server',
  'redirect',
  'webPage',
] as const;

/** A failure stored by another window, possibly of another version. */
const Failure = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unauthorized'),
    mistake: z.exactOptional(z.enum(KEY_MISTAKES)),
  }),
  z.object({ kind: z.literal('forbidden'), reason: z.enum(forbiddenReasons) }),
  z.object({ kind: z.literal('noPlan') }),
  z.object({
    kind: z.literal('rateLimited'),
    retryAfterMs: z.exactOptional(z.number()),
  }),
  z.object({ kind: z.literal('gone'), status: z.number() }),
  z.object({
    kind: z.literal('malformed'),
    issues: z.array(z.string()),
    shape: z.exactOptional(z.string()),
  }),
  z.object({
    kind: z.literal('unreachable'),
    cause: z.enum(unreachableCauses),
    detail: z.exactOptional(z.string()),
    retryAfterMs: z.exactOptional(z.number()),
  }),
]);
const StoredRead = z.object({
  /** Absent if the current key has not been tried. */
  at: z.exactOptional(StoredTime),
  failureCount: z.int().check(z.gte(0)),
  jitter: z.exactOptional(z.number().check(z.gte(0), z.lte(1))),
  /** False if the newest snapshot belongs to an earlier key, which may be another person's. */
  hasSnapshot: z.exactOptional(z.boolean()),
  /** Absent after a success, whose snapshot is in the history. */
  failure: z.exactOptional(Failure),
});

const keyOf = (source: string): string => `lastRead ${source}`;

/** The stored state of `source`. Unreadable data counts as unknown. */
export async function loadSharedStatus(
  archive: SnapshotRows & ValueRows,
  source: string,
): Promise<SharedStatus> {
  const stored = parseStored(StoredRead, await archive.get(keyOf(source)));
  const latest = (await archive.readLatest()).find(snapshot => snapshot.origin === source);
  const snapshot = stored?.hasSnapshot === false ? undefined : latest;
  const outcome = stored?.failure ?? (snapshot && { kind: 'fresh' as const, snapshot });
  const lastReadAt = stored ? stored.at : snapshot?.at;
  return {
    failureCount: stored?.failureCount ?? NOTHING_KNOWN.failureCount,
    jitter: stored?.jitter ?? NOTHING_KNOWN.jitter,
    ...(snapshot ? { snapshot } : {}),
    ...(outcome ? { outcome } : {}),
    ...(lastReadAt === undefined ? {} : { lastReadAt }),
  };
}

/** Stores the outcome of a read for all windows of this machine. */
export async function saveSharedStatus(
  archive: SnapshotRows & ValueRows,
  source: string,
  status: SharedStatus,
): Promise<void> {
  const { failureCount, jitter, lastReadAt, outcome, snapshot } = status;
  if (outcome?.kind === 'fresh') await archive.appendSnapshot(outcome.snapshot);
  const stored: z.infer<typeof StoredRead> = {
    failureCount,
    jitter,
    hasSnapshot: snapshot !== undefined,
    ...(lastReadAt === undefined ? {} : { at: lastReadAt }),
    ...(!outcome || outcome.kind === 'fresh' ? {} : { failure: storable(outcome) }),
  };
  await archive.set(keyOf(source), JSON.stringify(stored));
}

/** The shape of an unknown response may be too long for a stored value. */
const LONGEST_SHAPE = 4000;

function storable(failure: Exclude<QuotaOutcome, { kind: 'fresh' }>) {
  if (failure.kind !== 'malformed') return failure;
  const { kind, issues, shape } = failure;
  return { kind, issues: [...issues], ...(shape ? { shape: shape.slice(0, LONGEST_SHAPE) } : {}) };
}

/** Forgets the state of an earlier key. The history stays. */
export async function forgetSharedStatus(
  archive: SnapshotRows & ValueRows,
  source: string,
): Promise<void> {
  await saveSharedStatus(archive, source, NOTHING_KNOWN);
}

/** Input of `readWithin`. */
export interface ReadWithinOptions {
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readQuota'>;
  readonly key: string;
  /** The timers must keep the process alive. */
  readonly clock: Clock;
  /** Maximum age of an acceptable response. */
  readonly maxAgeMs: number;
}

/** Maximum duration of a request: a killed reader delays others no longer than this. */
export const ASKING_MS = 16_000;
const LOOK_AGAIN_MS = 100;

/**
 * Returns the last response if it is recent enough, otherwise a new one: for programs that start every
 * few seconds, such as a status line. Of several in parallel, one sends the request and the others
 * wait. A failure counts as a response, and Retry-After is honored, so failures cause no extra requests.
 */
export async function readWithin(options: ReadWithinOptions): Promise<SharedStatus> {
  const { archive, clock, source } = options;
  const endMs = clock.monotonicMs() + ASKING_MS;
  for (;;) {
    const now = clock.now();
    const known = await loadSharedStatus(archive, source);
    const ageMs = now - (known.lastReadAt ?? -Infinity);
    const isFromFuture = ageMs < -CLOCK_TOLERANCE_MS;
    if (!isFromFuture && ageMs < Math.max(options.maxAgeMs, retryAfterMs(known))) return known;
    // A claim with a later response delays nobody.
    const minGapMs = isFromFuture ? ASKING_MS : Math.max(0, Math.min(ASKING_MS, ageMs));
    if (await archive.claimRead({ subject: source, now, minGapMs }))
      return askNow(options, known, now);
    if (clock.monotonicMs() >= endMs) return known;
    await new Promise<void>(resolve => void clock.after(LOOK_AGAIN_MS, resolve));
  }
}

async function askNow(
  { archive, client, key, source }: ReadWithinOptions,
  known: SharedStatus,
  now: number,
): Promise<SharedStatus> {
  const outcome = await client.readQuota(key);
  const status = { ...known, ...learned(known, outcome), lastReadAt: now };
  await saveSharedStatus(archive, source, status);
  return status;
}

/** The state after a response. */
function learned(known: SharedStatus, outcome: QuotaOutcome) {
  return outcome.kind === 'fresh'
    ? { outcome, snapshot: outcome.snapshot, failureCount: 0 }
    : { outcome, failureCount: known.failureCount + 1 };
}

function retryAfterMs({ outcome }: SharedStatus): number {
  if (outcome?.kind !== 'rateLimited' || outcome.retryAfterMs === undefined) return 0;
  return clampRetryAfter(outcome.retryAfterMs);
}

/** Options of `PlanReader`. */
export interface PlanReaderOptions {
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readPlan'>;
  readonly archive: ValueRows;
  readonly clock: Clock;
}

/**
 * The plan's name of one account, if `/usages` doesn't contain it (plans of September 2026), or the
 * limits of an open platform account. Requested at most once a day per machine, after a successful
 * check, without retries.
 */
export class PlanReader {
  readonly #options: PlanReaderOptions;
  #known: KnownPlan | undefined;
  /** Incremented when the key changes: late responses for the old key are dropped. */
  #generation = 0;

  constructor(options: PlanReaderOptions) {
    this.#options = options;
  }

  /** Undefined if unknown. */
  get name(): string | undefined {
    return this.#known?.plan?.levelName;
  }

  /** Reads the state that another or an earlier window stored. */
  async load(): Promise<void> {
    const generation = this.#generation;
    const { archive, source } = this.#options;
    const known = await loadPlan(archive, source);
    if (generation === this.#generation) this.#known = known;
  }

  /** Call after a successful check with `key`. Requests the plan if it is unnamed and a day has passed. */
  async refresh(key: string, snapshot: Snapshot): Promise<void> {
    if (hasPlanName(snapshot)) return;
    await this.load();
    const generation = this.#generation;
    const { archive, client, clock, source } = this.#options;
    const askedAt = clock.now();
    if (!isPlanDue(this.#known, askedAt)) return;
    const before = this.#known?.plan;
    // Note the request first: then neither a failure nor a closed window causes another one.
    await savePlan(archive, source, { askedAt, plan: before });
    const plan = (await client.readPlan(key)) ?? before;
    if (generation !== this.#generation) return;
    this.#known = { askedAt, plan };
    await savePlan(archive, source, this.#known);
  }

  /** A new key may belong to another person. */
  async forget(): Promise<void> {
    this.#generation++;
    this.#known = undefined;
    await savePlan(this.#options.archive, this.#options.source, undefined);
  }
}

/**
 * State of one account. Pollers write it, surfaces read it. It sends no requests and has no logic.
 */
export class QuotaStore implements Disposable {
  readonly #changeEmitter = new Emitter<QuotaStatus>();
  #status: QuotaStatus = {};

  readonly onDidChange: Event<QuotaStatus> = this.#changeEmitter.event;

  get status(): QuotaStatus {
    return this.#status;
  }

  /** Fires only if `next` differs: surfaces redraw at every event. */
  set status(next: QuotaStatus) {
    const isSame = isSameData(this.#status, next);
    this.#status = next;
    if (!isSame) this.#changeEmitter.fire(next);
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}

/** Options of `AccountMemory`. */
export interface AccountMemoryOptions {
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readPlan'>;
  readonly store: QuotaStore;
  readonly archive: SnapshotRows & ValueRows;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Stored state at one time. Ignored if newer data arrived since. */
export interface Loaded {
  readonly shared: SharedStatus;
  readonly learnedCount: number;
}

/**
 * State of one account with its current key, from any window: kept in the archive for all windows and
 * in this window's store.
 */
export class AccountMemory {
  readonly #options: AccountMemoryOptions;
  readonly #plan: PlanReader;
  #shared: SharedStatus = NOTHING_KNOWN;
  /** Incremented by new data: earlier reads of the archive are dropped. */
  #learnedCount = 0;

  constructor(options: AccountMemoryOptions) {
    this.#options = options;
    this.#plan = new PlanReader(options);
  }

  get shared(): SharedStatus {
    return this.#shared;
  }

  /** Reads the stored state of all windows. */
  async load(): Promise<Loaded> {
    const { archive, source } = this.#options;
    const learnedCount = this.#learnedCount;
    const [shared] = await Promise.all([loadSharedStatus(archive, source), this.#plan.load()]);
    return { shared, learnedCount };
  }

  /** Applies it to this window; false if this window has newer data. */
  take({ shared, learnedCount }: Loaded): boolean {
    if (learnedCount !== this.#learnedCount) return false;
    this.#shared = shared;
    return true;
  }

  /** Shown first, then stored for other and later windows. `at`: epoch milliseconds. */
  async learn(at: number, outcome: QuotaOutcome, access: KeyAccess): Promise<void> {
    const { archive, source, random } = this.#options;
    this.#learnedCount++;
    const jitter = random();
    this.#shared = { ...this.#shared, ...learned(this.#shared, outcome), lastReadAt: at, jitter };
    try {
      this.show(access);
    } finally {
      await saveSharedStatus(archive, source, this.#shared);
    }
  }

  /** Requests the plan's name if it is unknown and due. */
  async learnPlan(held: KeyLookup, outcome: QuotaOutcome): Promise<void> {
    if (held.kind !== 'key' || outcome.kind !== 'fresh') return;
    const { name } = this.#plan;
    await this.#plan.refresh(held.key, outcome.snapshot);
    if (name === this.#plan.name) return;
    const { store } = this.#options;
    store.status = { ...store.status, plan: this.#plan.name };
  }

  /** The key changed: drops the state of the old key. The history stays. */
  async forget(): Promise<void> {
    const { archive, source } = this.#options;
    this.#learnedCount++;
    this.#shared = NOTHING_KNOWN;
    await Promise.all([this.#plan.forget(), forgetSharedStatus(archive, source)]);
  }

  /** Updates the store. */
  show(access: KeyAccess | undefined): void {
    const { snapshot, outcome } = this.#shared;
    const { name: plan } = this.#plan;
    this.#options.store.status = {
      ...(access ? { access } : {}),
      ...(snapshot ? { snapshot } : {}),
      ...(outcome ? { outcome } : {}),
      ...(plan ? { plan } : {}),
    };
  }
}
