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
