import type { Random } from './random.ts';
import type { Refusal, TrueCause } from './truth.ts';
import type { Refused } from './wordings.ts';

const MINUTE_MS = 60_000;

/** The real state of a quota of the plan. */
export interface TrueWindow {
  readonly id: '5h' | 'week' | 'month';
  usedPercent: number;
  resetsAt: number;
  readonly percentPerRequest: number;
}

/** How the account and the service are set up. */
export interface ServiceSetup {
  readonly product: 'kimi-code' | 'open-platform';
  readonly parallelLimit: number;
  readonly windows: TrueWindow[];
  /** Paid use on top carries on when a window is spent. */
  readonly hasExtraUsage?: boolean;
  readonly maxRequestsPerMinute?: number;
  readonly maxTokensPerMinute?: number;
  readonly maxTokensPerDay?: number;
  tokensToday?: number;
  balance?: number;
  /** Refuses for this, whoever asks, in these times. */
  readonly troubles?: readonly Trouble[];
  /** The error of each cause. */
  readonly words: (cause: TrueCause) => Refused;
}

/** A time in which requests fail for a reason that is no limit. */
export interface Trouble {
  readonly cause: TrueCause;
  readonly from: number;
  readonly to: number;
  /** Share of requests that fail. Default: all. */
  readonly share?: number;
  /** Only this session's. Default: everybody's. */
  readonly session?: string;
}

/** One request. */
export interface Ask {
  readonly owner: 'own' | 'foreign';
  readonly session: string;
  readonly tokens: number;
  readonly maxTokens: number;
}

/** What the service made of it. */
export type Answer =
  | { readonly kind: 'answered'; readonly tookMs: number }
  | { readonly kind: 'refused'; readonly cause: TrueCause; readonly refusal: Refusal };

/** The service with the truth: what is open, used and counted, and why a request is refused. */
export class SimulatedKimi {
  readonly setup: ServiceSetup;
  readonly #random: Random;
  readonly #open = { own: 0, foreign: 0 };
  #recent: { readonly at: number; readonly tokens: number }[] = [];

  constructor(setup: ServiceSetup, random: Random) {
    this.setup = setup;
    this.#random = random;
  }

  get open(): { readonly own: number; readonly foreign: number } {
    return { ...this.#open };
  }

  ask(at: number, ask: Ask): Answer {
    this.renew(at);
    const cause = this.#causeFor(at, ask);
    if (cause) return { kind: 'refused', cause, refusal: this.#refusalFor(cause, ask, at) };
    this.#open[ask.owner]++;
    this.#recent.push({ at, tokens: ask.tokens + ask.maxTokens });
    this.setup.tokensToday = (this.setup.tokensToday ?? 0) + ask.tokens;
    for (const window of this.setup.windows)
      window.usedPercent = Math.min(100, window.usedPercent + window.percentPerRequest);
    if (this.setup.balance !== undefined) this.setup.balance -= ask.tokens / 1e6;
    return { kind: 'answered', tookMs: 1500 + this.#random.skewed(6000, 0.7) };
  }

  /** An answer is complete: its place is free. */
  release(owner: Ask['owner']): void {
    this.#open[owner]--;
  }

  /** Resets the windows whose time has come. */
  renew(at: number): void {
    const lengths = { '5h': 5, week: 7 * 24, month: 30 * 24 };
    for (const window of this.setup.windows) {
      if (window.resetsAt > at) continue;
      window.usedPercent = 0;
      window.resetsAt = at + lengths[window.id] * 60 * MINUTE_MS;
    }
  }

  #causeFor(at: number, ask: Ask): TrueCause | undefined {
    const { setup } = this;
    const trouble = setup.troubles?.find(
      ({ from, to, session, share = 1 }) =>
        at >= from &&
        at < to &&
        (session === undefined || session === ask.session) &&
        this.#random.chance(share),
    );
    if (trouble) return trouble.cause;
    // Of several used-up quotas, the error names the one that resets last.
    const spent = setup.windows.findLast(({ usedPercent }) => usedPercent >= 100);
    if (spent && !setup.hasExtraUsage)
      return ({ '5h': 'quota_5h', week: 'quota_weekly', month: 'quota_monthly' } as const)[
        spent.id
      ];
    if ((setup.balance ?? 1) <= 0) return 'balance';
    const { own, foreign } = this.#open;
    if (own + foreign >= setup.parallelLimit)
      return own + 1 > setup.parallelLimit || own >= foreign
        ? 'own_concurrency'
        : 'foreign_concurrency';
    return this.#rateFor(at, ask);
  }

  #rateFor(at: number, ask: Ask): TrueCause | undefined {
    const {
      maxRequestsPerMinute,
      maxTokensPerMinute,
      maxTokensPerDay,
      tokensToday = 0,
    } = this.setup;
    this.#recent = this.#recent.filter(one => one.at > at - MINUTE_MS);
    if (this.#recent.length >= (maxRequestsPerMinute ?? Infinity)) return 'rpm';
    const tokens = this.#recent.reduce((sum, one) => sum + one.tokens, 0);
    if (tokens + ask.tokens + ask.maxTokens > (maxTokensPerMinute ?? Infinity)) return 'tpm';
    if (tokensToday + ask.tokens > (maxTokensPerDay ?? Infinity)) return 'tpd';
    return undefined;
  }

  #refusalFor(cause: TrueCause, ask: Ask, at: number): Refusal {
    const { wording: _wording, ...reported } = this.setup.words(cause);
    const limit =
      {
        rpm: this.setup.maxRequestsPerMinute,
        tpm: this.setup.maxTokensPerMinute,
        tpd: this.setup.maxTokensPerDay,
      }[cause as string] ?? this.setup.parallelLimit;
    const recent = this.#recent.filter(one => one.at > at - MINUTE_MS);
    const current =
      cause === 'tpd'
        ? (this.setup.tokensToday ?? 0) + ask.tokens
        : recent.reduce((sum, one) => sum + one.tokens, ask.tokens + ask.maxTokens);
    const text = reported.text
      .replace('{limit}', `${limit}`)
      .replace('{current}', `${Math.round(current)}`);
    return { ...reported, text };
  }
}
