// The one way in for `npm start`, `npm test` and `npm run package`. It runs on whatever node the
// machine has, before anything is installed, so it uses built-ins only. It installs the packages
// when they are missing or stale, then continues under the Node that the project itself brings.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runningProcesses, SILENCE_MS, startLeashed } from './leash.mjs';

const OLDEST_NODE = 18;
const HEARTBEAT_MS = 15_000;
const isWindows = process.platform === 'win32';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const modules = path.join(root, 'node_modules');
const ownNode = path.join(modules, 'node/bin', isWindows ? 'node.exe' : 'node');
const lock = path.join(root, 'package-lock.json');
const stamp = path.join(modules, '.kimi-quota-lock');
const programs = ['start', 'test', 'package'];

/** @param {string} text */
const say = text => console.log(`kimi-quota: ${text}`);

/** Says what is missing in one sentence and ends. @param {string} text @returns {never} */
function giveUp(text) {
  console.error(`kimi-quota: ${text}`);
  process.exit(1);
}

/** Identifies the content of the lock file. */
const lockHash = () => createHash('sha256').update(readFileSync(lock)).digest('hex');

/**
 * @typedef {{ version?: string } & Record<'optional' | 'devOptional' | 'peer' | 'extraneous',
 * boolean | undefined>} Locked
 */
/** @param {string} file @returns {Record<string, Locked>} */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/**
 * Why `npm ci` must run, or nothing. It need not if we ran it for this lock file, nor if whoever
 * else installed has installed what it asks for, as the lock file that npm keeps there shows.
 */
function whyInstall() {
  if (!existsSync(modules)) return 'node_modules is missing';
  if (!existsSync(ownNode)) return 'the Node of this project is missing in node_modules';
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return undefined;
  const installed = lockedPackages(path.join(modules, '.package-lock.json'));
  for (const [name, wanted] of Object.entries(lockedPackages(lock))) {
    const found = installed[name];
    const { optional, devOptional, peer, extraneous } = wanted;
    const mayBeMissing = optional || devOptional || peer || extraneous || name === '';
    if (found ? found.version !== wanted.version : !mayBeMissing)
      return `package-lock.json asks for ${wanted.version} of ${name}`;
  }
  return undefined;
}

/** @type {NodeJS.Signals | undefined} */
let interruption;
/** @type {import('./leash.mjs').Leashed | undefined} */
let running;

/** @param {NodeJS.Signals} signal */
function interrupt(signal) {
  interruption ??= signal;
  void running?.stop();
}

function listenForInterruptions() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, interrupt);
  // An npm that is killed does not notify us.
  const parent = process.ppid;
  const callers = findCallers();
  const isWanted = () => process.ppid === parent && callers.every(isRunning);
  setInterval(() => isWanted() || interrupt('SIGTERM'), 1000).unref();
}

/**
 * Our parent and, where that is the shell that npm starts scripts with and that outlives it, npm.
 */
function findCallers() {
  const shell = isWindows ? undefined : runningProcesses().find(({ pid }) => pid === process.ppid);
  return shell && /^(.*\/)?(ba|da)?sh$/.test(shell.name)
    ? [shell.pid, shell.parent]
    : [process.ppid];
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Runs a command to its end, at the latest that of this process. Resolves to its exit code.
 * @param {string[]} command @param {import('./leash.mjs').LeashOptions} options
 * @returns {Promise<number>}
 */
async function run(command, options) {
  running = startLeashed(command, { cwd: root, ...options });
  if (interruption) void running.stop();
  const code = await running.exited;
  if (!interruption || code === 0) return code;
  console.error('kimi-quota: interrupted');
  process.exit(128 + os.constants.signals[interruption]);
}

/** @param {string} why */
async function install(why) {
  say(`running npm ci, because ${why} (about half a minute) ...`);
  const began = Date.now();
  const heartbeat = setInterval(
    () => say(`... still installing packages (${Math.round((Date.now() - began) / 1000)} s)`),
    HEARTBEAT_MS,
  );
  const npmScript = process.env.npm_execpath;
  // The npm that called us is the one that surely works, and needs no shell.
  const npm = npmScript?.endsWith('npm-cli.js') ? [process.execPath, npmScript] : ['npm'];
  let output = '';
  // It names what it loads, so that it can be seen to hang.
  const code = await run([...npm, 'ci', '--no-audit', '--no-fund', '--loglevel=http'], {
    silenceMs: SILENCE_MS,
    onOutput: chunk => (output += chunk),
  });
  clearInterval(heartbeat);
  if (code !== 0) {
    console.error(output.replace(/^npm http .*\n/gm, ''));
    giveUp(`npm ci failed (exit code ${code}); the lines above say why.`);
  }
  if (!existsSync(ownNode))
    giveUp(
      'npm ci brought no Node 24: allow install scripts (npm config set ignore-scripts false).',
    );
  writeFileSync(stamp, lockHash());
  say(`packages installed in ${Math.round((Date.now() - began) / 1000)} s`);
}

/** A folder for all that tests leave behind, with a path that is short enough for sockets in it. */
const makeTemporaryFolder = () =>
  mkdtempSync(path.join(process.platform === 'darwin' ? '/tmp' : os.tmpdir(), 'kq-'));

/** The environment with the project's own commands, above all its node, first on the path. */
function withOwnCommands() {
  const key = Object.keys(process.env).find(name => name.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = [path.join(modules, '.bin'), path.dirname(ownNode), process.env[key] ?? ''];
  return { ...process.env, [key]: folders.join(path.delimiter) };
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
  giveUp(`Node ${OLDEST_NODE} or newer is needed to begin with; this is ${process.version}.`);
const [program = '', ...args] = process.argv.slice(2);
if (!programs.includes(program)) giveUp(`usage: node test/editor/run.mjs ${programs.join('|')}`);
listenForInterruptions();
const why = whyInstall();
if (why) await install(why);
const temporary = program === 'test' ? makeTemporaryFolder() : '';
process.exitCode = await run([ownNode, path.join(root, `test/editor/${program}.ts`), ...args], {
  env: {
    ...withOwnCommands(),
    ...(temporary && { TMPDIR: temporary, TEMP: temporary, TMP: temporary }),
  },
  ownFolder: temporary,
});
