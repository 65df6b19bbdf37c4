import type { Clock } from '../../src/core/base/ports.ts';
import type { QuotaClient, QuotaOutcome } from '../../src/core/quota/outcome.ts';
import type { Plan } from '../../src/core/quota/plan.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';

export const ORIGIN = 'https://api.kimi.com';

/** A request that reached the fake Kimi. */
export interface FakeRequest {
  readonly at: number;
  readonly key: string;
}

/** A mock of Kimi with configurable responses. Records every request, and can be slow. */
export class FakeQuotaClient implements QuotaClient {
  readonly #clock: Clock;
  #openCount = 0;
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  readonly requests: FakeRequest[] = [];
  /** Most requests in flight. */
  mostAtOnce = 0;
  usedPercent = 16;
  /** The keys with which the plan was asked for. */
  readonly planRequests: FakeRequest[] = [];
  /** The response of `/me`. */
  plan: Plan | undefined;
  /** Its response; may throw. Default: a valid response with `usedPercent`. */
  answer: (key: string) => QuotaOutcome = () => this.fresh();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async readQuota(key: string): Promise<QuotaOutcome> {
    this.requests.push({ at: this.#clock.now(), key });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#openCount);
    await this.#gate?.opened;
    this.#openCount--;
    return this.answer(key);
  }

  async readPlan(key: string): Promise<Plan | undefined> {
    this.planRequests.push({ at: this.#clock.now(), key });
    await this.#gate?.opened;
    return this.plan;
  }

  fresh(): QuotaOutcome {
    return { kind: 'fresh', snapshot: snapshotOf(this.#clock.now(), this.usedPercent) };
  }

  /** Leaves every request open from now on. */
  shut(): void {
    let open = (): void => undefined;
    const opened = new Promise<void>(resolve => (open = resolve));
    this.#gate = { opened, open };
  }

  /** Answers all that are open. */
  open(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }
}

/** An answer with one window. */
export function snapshotOf(at: number, usedPercent: number): Snapshot {
  const windows = [{ id: '5h', usedPercent, resetsAt: at + 3_600_000 }];
  return { kind: 'snapshot', at, origin: ORIGIN, clockSkewMs: 0, windows };
}
