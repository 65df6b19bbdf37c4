import type { SnapshotRows, ValueRows } from '../archive.ts';
import type { KeyAccess, KeyLookup } from '../keys/keyLookup.ts';
import type { Clock } from '../ports.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import { PlanReader } from './planReader.ts';
import type { QuotaStore } from './quotaStore.ts';
import {
  forgetSharedStatus,
  loadSharedStatus,
  NOTHING_KNOWN,
  saveSharedStatus,
  type SharedStatus,
} from './sharedStatus.ts';

/** What an `AccountMemory` is made of. */
export interface AccountMemoryOptions {
  readonly origin: string;
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
    const { archive, origin } = this.#options;
    const learnedCount = this.#learnedCount;
    const [shared] = await Promise.all([loadSharedStatus(archive, origin), this.#plan.load()]);
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
    const { archive, origin, random } = this.#options;
    const isFresh = outcome.kind === 'fresh';
    const snapshot = isFresh ? outcome.snapshot : this.#shared.snapshot;
    this.#learnedCount++;
    this.#shared = {
      lastReadAt: at,
      outcome,
      failureCount: isFresh ? 0 : this.#shared.failureCount + 1,
      jitter: random(),
      ...(snapshot ? { snapshot } : {}),
    };
    try {
      this.show(access);
    } finally {
      await saveSharedStatus(archive, origin, this.#shared);
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
    const { archive, origin } = this.#options;
    this.#learnedCount++;
    this.#shared = NOTHING_KNOWN;
    await Promise.all([this.#plan.forget(), forgetSharedStatus(archive, origin)]);
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
