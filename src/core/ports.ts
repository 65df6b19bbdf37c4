import type { Disposable } from './event.ts';

/**
 * Time, asked for rather than taken. `now` is epoch milliseconds and may jump (sleep, a corrected
 * clock); `monotonicMs` only grows, from an arbitrary zero. `after` calls back once.
 */
export interface Clock {
  now(): number;
  monotonicMs(): number;
  after(delayMs: number, callback: () => void): Disposable;
}

/** The slice of a VS Code `LogOutputChannel` that we write to. No secret and no raw error goes in. */
export interface Log {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * Translates a sentence and fills `{0}`, `{1}` ... in it: `vscode.l10n.t` in the editor, `english`
 * on the command line. Every sentence for people passes through one.
 */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** How a place writes numbers and times. */
export interface Locale {
  /** BCP 47 tag, such as `en` or `zh-cn`. */
  readonly language: string;
  /** IANA zone; default: the machine's own. */
  readonly timeZone?: string;
  readonly t: Translate;
}
