import type { ValueRows } from '../archive.ts';
import type { Clock } from '../ports.ts';
import { hasPlanName } from './membership.ts';
import type { QuotaClient } from './outcome.ts';
import { isPlanDue, loadPlan, savePlan, type KnownPlan } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What a `PlanReader` is made of. */
export interface PlanReaderOptions {
  readonly origin: string;
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
    const { archive, origin } = this.#options;
    const known = await loadPlan(archive, origin);
    if (generation === this.#generation) this.#known = known;
  }

  /** After a good answer to `key`: asks if that answer named no plan, and a day has passed. */
  async refresh(key: string, snapshot: Snapshot): Promise<void> {
    if (hasPlanName(snapshot)) return;
    await this.load();
    const generation = this.#generation;
    const { archive, client, clock, origin } = this.#options;
    const askedAt = clock.now();
    if (!isPlanDue(this.#known, askedAt)) return;
    const before = this.#known?.plan;
    // First noted, then asked: no failure and no end of this window makes another one ask again.
    await savePlan(archive, origin, { askedAt, plan: before });
    const plan = (await client.readPlan(key)) ?? before;
    if (generation !== this.#generation) return;
    this.#known = { askedAt, plan };
    await savePlan(archive, origin, this.#known);
  }

  /** Another key may be another person's. */
  async forget(): Promise<void> {
    this.#generation++;
    this.#known = undefined;
    await savePlan(this.#options.archive, this.#options.origin, undefined);
  }
}
