import type { Account, Product } from '../accounts/endpoint.ts';
import type { KeyProblem } from '../accounts/key.ts';
import type { WatchedFolder } from '../agents/watchedLogs.ts';
import type { Locale } from '../base/ports.ts';
import type { Classification } from '../errors/category.ts';
import type { QuotaOutcome, Unreachable } from '../quota/outcome.ts';
import type { ArchiveHealth } from '../base/store.ts';

/** What is checked, in the order of the report. */
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
 * How it stands. `attention`: it works, with a fault that will be noticed. `unknown`: nothing tells.
 * `notTried`: left out, since it costs something or since what it needs is missing.
 */
export type CheckState = 'ok' | 'attention' | 'broken' | 'unknown' | 'notTried';

/** For whom words are: what to do differs between the editor and a terminal. */
export interface WordsContext {
  readonly locale: Locale;
  readonly surface: 'editor' | 'terminal';
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What it means, and what to do; the latter is empty where there is nothing to do. */
export type RuleWords = readonly [means: string, toDo: string];

/** One line of the table: what `finding` is, when it holds, and what is said of it. */
export interface Rule<Facts> {
  readonly check: CheckId;
  /** For scripts and tests; one for each rule. */
  readonly finding: string;
  readonly state: CheckState;
  readonly when: (facts: Facts) => boolean;
  readonly words: (facts: Facts, context: WordsContext) => RuleWords;
}

/** What a key shows of itself. The key is not in here. */
export type KeyFacts =
  | { readonly kind: 'key'; readonly product: Product | undefined; readonly isLinked: boolean }
  | { readonly kind: 'none' | 'tokenExpired' | 'unanswered' }
  /** The text that stands where a key belongs is none. */
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** What came of asking for the models. */
export type ModelsOutcome =
  | { readonly kind: 'listed'; readonly ids: readonly string[] }
  | Exclude<QuotaOutcome, { readonly kind: 'fresh' }>;

/** What came of one small chat request. */
export type ChatOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly said: Classification }
  | Unreachable;

/** What the public status page says of Kimi's API. */
export type StatusOutcome =
  | {
      readonly kind: 'read';
      readonly level: 'well' | 'degraded' | 'down';
      /** The newest incident that goes on, in the page's own words, made inert. */
      readonly incident?: string;
    }
  | { readonly kind: 'malformed' }
  | Unreachable;

/** What one host has answered. */
export interface HostAnswers {
  /** Without a key it says only whether the host answers. */
  readonly quota: QuotaOutcome;
  /** Absent: not asked, since there is no key or the first answer has decided it. */
  readonly models?: ModelsOutcome;
  /** Kimi's clock minus ours, in milliseconds, to a second. Absent: no answer told the time. */
  readonly clockSkewMs?: number;
  /** Whether the environment names a proxy. */
  readonly hasProxyVariable: boolean;
}

/** Asks one host what the self-check wants to know. Expected failures are values. */
export interface HostProbe {
  /** The quota and then the models; without a key only whether the host answers. */
  look(key: string | undefined): Promise<HostAnswers>;
  /** One request of 5 tokens, which costs quota or money. */
  chat(key: string, model: string): Promise<ChatOutcome>;
  /** The summary of status.moonshot.cn, without a key. */
  readStatusPage(): Promise<StatusOutcome>;
}

/** What was found out about one account. */
export interface AccountFacts {
  readonly account: Account;
  readonly key: KeyFacts;
  /** The key is of the other product, which its host refuses for certain: it was not sent. */
  readonly isMismatched: boolean;
  /** Absent: its base URL cannot be used, so that nobody was asked. */
  readonly answers?: HostAnswers;
  /** Whether the settings or the environment name a proxy. */
  readonly hasProxy: boolean;
  /** Absent: not tried. */
  readonly chat?: ChatOutcome;
}

/** What was found out about this machine. Absent: the place that asks has no such thing. */
export interface MachineFacts {
  readonly isAnswered: boolean;
  readonly clockSkewMs?: number;
  readonly logs: {
    readonly isPaused: boolean;
    /** Undefined: no window has told so far. */
    readonly folders: readonly WatchedFolder[] | undefined;
  };
  /** What came of storing a word that is no secret, and reading it back. */
  readonly secrets?: 'stored' | 'notKept' | 'timedOut';
  readonly database: ArchiveHealth;
  /** Which window asks Kimi and follows the logs for all. */
  readonly lease?: 'here' | 'elsewhere';
  /** Absent: not tried. */
  readonly statusPage?: StatusOutcome;
}

/** All that the self-check knows. It holds no key. */
export interface SelfCheckFacts {
  readonly accounts: readonly AccountFacts[];
  readonly machine: MachineFacts;
}
