import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

const leash = path.join(import.meta.dirname, 'leash.mjs');

/** A command and everything it started. It ends with this process, whatever becomes of it. */
export interface ProcessGroup {
  /** Resolves when the command has ended, by itself or because it was stopped. */
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** Ends the whole group, at first politely, and waits until it is gone. Safe to call again. */
  stop(): Promise<void>;
}

export interface ProcessGroupOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Receives the output of the group. */
  readonly logPath: string;
  /** A folder to remove when the group was stopped or this process is gone. */
  readonly ownFolder?: string;
}

/** Starts `[command, ...args]` in a process group of its own. Not for Windows. */
export function startProcessGroup(
  command: readonly string[],
  options: ProcessGroupOptions,
): ProcessGroup {
  const log = openSync(options.logPath, 'a');
  const child = spawn(process.execPath, [leash, options.ownFolder ?? '', ...command], {
    detached: true,
    env: options.env,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  // It may be gone already when we hang up.
  child.stdin?.on('error', () => {});
  let isRunning = true;
  const exited = new Promise<void>(resolve => {
    const settle = () => {
      isRunning = false;
      resolve();
    };
    child.once('exit', settle).once('error', settle);
  });
  return {
    exited,
    hasExited: () => !isRunning,
    stop: async () => {
      child.stdin?.end();
      await exited;
    },
  };
}
