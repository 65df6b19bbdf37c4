import { SILENCE_MS, startLeashed, type LeashOptions } from './leash.mjs';
import { root } from './paths.ts';

const HEARTBEAT_MS = 15_000;

/**
 * How long something in an editor or a browser is waited for before it counts as hanging. A wait
 * ends when its condition holds; this only has to be longer than any slow machine takes.
 */
export const PATIENCE_MS = 180_000;

/** An expected failure: printed as one sentence, without a stack. */
export class PlainError extends Error {}

/** Prints one line, marked to stand out in the output of the tools. */
export function say(text: string): void {
  console.log(`kimi-quota: ${text}`);
}

/** Seconds since `beganAtMs`, for people. */
export function secondsSince(beganAtMs: number): string {
  return `${((Date.now() - beganAtMs) / 1000).toFixed(1)} s`;
}

/** Prints the name of long work, progress while it lasts, and its duration. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const beganAtMs = Date.now();
  say(`${what} ...`);
  const heartbeat = setInterval(
    () => say(`... ${what}, ${secondsSince(beganAtMs)} so far`),
    HEARTBEAT_MS,
  );
  try {
    const result = await work();
    say(`... done in ${secondsSince(beganAtMs)}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Runs a program: a plain error becomes its sentence, any failure the exit code 1. */
export async function runProgram(program: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await program();
  } catch (error) {
    console.error(error instanceof PlainError ? `kimi-quota: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** The command line that runs npm with these arguments, wherever npm is. */
export function npmCommand(...args: string[]): string[] {
  const script = process.env['npm_execpath'];
  return script?.endsWith('npm-cli.js') ? [process.execPath, script, ...args] : ['npm', ...args];
}

/**
 * Runs a command to its end, with all that it starts, and gives its exit code. By default it runs
 * in the checkout and prints to our terminal. One that prints nothing for five minutes is ended.
 */
export async function runCommand(
  command: readonly string[],
  { env, ...options }: LeashOptions = {},
): Promise<number> {
  const isColorful = process.stdout.isTTY && !process.env['NO_COLOR'];
  return startLeashed(command, {
    cwd: root,
    silenceMs: SILENCE_MS,
    onOutput: (chunk, stream) => process[stream].write(chunk),
    ...options,
    env: { ...process.env, ...(isColorful && { FORCE_COLOR: '1' }), ...env },
  }).exited;
}
