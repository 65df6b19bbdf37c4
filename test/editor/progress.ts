const HEARTBEAT_MS = 15_000;

/** What went wrong, in one sentence for the person at the terminal; no stack is wanted. */
export class PlainError extends Error {}

/** Prints one line, marked as ours among the output of the tools we call. */
export function say(text: string): void {
  console.log(`kimi-quota: ${text}`);
}

/** Seconds since `beganAtMs`, for people. */
export function secondsSince(beganAtMs: number): string {
  return `${((Date.now() - beganAtMs) / 1000).toFixed(1)} s`;
}

/** Says what a long piece of work does, gives a sign of life while it lasts, and its duration. */
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
  // The channel to run.mjs would keep this process alive.
  if (process.connected) process.disconnect();
}
