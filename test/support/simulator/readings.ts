import type { QuotaWindow, Snapshot } from '../../../src/core/quota/snapshot.ts';
import type { EventQueue } from './eventQueue.ts';
import type { Random } from './random.ts';
import type { SimulatedKimi } from './simulatedKimi.ts';

/** How `/usages` lies: counts that come late, zeros of the newer schema, a console that is stale. */
export interface UsagesManner {
  readonly hasKey: boolean;
  readonly lagMs: number;
  readonly isRounded: boolean;
  readonly hasParallelLimit: boolean;
  /** `stale`: nothing moves. `zeros`: one schema has 0, and the contradiction is reported. */
  readonly lie?: 'stale' | 'zeros';
}

const POLL_MS = 5 * 60_000;
const GAP_MS = 60_000;

/** Reads `/usages` as Kimi Quota does: every five minutes, and soon after a failure. */
export class UsagesReader {
  readonly snapshots: Snapshot[] = [];
  readonly #queue: EventQueue;
  readonly #service: SimulatedKimi;
  readonly #random: Random;
  readonly #manner: UsagesManner;
  #past: { readonly at: number; readonly windows: QuotaWindow[] }[] = [];
  #first: { readonly at: number; readonly windows: QuotaWindow[] } | undefined;
  #lastReadAt = -Infinity;
  #isAsked = false;

  constructor(
    { queue, service, random }: { queue: EventQueue; service: SimulatedKimi; random: Random },
    manner: UsagesManner,
  ) {
    this.#queue = queue;
    this.#service = service;
    this.#random = random;
    this.#manner = manner;
  }

  /** From now on, until `end`. */
  start(end: number): void {
    const watch = (): void => {
      this.#remember();
      if (this.#queue.now < end) this.#queue.after(5000, watch);
    };
    const poll = (): void => {
      this.#read();
      if (this.#queue.now < end) this.#queue.after(POLL_MS * this.#random.between(0.9, 1.3), poll);
    };
    watch();
    if (this.#manner.hasKey) this.#queue.after(this.#random.between(100, 60_000), poll);
  }

  /** A request has failed: one extra read, at most one a minute. */
  failed(): void {
    if (!this.#manner.hasKey || this.#isAsked) return;
    this.#isAsked = true;
    const wait = Math.max(0, this.#lastReadAt + GAP_MS - this.#queue.now);
    this.#queue.after(wait + this.#random.between(300, 2000), () => {
      this.#isAsked = false;
      this.#read();
    });
  }

  /** The command line reads by itself where the numbers are older. */
  readIfOlder(freshMs: number): void {
    if (this.#manner.hasKey && this.#queue.now - this.#lastReadAt > freshMs) this.#read();
  }

  #remember(): void {
    const at = this.#queue.now;
    this.#service.renew(at);
    const windows = this.#service.setup.windows.map(({ id, usedPercent, resetsAt }) => ({
      id,
      usedPercent,
      resetsAt,
    }));
    this.#past.push({ at, windows });
    this.#first ??= { at, windows };
    if (this.#past.length > 60) this.#past.shift();
  }

  #read(): void {
    this.#remember();
    const { setup } = this.#service;
    const at = this.#queue.now;
    this.#lastReadAt = at;
    const { hasParallelLimit, lagMs, lie } = this.#manner;
    const seen =
      lie === 'stale'
        ? this.#first!
        : (this.#past.findLast(it => it.at <= at - lagMs) ?? this.#past[0]!);
    const isPlan = setup.product === 'kimi-code';
    this.snapshots.push({
      kind: 'snapshot',
      at,
      origin: isPlan ? 'https://api.kimi.com' : 'https://api.moonshot.ai',
      clockSkewMs: 0,
      windows: isPlan ? seen.windows.map(window => this.#reported(window)) : [],
      ...(isPlan && hasParallelLimit ? { parallelLimit: setup.parallelLimit } : {}),
      ...(isPlan ? {} : { balance: { available: setup.balance ?? 20, currency: 'USD' } }),
      ...(setup.hasExtraUsage
        ? { extraUsage: { leftCents: 900, totalCents: 2000, currency: 'USD' } }
        : {}),
    });
  }

  #reported(window: QuotaWindow): QuotaWindow {
    const used = window.usedPercent ?? 0;
    const usedPercent = this.#manner.isRounded ? Math.floor(used) : used;
    const isTold = this.#manner.lie === 'zeros' && usedPercent > 5;
    const contradiction = { lowestUsedPercent: 0, highestUsedPercent: usedPercent };
    return { ...window, usedPercent, ...(isTold ? { contradiction } : {}) };
  }
}
