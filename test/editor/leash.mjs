// Runs a command as the head of its own process group, and ends the whole group as soon as the
// process that started it closes our standard input, be it on purpose or by a sudden death.
// Usage: leash.mjs COMMAND [ARG ...], started detached and with a pipe as standard input.
import { spawn } from 'node:child_process';

const GRACE_MS = 4000;
const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let isEnding = false;

/** @param {NodeJS.Signals} signal */
const signalGroup = signal => process.kill(-process.pid, signal);
// The signal goes to the group, so to this process too, which must outlive it.
process.on('SIGTERM', () => {});
child.once('error', error => {
  console.error(error.message);
  process.exit(127);
});
child.once('exit', code => (isEnding ? signalGroup('SIGKILL') : process.exit(code ?? 1)));
process.stdin.resume().once('close', () => {
  isEnding = true;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
});
