import type { Disposable } from './event.ts';

/** Where in our own bundle a defect came up: a file's name, line and column; never its folder. */
const PLACE = /([\w.-]{1,60}\.[cm]?[jt]s:\d+:\d+)\)?\s*$/m;

/**
 * What may be logged of something that was thrown: its kind, its code, and the place in our code,
 * such as `SqliteError ERR_SQLITE_ERROR at agentLogs.js:12:345`. Never its message, which may hold
 * a path or words of a log (docs/faults.md X9).
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
