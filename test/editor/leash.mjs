// Ties a command to the process that starts it: whatever ends that process, a SIGKILL too, ends the
// command with everything that it has started. Every process of the runner is started here.
//
// A keeper (this file, run as a program) runs between the two. It starts the command, and its
// standard input is a pipe that only its owner holds. When the pipe closes, or the command ends,
// the keeper asks the remaining processes to end, and kills those that do not. Built-ins of Node 18
// only.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A suite that prints nothing for this long hangs. There is no other limit: slow is not wrong. */
export const SILENCE_MS = 300_000;
/** The exit code of a command that was ended because it printed nothing. */
export const SILENT = 124;
const GRACE_MS = 30_000;
const LOOK_MS = 50;
const SILENCE_LOOKS = 10;
const file = fileURLToPath(import.meta.url);
const isWindows = process.platform === 'win32';

/**
 * @typedef {object} LeashOptions
 * @property {NodeJS.ProcessEnv} [env] default: that of this process
 * @property {string} [cwd] default: that of this process
 * @property {(chunk: Buffer, stream: 'stdout' | 'stderr') => void} [onOutput] takes what the command
 *   prints; by default it prints where we do
 * @property {number} [silenceMs] ends a command that prints nothing for this long; needs `onOutput`
 * @property {string} [ownFolder] a folder to remove when all of it has ended
 * @property {number} [graceMs] how long what was asked to end gets before it is killed
 */

/**
 * @typedef {object} Leashed
 * @property {Promise<number>} exited the exit code, once all of it has ended
 * @property {() => boolean} hasExited
 * @property {() => Promise<void>} stop ends all of it and waits for that; safe to call again
 */

/**
 * Starts `[command, ...args]`, which ends with us.
 * @param {readonly string[]} command @param {LeashOptions} [options] @returns {Leashed}
 */
export function startLeashed(command, options = {}) {
  const { env, cwd, onOutput, silenceMs, ownFolder = '', graceMs = GRACE_MS } = options;
  const output = onOutput ? 'pipe' : 'inherit';
  const keeper = spawn(process.execPath, [file, ownFolder, String(graceMs), ...command], {
    env,
    cwd,
    // A session of its own: no Ctrl+C and no end of a terminal reaches the keeper.
    detached: !isWindows,
    windowsHide: true,
    stdio: ['pipe', output, output],
  });
  // It may be gone already when we hang up.
  keeper.stdin?.on('error', () => {});
  const hangUp = () => void keeper.stdin?.end();
  const dropOutput = () => [keeper.stdout, keeper.stderr].forEach(stream => stream?.destroy());
  const silence = silenceMs && onOutput ? watchSilence(keeper, silenceMs, hangUp) : undefined;
  keeper.stdout?.on('data', chunk => onOutput?.(chunk, 'stdout'));
  keeper.stderr?.on('data', chunk => onOutput?.(chunk, 'stderr'));
  let hasExited = false;
  /** @type {Promise<number>} */
  const exited = new Promise((resolve, reject) => {
    keeper.once('error', reject);
    keeper.once('exit', (_, signal) => {
      if (signal && keeper.pid) kill(-keeper.pid, 'SIGKILL');
      // A process that escaped and still holds our pipes must not keep us waiting.
      setTimeout(dropOutput, graceMs).unref();
    });
    keeper.once('close', code => {
      hasExited = true;
      resolve(silence?.end() ? SILENT : (code ?? 1));
    });
  });
  return {
    exited,
    hasExited: () => hasExited,
    stop: async () => {
      hangUp();
      await exited;
    },
  };
}

/**
 * Looks ten times per limit whether anything was printed, not once at its end: a machine that slept
 * in the meantime is not silent.
 * @param {import('node:child_process').ChildProcess} keeper @param {number} silenceMs
 * @param {() => void} hangUp
 */
function watchSilence(keeper, silenceMs, hangUp) {
  let silentLooks = 0;
  let wasSilent = false;
  for (const stream of [keeper.stdout, keeper.stderr]) stream?.on('data', () => (silentLooks = 0));
  const watch = setInterval(() => {
    if (wasSilent || ++silentLooks < SILENCE_LOOKS) return;
    wasSilent = true;
    console.error(`kimi-quota: nothing was printed for ${silenceMs / 1000} s, so this is ended`);
    hangUp();
  }, silenceMs / SILENCE_LOOKS);
  return {
    /** Whether it was ended for its silence. */
    end: () => {
      clearInterval(watch);
      return wasSilent;
    },
  };
}

/**
 * The keeper. Exits with the exit code of the command.
 * @param {string[]} argv
 */
async function keep([ownFolder = '', grace = '', command = '', ...args]) {
  const graceMs = Number(grace);
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: isWindows && command === 'npm',
    windowsHide: true,
  });
  /** @type {Promise<number>} */
  const exited = new Promise(resolve => {
    child.once('error', error => {
      console.error(error.message);
      resolve(127);
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + os.constants.signals[signal ?? 'SIGKILL']),
    );
  });
  const hungUp = new Promise(resolve => {
    process.stdin.resume().once('close', resolve);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, resolve);
  });
  await Promise.race([exited, hungUp]);
  if (isWindows) endTreeOnWindows(child);
  else await endFamily(graceMs);
  const exitCode = await Promise.race([exited, sleep(GRACE_MS, 1)]);
  if (ownFolder) rmSync(ownFolder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(exitCode);
}

/** @param {import('node:child_process').ChildProcess} child */
function endTreeOnWindows({ exitCode, pid }) {
  if (exitCode === null && pid)
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { windowsHide: true });
}

/**
 * Ends all processes that we started, however indirectly. Those of our group get a signal. Those that
 * left it (a browser, a shell in a terminal, another keeper) notice the end of the process that
 * started them, and get the same time for it.
 * @param {number} graceMs
 */
async function endFamily(graceMs) {
  /** @type {Set<number>} */
  const known = new Set([process.pid]);
  for (const { pid, group } of family(known)) if (group === process.pid) kill(pid, 'SIGTERM');
  const killAtMs = Date.now() + graceMs;
  // A process of another user, or one that is stuck in the kernel, cannot be killed.
  const giveUpAtMs = killAtMs + GRACE_MS;
  for (let left = family(known); left.length > 0 && Date.now() < giveUpAtMs; left = family(known)) {
    if (Date.now() > killAtMs) for (const { pid } of left) kill(pid, 'SIGKILL');
    await sleep(LOOK_MS);
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, as it should be.
  }
}

/**
 * The running processes of our group, those in `known`, and all that these started. Adds them to
 * `known`: a process that loses its parent cannot be identified later.
 * @param {Set<number>} known
 */
function family(known) {
  const running = runningProcesses();
  for (let size = 0; size < known.size;) {
    size = known.size;
    for (const { pid, parent, group } of running)
      if (known.has(parent) || group === process.pid) known.add(pid);
  }
  return running.filter(({ pid }) => known.has(pid) && pid !== process.pid);
}

/**
 * @typedef {{ pid: number, parent: number, group: number, name: string }} RunningProcess
 */

/** Every process but zombies. Not for Windows. @returns {RunningProcess[]} */
export function runningProcesses() {
  const rows = process.platform === 'linux' ? procRows() : psRows();
  return rows
    .filter(([, , state]) => !/^[ZX]/.test(state ?? ''))
    .map(([pid, name = '', , parent, group]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      name,
    }));
}

/** Linux need not have `ps`. */
function procRows() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The name may hold anything. After it: state, parent, group.
        const [, name, rest] = /\((.*)\) (.*)/s.exec(stat) ?? [];
        return [[pid, name, ...(rest ?? '').split(' ', 3)]];
      } catch {
        return [];
      }
    });
}

function psRows() {
  const columns = ['pid', 'stat', 'ppid', 'pgid', 'comm'].flatMap(it => ['-o', `${it}=`]);
  const ps = spawnSync('ps', ['-A', ...columns], { encoding: 'utf8' });
  return ps.stdout
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([pid]) => pid && Number(pid) !== ps.pid)
    .map(([pid, state, parent, group, ...name]) => [pid, name.join(' '), state, parent, group]);
}

if (process.argv[1] === file) await keep(process.argv.slice(2));
