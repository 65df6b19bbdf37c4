import type { Limits } from './account.ts';

/** Which limit a request would break, with the numbers that the platform's texts print. */
export interface Breach {
  readonly limit: 'concurrency' | 'rpm' | 'tpm' | 'tpd';
  readonly current: number;
  readonly cap: number;
  /** How long until the request would pass; unknown for concurrency, where Kimi reports one second. */
  readonly waitMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * What one account has running and has used of its rates. All spans roll: `retry-after: 1152` on a
 * TPD error (kimi-code #1796) speaks for that, though the rule is not settled (docs/kimi.md 11.5).
 * Refused requests count for nothing.
 */
export class Lane {
  readonly running = new Set<string>();
  readonly #requests = new RollingSum(MINUTE_MS);
  readonly #tokens = new RollingSum(MINUTE_MS);
  readonly #dayTokens = new RollingSum(DAY_MS);

  /** The first limit that a request which asks for so many tokens would break, or none. */
  findBreach(limits: Limits, askedTokens: number, now: number): Breach | undefined {
    const running = this.running.size + 1;
    if (running > limits.concurrency)
      return {
        limit: 'concurrency',
        current: running,
        cap: limits.concurrency,
        waitMs: SECOND_MS,
      };
    const rates = [
      ['rpm', this.#requests, 1, limits.requestsPerMinute],
      ['tpm', this.#tokens, askedTokens, limits.tokensPerMinute],
      ['tpd', this.#dayTokens, askedTokens, limits.tokensPerDay],
    ] as const;
    for (const [limit, sum, asked, cap] of rates) {
      const current = sum.at(now) + asked;
      if (current > cap) return { limit, current, cap, waitMs: sum.waitFor(cap - asked, now) };
    }
    return undefined;
  }

  /** Lets a request in. Its slot is held until `leave`, whatever becomes of the client. */
  enter(id: string, askedTokens: number, now: number): void {
    this.running.add(id);
    this.#requests.add(1, now);
    this.#tokens.add(askedTokens, now);
  }

  /** Frees the slot and books what was really used. */
  leave(id: string, usedTokens: number, now: number): void {
    this.running.delete(id);
    this.#dayTokens.add(usedTokens, now);
  }
}

/** A sum over the last `spanMs`. */
class RollingSum {
  readonly #spanMs: number;
  #entries: { readonly amount: number; readonly at: number }[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  add(amount: number, now: number): void {
    this.#entries.push({ amount, at: now });
  }

  at(now: number): number {
    this.#entries = this.#entries.filter(entry => entry.at + this.#spanMs > now);
    return this.#entries.reduce((sum, entry) => sum + entry.amount, 0);
  }

  /** How long until the sum is at most `ceiling`; the whole span if it never can be. */
  waitFor(ceiling: number, now: number): number {
    let sum = this.at(now);
    for (const entry of this.#entries) {
      sum -= entry.amount;
      if (sum <= ceiling) return entry.at + this.#spanMs - now;
    }
    return this.#spanMs;
  }
}
