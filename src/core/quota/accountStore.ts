import * as z from 'zod/mini';
import { KEY_MISTAKES } from '../accounts/key.ts';
import type { KeyAccess, KeyLookup } from '../accounts/keyLookup.ts';
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

/** What every window of the machine knows of the last read of one account, by its present key. */
export interface SharedStatus {
  readonly snapshot?: Snapshot;
  /** When Kimi was last asked, in epoch milliseconds. */
  readonly lastReadAt?: number;
  readonly outcome?: QuotaOutcome;
  /** Failures in a row: 0 after a good answer. */
  readonly failureCount: number;
  /** 0 to 1. Drawn once for all windows: of ten draws the smallest would always win. */
  readonly jitter: number;
}

/** Before anything was asked with a key. */
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

/** A failure as another window, perhaps of another version, has stored it. */
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
  /** Absent when the key was changed and not tried since. */
  at: z.exactOptional(StoredTime),
  failureCount: z.int().check(z.gte(0)),
  jitter: z.exactOptional(z.number().check(z.gte(0), z.lte(1))),
  /** False: the newest snapshot of the history is of an earlier key, perhaps another person's. */
  hasSnapshot: z.exactOptional(z.boolean()),
  /** Absent after a good answer, whose snapshot stands in the history. */
  failure: z.exactOptional(Failure),
});

const keyOf = (source: string): string => `lastRead ${source}`;

/** What this machine last learned about `source`. What cannot be read is not known. */
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

/** Tells every window of this machine what came of a read. */
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

/** The shape of a strange answer may be as long as the answer, which is too long for a value. */
const LONGEST_SHAPE = 4000;

function storable(failure: Exclude<QuotaOutcome, { kind: 'fresh' }>) {
  if (failure.kind !== 'malformed') return failure;
  const { kind, issues, shape } = failure;
  return { kind, issues: [...issues], ...(shape ? { shape: shape.slice(0, LONGEST_SHAPE) } : {}) };
}

/** Forgets what was learned with an earlier key, so that a new one starts afresh. The history stays. */
export async function forgetSharedStatus(
  archive: SnapshotRows & ValueRows,
  source: string,
): Promise<void> {
  await saveSharedStatus(archive, source, NOTHING_KNOWN);
}

/** What `readWithin` works on. */
export interface ReadWithinOptions {
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readQuota'>;
  readonly key: string;
  /** Its timers must keep the program alive. */
  readonly clock: Clock;
  /** An answer up to so old will do. */
  readonly maxAgeMs: number;
}

/** As long as a request may take: a reader that is killed while it asks holds up no other for longer. */
export const ASKING_MS = 16_000;
const LOOK_AGAIN_MS = 100;

/**
 * The last answer if it is young enough, else a new one: for programs that are started every few
 * seconds, such as a status line. Of several in parallel one asks, and the others wait for its answer. A
 * failure counts as an answer, and Retry-After is honoured, so that trouble is never answered with
 * more requests.
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
    // A claim that was answered since holds up nobody.
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

/** What an answer changes in what was known. */
function learned(known: SharedStatus, outcome: QuotaOutcome) {
  return outcome.kind === 'fresh'
    ? { outcome, snapshot: outcome.snapshot, failureCount: 0 }
    : { outcome, failureCount: known.failureCount + 1 };
}

function retryAfterMs({ outcome }: SharedStatus): number {
  if (outcome?.kind !== 'rateLimited' || outcome.retryAfterMs === undefined) return 0;
  return clampRetryAfter(outcome.retryAfterMs);
}

/** What a `PlanReader` is made of. */
export interface PlanReaderOptions {
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readPlan'>;
  readonly archive: ValueRows;
  readonly clock: Clock;
}

/**
 * The name of one account's plan where `/usages` does not tell it, as with the plans of September
 * 2026: asked for once a day on the whole machine, after a good answer, and never again at once.
 */
export class PlanReader {
  readonly #options: PlanReaderOptions;
  #known: KnownPlan | undefined;
  /** Grows when the key changes: a late answer to the old one is dropped. */
  #generation = 0;

  constructor(options: PlanReaderOptions) {
    this.#options = options;
  }

  /** Undefined where it is not known. */
  get name(): string | undefined {
    return this.#known?.plan?.levelName;
  }

  /** Takes over what another window, or an earlier one, has learned. */
  async load(): Promise<void> {
    const generation = this.#generation;
    const { archive, source } = this.#options;
    const known = await loadPlan(archive, source);
    if (generation === this.#generation) this.#known = known;
  }

  /** After a good answer to `key`: asks if that answer named no plan, and a day has passed. */
  async refresh(key: string, snapshot: Snapshot): Promise<void> {
    if (hasPlanName(snapshot)) return;
    await this.load();
    const generation = this.#generation;
    const { archive, client, clock, source } = this.#options;
    const askedAt = clock.now();
    if (!isPlanDue(this.#known, askedAt)) return;
    const before = this.#known?.plan;
    // First noted, then asked: no failure and no end of this window makes another one ask again.
    await savePlan(archive, source, { askedAt, plan: before });
    const plan = (await client.readPlan(key)) ?? before;
    if (generation !== this.#generation) return;
    this.#known = { askedAt, plan };
    await savePlan(archive, source, this.#known);
  }

  /** Another key may be another person's. */
  async forget(): Promise<void> {
    this.#generation++;
    this.#known = undefined;
    await savePlan(this.#options.archive, this.#options.source, undefined);
  }
}

/**
 * What is known about one account. Pollers write it, surfaces read it; it fetches nothing and
 * decides nothing.
 */
export class QuotaStore implements Disposable {
  readonly #changeEmitter = new Emitter<QuotaStatus>();
  #status: QuotaStatus = {};

  readonly onDidChange: Event<QuotaStatus> = this.#changeEmitter.event;

  get status(): QuotaStatus {
    return this.#status;
  }

  /** Fires only if `next` says something else: surfaces redraw at every event. */
  set status(next: QuotaStatus) {
    const isSame = isSameData(this.#status, next);
    this.#status = next;
    if (!isSame) this.#changeEmitter.fire(next);
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}

/** What an `AccountMemory` is made of. */
export interface AccountMemoryOptions {
  readonly source: string;
  readonly client: Pick<QuotaClient, 'readPlan'>;
  readonly store: QuotaStore;
  readonly archive: SnapshotRows & ValueRows;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What the archive said at a moment. It counts only if nothing was learned since. */
export interface Loaded {
  readonly shared: SharedStatus;
  readonly learnedCount: number;
}

/**
 * What is known of one account by its present key, learned in this window or in another: kept in
 * the archive for all windows, and handed to the store of this one.
 */
export class AccountMemory {
  readonly #options: AccountMemoryOptions;
  readonly #plan: PlanReader;
  #shared: SharedStatus = NOTHING_KNOWN;
  /** Grows when something was learned: what the archive said before is dropped. */
  #learnedCount = 0;

  constructor(options: AccountMemoryOptions) {
    this.#options = options;
    this.#plan = new PlanReader(options);
  }

  get shared(): SharedStatus {
    return this.#shared;
  }

  /** Reads what any window has learned. */
  async load(): Promise<Loaded> {
    const { archive, source } = this.#options;
    const learnedCount = this.#learnedCount;
    const [shared] = await Promise.all([loadSharedStatus(archive, source), this.#plan.load()]);
    return { shared, learnedCount };
  }

  /** Makes it this window's knowledge; false: this window has learned something since. */
  take({ shared, learnedCount }: Loaded): boolean {
    if (learnedCount !== this.#learnedCount) return false;
    this.#shared = shared;
    return true;
  }

  /** Shown first, then stored, for this window's successors too. `at`: epoch milliseconds. */
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

  /** Asks for the plan's name if a good answer has not told it and it is time to. */
  async learnPlan(held: KeyLookup, outcome: QuotaOutcome): Promise<void> {
    if (held.kind !== 'key' || outcome.kind !== 'fresh') return;
    const { name } = this.#plan;
    await this.#plan.refresh(held.key, outcome.snapshot);
    if (name === this.#plan.name) return;
    const { store } = this.#options;
    store.status = { ...store.status, plan: this.#plan.name };
  }

  /** The key is another one: nothing that was learned with the old one holds. The history stays. */
  async forget(): Promise<void> {
    const { archive, source } = this.#options;
    this.#learnedCount++;
    this.#shared = NOTHING_KNOWN;
    await Promise.all([this.#plan.forget(), forgetSharedStatus(archive, source)]);
  }

  /** Hands it to the store, with what is known of the key. */
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
