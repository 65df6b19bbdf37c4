// Runs a command in a process group of its own, and ends the whole group as soon as the process
// that started us closes our standard input, be it on purpose or by a sudden death. Then it removes
// FOLDER, if one is given, which a process that died suddenly can no longer do itself.
// Usage: leash.mjs FOLDER COMMAND [ARG ...], started detached and with a pipe as standard input.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const GRACE_MS = 4000;
const [folder = '', command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
let isEnding = false;

/** @param {NodeJS.Signals} signal */
function signalGroup(signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // The whole group is gone, as it should be.
  }
}

child.once('error', error => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', code => {
  // What it started may outlive it.
  signalGroup('SIGKILL');
  if (isEnding && folder) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(code ?? 1);
});
process.stdin.resume().once('close', () => {
  isEnding = true;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
});
