import type { LeaseRows, SnapshotRows, ValueRows } from '../archive.ts';
import { MutableDisposable } from '../disposables.ts';
import type { Disposable } from '../event.ts';
import type { Clock, Log } from '../ports.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import type { QuotaStore } from './quotaStore.ts';
import {
  ASKED_READ_GAP_MS,
  clampRetryAfter,
  EXTRA_READ_GAP_MS,
  nextRead,
  type NextRead,
} from './readRhythm.ts';
import {
  forgetSharedStatus,
  loadSharedStatus,
  saveSharedStatus,
  type SharedStatus,
} from './sharedStatus.ts';

/** What a `QuotaPoller` is made of. */
export interface QuotaPollerOptions {
  readonly origin: string;
  /** The stored key of this origin, or undefined when none is set. */
  readonly readKey: () => Promise<string | undefined>;
  readonly client: QuotaClient;
  readonly store: QuotaStore;
  readonly archive: SnapshotRows & ValueRows & LeaseRows;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter of the backoff. */
  readonly random: () => number;
}

/**
 * A sleeping machine's timers stand still, so that a long one would fire long after the wake: the
 * rhythm is looked at this often. Costs no I/O.
 */
const TICK_MS = 4000;

/**
 * Asks Kimi about one account when `nextRead` says so, and tells the store and the archive what
 * came of it. Every read is claimed in the archive first, so that ten windows ask as often as one.
 * One read at a time; a defect in one turn ends that turn alone.
 */
export class QuotaPoller implements Disposable {
  readonly #options: QuotaPollerOptions;
  readonly #timer = new MutableDisposable();
  #shared: SharedStatus = { failureCount: 0 };
  #reading: Promise<void> | undefined;
  #readAtMonotonicMs: number | undefined;
  #jitter: number;
  #isFocused = false;
  #agentMovedAt: number | undefined;
  #generation = 0;
  #isDisposed = false;

  constructor(options: QuotaPollerOptions) {
    this.#options = options;
    this.#jitter = options.random();
  }

  /** Shows what the archive knows, then begins to ask. */
  async start(isFocused: boolean): Promise<void> {
    this.#isFocused = isFocused;
    await this.follow();
    await this.#tick();
  }

  /** Somebody looks at this window, or no longer does. */
  setFocused(isFocused: boolean): void {
    this.#isFocused = isFocused;
    this.#tickSoon();
  }

  /** An agent's log has moved: what is left may have changed though nobody looks. */
  agentMoved(): void {
    this.#agentMovedAt = this.#options.clock.now();
    this.#tickSoon();
  }

  /** Takes over what another window has learned. */
  async follow(): Promise<void> {
    const { archive, origin, readKey, store } = this.#options;
    const generation = this.#generation;
    const [shared, key] = await Promise.all([loadSharedStatus(archive, origin), readKey()]);
    if (generation !== this.#generation || this.#isDisposed) return;
    if (shared.lastReadAt !== this.#shared.lastReadAt) this.#readAtMonotonicMs = undefined;
    this.#shared = shared;
    store.status = { ...statusOf(shared), hasKey: key !== undefined };
  }

  /** The user asks: at once, unless somebody did within 10 s or Kimi asked us to wait. */
  async ask(): Promise<void> {
    await this.#read(ASKED_READ_GAP_MS);
  }

  /** A limit error was just seen: what the numbers are now is evidence. At most one a minute. */
  async readAfterLimitError(): Promise<void> {
    if (this.#retryAfterMs() === 0) await this.#read(EXTRA_READ_GAP_MS);
  }

  /**
   * Another key is stored now, or none: what the last answer said of the old one holds no longer.
   * `outcome` is what the endpoint said when the new key was tried.
   */
  async keyChanged(outcome?: QuotaOutcome): Promise<void> {
    this.#generation++;
    this.#shared = { failureCount: 0 };
    await forgetSharedStatus(this.#options.archive, this.#options.origin);
    if (outcome) await this.#learn(this.#options.clock.now(), outcome);
    else await this.follow();
    this.#tickSoon();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }

  /** When and why Kimi is asked next, for the log and the tooltip. */
  get next(): NextRead {
    const { clock, store } = this.#options;
    if (store.status.hasKey === false) return { kind: 'never', reason: 'noKey' };
    return nextRead({
      now: clock.now(),
      isFocused: this.#isFocused,
      jitter: this.#jitter,
      failureCount: this.#shared.failureCount,
      ...(this.#shared.lastReadAt === undefined ? {} : { lastReadAt: this.#shared.lastReadAt }),
      ...(this.#shared.outcome ? { outcome: this.#shared.outcome } : {}),
      ...(this.#agentMovedAt === undefined ? {} : { agentMovedAt: this.#agentMovedAt }),
      ...(this.#readAtMonotonicMs === undefined
        ? {}
        : { monotonicSinceReadMs: clock.monotonicMs() - this.#readAtMonotonicMs }),
    });
  }

  /** How long Kimi's own Retry-After still holds; 0 when it does not. */
  #retryAfterMs(): number {
    const { outcome, lastReadAt = 0 } = this.#shared;
    if (outcome?.kind !== 'rateLimited' || outcome.retryAfterMs === undefined) return 0;
    const until = lastReadAt + clampRetryAfter(outcome.retryAfterMs);
    return Math.max(0, until - this.#options.clock.now());
  }

  #tickSoon(): void {
    this.#timer.value = this.#options.clock.after(0, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    if (this.#isDisposed) return;
    const next = this.next;
    const waitMs = next.kind === 'never' ? Infinity : next.at - this.#options.clock.now();
    if (next.kind === 'at' && waitMs <= 0) await this.#read(next.minGapMs, next.reason);
    if (this.#isDisposed) return;
    const delayMs = Math.min(TICK_MS, Math.max(waitMs, 1000));
    this.#timer.value = this.#options.clock.after(delayMs, () => void this.#tick());
  }

  /** Single flight: who comes while a read runs waits for that one. Never rejects. */
  async #read(minGapMs: number, reason = 'asked'): Promise<void> {
    this.#reading ??= this.#readOnce(minGapMs, reason)
      .catch((error: unknown) => {
        const name = error instanceof Error ? error.name : typeof error;
        this.#options.log.error(`A read of the quota ended in a defect: ${name}.`);
      })
      .finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #readOnce(minGapMs: number, reason: string): Promise<void> {
    const { archive, clock, client, log, origin, readKey, store } = this.#options;
    const generation = this.#generation;
    const key = await readKey();
    if (key === undefined) {
      store.status = { ...store.status, hasKey: false };
      return;
    }
    const now = clock.now();
    if (!(await archive.claimRead({ subject: origin, now, minGapMs }))) return;
    this.#shared = { ...this.#shared, lastReadAt: now };
    this.#readAtMonotonicMs = clock.monotonicMs();
    const outcome = await client.readQuota(key);
    if (generation !== this.#generation || this.#isDisposed) return;
    await this.#learn(now, outcome);
    log.info(`Read ${origin} (${reason}): ${outcomeWords(outcome)}.`);
    const next = this.next;
    log.debug(`Next: ${next.reason}${next.kind === 'at' ? ` at ${isoTime(next.at)}` : ''}.`);
  }

  async #learn(at: number, outcome: QuotaOutcome): Promise<void> {
    const { archive, origin, random, store } = this.#options;
    const isFresh = outcome.kind === 'fresh';
    const failureCount = isFresh ? 0 : this.#shared.failureCount + 1;
    const snapshot = isFresh ? outcome.snapshot : this.#shared.snapshot;
    this.#jitter = random();
    this.#shared = { lastReadAt: at, outcome, failureCount, ...(snapshot ? { snapshot } : {}) };
    store.status = { ...statusOf(this.#shared), hasKey: true };
    await saveSharedStatus(archive, origin, { at, outcome, failureCount });
  }
}

function statusOf({ snapshot, outcome }: SharedStatus) {
  return { ...(snapshot ? { snapshot } : {}), ...(outcome ? { outcome } : {}) };
}

const isoTime = (at: number): string => new Date(at).toISOString();

/** An outcome for the log: kinds, codes and statuses only. */
export function outcomeWords(outcome: QuotaOutcome): string {
  switch (outcome.kind) {
    case 'fresh':
      return outcome.snapshot.windows
        .map(({ id, usedPercent }) => `${id} ${usedPercent?.toFixed(1) ?? '?'}% used`)
        .join(', ');
    case 'malformed':
      return `malformed: ${outcome.issues.join('; ')}; shape ${outcome.shape ?? 'unknown'}`;
    case 'unreachable':
      return `unreachable: ${outcome.cause}${outcome.detail ? ` (${outcome.detail})` : ''}`;
    case 'forbidden':
      return `forbidden: ${outcome.reason}`;
    case 'gone':
      return `gone: HTTP ${outcome.status}`;
    case 'rateLimited':
      return `limited by the endpoint, Retry-After ${outcome.retryAfterMs ?? 'not told'}`;
    case 'unauthorized':
      return 'key refused';
  }
}
