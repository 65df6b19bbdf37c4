import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import * as z from 'zod/mini';
import type { Locale } from '../core/base/ports.ts';
import { redact } from '../core/base/redact.ts';
import { parseStored } from '../core/base/store.ts';
import { UsageError } from './command.ts';
import { userDataFolder } from './environment.ts';
import { ask, printLine, printText } from './output.ts';
import { changesFor, type SetupAgent } from './setupAgents.ts';
import type { Change } from './setupFiles.ts';

/** A call of `kimi-quota setup`. */
export interface SetupCall {
  readonly agent: SetupAgent;
  readonly undoes: boolean;
  readonly hasGuard: boolean;
  /** Writes without a question. */
  readonly isAgreed: boolean;
  readonly locale: Locale;
}

/** A file as it is, and as it shall be. Undefined: missing. */
interface Rewrite {
  readonly path: string;
  readonly before: Buffer | undefined;
  readonly after: Buffer | undefined;
}

/** What `--undo` needs, by path: the backup (null: the file was missing), and a hash of what was written. */
const Record = z.record(
  z.string(),
  z.object({ backup: z.nullable(z.string()), written: z.string() }),
);
type Record = z.infer<typeof Record>;

/** Shows the change, writes it after a yes, and keeps a backup; or takes it back. */
export async function setup(call: SetupCall): Promise<number> {
  const { agent, undoes, hasGuard, isAgreed, locale } = call;
  const { t } = locale;
  const recordPath = join(userDataFolder(process.platform, process.env), 'setup', `${agent}.json`);
  const record = await readRecord(recordPath);
  const context = { home: homedir(), environment: process.env, program: findProgram(), hasGuard };
  const changes = changesFor(agent, context);
  const planned = await Promise.all(
    changes.map(change => (undoes ? undo(change, record, t) : plan(change, t))),
  );
  const rewrites = planned.filter(({ before, after }) => !isSame(before, after));
  if (rewrites.length === 0) {
    printLine(undoes ? t('Nothing to undo.') : t('Already set up. Nothing to change.'));
    return 0;
  }
  // A line next to the change may have a key in it.
  for (const rewrite of rewrites) printText(`${redact(diffOf(rewrite))}\n`);
  if (!isAgreed && !isYes(await ask(t('Write this? [y/N] ')))) {
    printLine(t('Nothing was changed.'));
    return 0;
  }
  const next: Record = { ...record };
  for (const rewrite of rewrites) {
    const { path } = rewrite;
    if (!undoes) next[path] = await keepBackup(rewrite, dirname(recordPath), record[path]);
    await write(rewrite);
    if (undoes) await forget(next, path);
  }
  await writeRecord(recordPath, next);
  printLine(undoes ? t('Undone.') : t('Done. kimi-quota setup {0} --undo takes it back.', agent));
  return 0;
}

const isYes = (answer: string): boolean => /^y(?:es)?$/i.test(answer.trim());
const isSame = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && one.equals(other));
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The installed command; otherwise this program by its path, but never a temporary one of npx. */
function findProgram(): readonly [string, ...string[]] {
  const names = process.platform === 'win32' ? ['kimi-quota.cmd', 'kimi-quota'] : ['kimi-quota'];
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => !/[\\/]_npx[\\/]/.test(folder));
  if (folders.some(folder => names.some(name => existsSync(join(folder, name)))))
    return ['kimi-quota'];
  const [, script = ''] = process.argv;
  return /[\\/]_npx[\\/]/.test(script) ? ['npx', '-y', 'kimi-quota'] : [process.execPath, script];
}

async function plan({ path, add }: Change, t: Locale['t']): Promise<Rewrite> {
  const target = await realPath(path);
  const before = await readFile(target).catch(() => undefined);
  return { path: target, before, after: await edit(before, add, { path: target, t }) };
}

/** To the byte where nothing else has changed the file since; otherwise only our part goes. */
async function undo({ path, remove }: Change, record: Record, t: Locale['t']): Promise<Rewrite> {
  const target = await realPath(path);
  const before = await readFile(target).catch(() => undefined);
  const known = record[target];
  if (!before) return { path: target, before, after: before };
  if (known && hashOf(before) === known.written) {
    const after = known.backup === null ? undefined : await readFile(known.backup);
    return { path: target, before, after };
  }
  return { path: target, before, after: await edit(before, remove, { path: target, t }) };
}

/** A dotfile is often a link into a repository. */
const realPath = (path: string): Promise<string> => realpath(path).catch(() => path);

async function edit(
  before: Buffer | undefined,
  change: Change['add'],
  { path, t }: { readonly path: string; readonly t: Locale['t'] },
): Promise<Buffer> {
  const text = before?.toString('utf8') ?? '';
  const isText = before === undefined || Buffer.from(text).equals(before);
  const after = isText ? change(text) : undefined;
  if (after === undefined)
    throw new UsageError(t("{0} can't be changed safely. Nothing was written.", path));
  return Buffer.from(after);
}

function diffOf({ path, before, after }: Rewrite): string {
  const [from, to] = [before, after].map(bytes => bytes?.toString('utf8') ?? '');
  return createTwoFilesPatch(path, path, from ?? '', to ?? '', undefined, undefined, {
    context: 2,
  });
}

/** A second run keeps the backup of the first. */
async function keepBackup(
  { path, before, after }: Rewrite,
  folder: string,
  earlier: Record[string] | undefined,
): Promise<Record[string]> {
  const written = hashOf(after ?? Buffer.alloc(0));
  if (earlier && before && hashOf(before) === earlier.written) return { ...earlier, written };
  if (!before) return { backup: null, written };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const backup = join(folder, `${randomUUID()}.backup`);
  await copyFile(path, backup);
  return { backup, written };
}

async function forget(record: Record, path: string): Promise<void> {
  const backup = record[path]?.backup;
  if (backup) await rm(backup, { force: true });
  delete record[path];
}

/** Replaces the file in one step, with the same permissions. */
async function write({ path, after }: Rewrite): Promise<void> {
  if (after === undefined) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  const mode = await stat(path).then(
    known => known.mode & 0o777,
    () => 0o600,
  );
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, after, { mode });
  await rename(temporary, path);
}

async function readRecord(path: string): Promise<Record> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return parseStored(Record, text) ?? {};
}

async function writeRecord(path: string, record: Record): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, JSON.stringify(record), { mode: 0o600 });
}
