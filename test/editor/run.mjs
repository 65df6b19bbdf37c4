// The one way in for `npm start`, `npm test` and `npm run package`. It runs on whatever node the
// machine has, before anything is installed, so it uses built-ins only. It installs the packages
// when they are missing or stale, then goes on under the Node that the project itself brings.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** What this lock file says, for comparison. */
const lockHash = () => createHash('sha256').update(readFileSync(lock)).digest('hex');

/** @typedef {{ version?: string } & Record<'optional' | 'devOptional' | 'peer' | 'extraneous', boolean | undefined>} Locked */
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
 * else installed has installed what it asks for, as the lock file that npm keeps there tells.
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

/**
 * Runs a command to its end, tells it about signals, and gives its exit code.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
function run(command, args, options) {
  const child = spawn(command, args, { cwd: root, ...options });
  /** @param {NodeJS.Signals} signal */
  const forward = signal => void child.kill(signal);
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  // npm hands signals to its shell, and that ends without a word to us.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || forward('SIGTERM'), 1000);
  return new Promise(resolve => {
    child.once('error', error => giveUp(`cannot run ${command}: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** @param {string} why */
async function install(why) {
  say(`running npm ci, because ${why} (about half a minute) ...`);
  const began = Date.now();
  const heartbeat = setInterval(
    () => say(`... still installing packages (${Math.round((Date.now() - began) / 1000)} s)`),
    HEARTBEAT_MS,
  );
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npmScript = process.env.npm_execpath;
  // The npm that called us is the one that surely works, and needs no shell.
  const code = npmScript?.endsWith('npm-cli.js')
    ? await run(process.execPath, [npmScript, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
    : await run('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], shell: isWindows });
  clearInterval(heartbeat);
  if (code !== 0) giveUp(`npm ci failed (exit code ${code}); the lines above say why.`);
  if (!existsSync(ownNode))
    giveUp(
      'npm ci brought no Node 24: allow install scripts (npm config set ignore-scripts false).',
    );
  writeFileSync(stamp, lockHash());
  say(`packages installed in ${Math.round((Date.now() - began) / 1000)} s`);
}

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
const why = whyInstall();
if (why) await install(why);
// The channel lets the program notice our end, even a sudden one, and clean up.
process.exitCode = await run(ownNode, [path.join(root, `test/editor/${program}.ts`), ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: withOwnCommands(),
});
