import type { Log } from '../core/base/ports.ts';
import { cutToWidth } from './displayWidth.ts';
import { inertJson, inertText, redactId } from '../core/base/redact.ts';

/**
 * Writes one line to standard output. All output of this file is inert: control characters, escape
 * sequences, line breaks and direction marks in foreign text never reach a terminal.
 */
export function printLine(text: string): void {
  process.stdout.write(`${oneLine(text)}\n`);
}

let lastProgress = '';

/**
 * Replaces the one line of progress on standard error; empty: removes it. Where that is no terminal,
 * each new line is written once.
 */
export function printProgress(text: string): void {
  const line = oneLine(text);
  if (line === lastProgress) return;
  const { columns = 80, isTTY } = process.stderr;
  if (isTTY) process.stderr.write(`\r\u001b[2K${cutToWidth(line, columns - 1)}`);
  else if (line !== '') process.stderr.write(`${line}\n`);
  lastProgress = line;
}

/** Writes text of several lines. The caller makes foreign parts single lines. */
export function printText(text: string): void {
  process.stdout.write(inertText(text));
}

/** Writes a value as JSON, on one line by default. Escapes characters that are not inert. */
export function printJson(value: unknown, indent?: number): void {
  process.stdout.write(`${inertJson(JSON.stringify(value, null, indent))}\n`);
}

/** Writes one line to standard error, with keys redacted: it may contain a path or an argument. */
export function printWarning(text: string): void {
  process.stderr.write(`kimi-quota: ${redactId(text)}\n`);
}

/**
 * Asks on standard error, as the output may go to a program. The end of the input is an empty
 * answer.
 */
export async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const end = new Promise<string>(resolve => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(oneLine(question)), end]);
  terminal.close();
  return answer;
}

const oneLine = (text: string): string => inertText(text).replace(/[\n\t]+/g, ' ');

/** Prints problems with files and folders as warnings. */
export const toStderr: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: printWarning,
  error: printWarning,
};

/** Drops all messages: for callers that report problems in another way. */
export const silent: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** The width of standard output; undefined where it is no terminal. */
export function terminalColumns(): number | undefined {
  const { columns, isTTY } = process.stdout;
  return isTTY ? columns || 80 : undefined;
}

/** Colors a text of the live view. */
export type Paint = (text: string, color: keyof typeof COLORS) => string;

const COLORS = { red: 31, yellow: 33, green: 32, dim: 2 } as const;

/** The live view: the only place that writes escape sequences of its own. Ends with `q` or a signal. */
export class Screen {
  readonly ended: Promise<void>;
  readonly paint: Paint;

  constructor() {
    const hasColor = !process.env.NO_COLOR && process.env.TERM !== 'dumb';
    this.paint = (text, color) =>
      hasColor ? `\u001b[${COLORS[color]}m${oneLine(text)}\u001b[0m` : oneLine(text);
    // The alternate screen, without a cursor.
    process.stdout.write('\u001b[?1049h\u001b[?25l');
    const { stdin } = process;
    if (stdin.isTTY) stdin.setRawMode(true);
    this.ended = new Promise(resolve => {
      stdin.on('data', (keys: Buffer) => {
        if (/^(?:q|\u0003|\u0004|\u001b)$/.test(keys.toString())) resolve();
      });
      process.once('SIGINT', resolve).once('SIGTERM', resolve);
    });
  }

  get columns(): number {
    return terminalColumns() ?? 80;
  }

  get rows(): number {
    return process.stdout.rows || 24;
  }

  /** Replaces each line in place and clears what remains: nothing flickers. */
  draw(lines: readonly string[]): void {
    const shown = lines.map(line => `${painted(line)}\u001b[K`).join('\r\n');
    process.stdout.write(`\u001b[H${shown}\u001b[J`);
  }

  /** `redraw` is called when the terminal has another size. */
  onResize(redraw: () => void): void {
    process.stdout.on('resize', () => {
      process.stdout.write('\u001b[2J');
      redraw();
    });
  }

  dispose(): void {
    process.stdout.removeAllListeners('resize');
    process.stdout.write('\u001b[?25h\u001b[?1049l');
    const { stdin } = process;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  }
}

const PAINTED = /\u001b\[(?:31|33|32|2|0)m/;

/** Only the colors of `Paint` pass; everything between them becomes inert. */
const painted = (line: string): string =>
  line
    .split(/(\u001b\[(?:31|33|32|2|0)m)/)
    .map(part => (PAINTED.test(part) ? part : oneLine(part)))
    .join('');
