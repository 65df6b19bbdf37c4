import type { Account, Product } from '../accounts/endpoint.ts';
import type { KeyProblem } from '../accounts/key.ts';
import type { WatchedFolder } from '../agents/watchedLogs.ts';
import type { Locale } from '../base/ports.ts';
import type { DirectAnswer } from '../diagnosis/directRequest.ts';
import type { QuotaOutcome, Unreachable } from '../quota/outcome.ts';
import type { ArchiveHealth } from '../base/store.ts';

/** The checks, in the order of the report. */
export const CHECKS = [
  'key',
  'host',
  'network',
  'proxy',
  'certificate',
  'quota',
  'models',
  'chat',
  'clock',
  'logs',
  'secrets',
  'database',
  'lease',
  'statusPage',
] as const;

/** One of `CHECKS`. */
export type CheckId = (typeof CHECKS)[number];

/**
 * State of a check. `attention`: works with a noticeable problem. `unknown`: can't be determined.
 * `notTried`: skipped, because it costs something or a prerequisite is missing.
 */
export type CheckState = 'ok' | 'attention' | 'broken' | 'unknown' | 'notTried';

/** Where the text appears; the next steps differ between editor and terminal. */
export interface WordsContext {
  readonly locale: Locale;
  readonly surface: 'editor' | 'terminal';
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Meaning and next step; the latter is empty if there is nothing to do. */
export type RuleWords = readonly [means: string, toDo: string];

/** One rule: the finding, its condition and its texts. */
export interface Rule<Facts> {
  readonly check: CheckId;
  /** Stable id for scripts and tests, unique per rule. */
  readonly finding: string;
  readonly state: CheckState;
  readonly when: (facts: Facts) => boolean;
  readonly words: (facts: Facts, context: WordsContext) => RuleWords;
}

/** What is known about a key, without the key. */
export type KeyFacts =
  | { readonly kind: 'key'; readonly product: Product | undefined; readonly isLinked: boolean }
  | { readonly kind: 'none' | 'tokenExpired' | 'unanswered' }
  /** The value in place of the key isn't a valid key. */
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** Result of the model list request. */
export type ModelsOutcome =
  | { readonly kind: 'listed'; readonly ids: readonly string[] }
  | Exclude<QuotaOutcome, { readonly kind: 'fresh' }>;

/** What the public status page reports about Kimi's API. */
export type StatusOutcome =
  | {
      readonly kind: 'read';
      readonly level: 'well' | 'degraded' | 'down';
      /** The newest ongoing incident in the page's wording, made inert. */
      readonly incident?: string;
    }
  | { readonly kind: 'malformed' }
  | Unreachable;

/** The responses of one host. */
export interface HostAnswers {
  /** Without a key, only shows whether the host responds. */
  readonly quota: QuotaOutcome;
  /** Absent if not requested: there is no key, or the first response is enough. */
  readonly models?: ModelsOutcome;
  /**
   * Kimi's clock minus the local clock in milliseconds, accurate to 1 s. Absent if no response had
   * a time.
   */
  readonly clockSkewMs?: number;
  /** Whether the environment names a proxy. */
  readonly hasProxyVariable: boolean;
}

/** Sends the requests of the self-check to one host. Expected failures are values. */
export interface HostProbe {
  /** Reads the quota, then the models; without a key, only whether the host responds. */
  look(key: string | undefined): Promise<HostAnswers>;
  /** Sends one request of 5 tokens, which uses quota or balance. */
  chat(key: string, model: string): Promise<DirectAnswer>;
  /** Reads the summary of status.moonshot.cn, without a key. */
  readStatusPage(): Promise<StatusOutcome>;
}

/** Facts about one account. */
export interface AccountFacts {
  readonly account: Account;
  readonly key: KeyFacts;
  /**
   * The key belongs to the other product, so the host would certainly reject it; it was not sent.
   */
  readonly isMismatched: boolean;
  /** Absent if the base URL is invalid, so that no request was sent. */
  readonly answers?: HostAnswers;
  /** Whether the settings or the environment name a proxy. */
  readonly hasProxy: boolean;
  /** Absent if not tried. */
  readonly chat?: DirectAnswer;
}

/** Facts about this machine. A field is absent where it doesn't apply. */
export interface MachineFacts {
  readonly isAnswered: boolean;
  readonly clockSkewMs?: number;
  readonly logs: {
    readonly isPaused: boolean;
    /** Undefined: no window has reported its logs yet. */
    readonly folders: readonly WatchedFolder[] | undefined;
  };
  /** Result of storing a test value and reading it back. */
  readonly secrets?: 'stored' | 'notKept' | 'timedOut';
  readonly database: ArchiveHealth;
  /** The window that checks Kimi and follows the logs for all windows. */
  readonly lease?: 'here' | 'elsewhere';
  /** Absent if not tried. */
  readonly statusPage?: StatusOutcome;
}

/** All facts of the self-check. Contains no key. */
export interface SelfCheckFacts {
  readonly accounts: readonly AccountFacts[];
  readonly machine: MachineFacts;
}
