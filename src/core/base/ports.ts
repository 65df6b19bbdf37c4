import type { Disposable } from './event.ts';

/** Where in the bundle a defect occurred: file name, line and column; never the folder. */
const PLACE = /([\w.-]{1,60}\.[cm]?[jt]s:\d+:\d+)\)?\s*$/m;

/**
 * What may be logged of a thrown value: its kind, its code and the place in the bundle, such as
 * `SqliteError ERR_SQLITE_ERROR at agentLogs.js:12:345`. Never its message, which may contain a
 * path or log text (docs/faults.md X9).
 */
export function faultName(fault: unknown): string {
  if (!(fault instanceof Error)) return `a thrown ${typeof fault}`;
  const { name, message, stack = '' } = fault;
  const code = 'code' in fault ? wordOf(fault.code) : '';
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const place = PLACE.exec(frames)?.[1];
  return [wordOf(name) || 'Error', code, place && `at ${place}`].filter(Boolean).join(' ');
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : '';

/**
 * The clock. `now` is epoch milliseconds and may jump (sleep, a corrected clock); `monotonicMs`
 * only grows, from an arbitrary zero. `after` calls back once.
 */
export interface Clock {
  now(): number;
  monotonicMs(): number;
  after(delayMs: number, callback: () => void): Disposable;
}

/** The part of VS Code's `LogOutputChannel` in use. Never pass a secret or a raw error. */
export interface Log {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * Translates a sentence and fills `{0}`, `{1}`…: `vscode.l10n.t` in the editor, `english` on the
 * command line. Every sentence for users passes through one.
 */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** How numbers and times are formatted. */
export interface Locale {
  /** BCP 47 tag, such as `en` or `zh-cn`. */
  readonly language: string;
  /** IANA zone. Default: the machine's zone. */
  readonly timeZone?: string;
  readonly t: Translate;
}
