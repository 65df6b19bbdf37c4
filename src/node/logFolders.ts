import { basename, dirname, join } from 'node:path';
import {
  errorCode,
  type FileStat,
  type FileSystem,
  type FolderEntry,
  isMissing,
} from './fileSystem.ts';
import { inBatches } from './turns.ts';
import type { FolderHint, LogWatcher } from './logWatcher.ts';

/** What folders are made of. */
export interface LogFoldersOptions {
  readonly root: string;
  /** How many folders below the root files may lie. */
  readonly depth: number;
  /** Whether the file of that path below the root, with `/`, is a log. */
  readonly isLog: (relativePath: string) => boolean;
  /** Whether logs may lie in the folder of that path below the root, with `/`. */
  readonly mayHoldLogs: (relativePath: string) => boolean;
  readonly files: FileSystem;
  readonly watcher: LogWatcher;
  readonly found: LogFinder;
}

/** Who is told what is found. */
interface LogFinder {
  isKnown(path: string): boolean;
  /** A log is there. `isHinted`: something has just happened to it. */
  onLog(log: FoundLog, isHinted: boolean): void;
  /** A log, or what was one, has gone. */
  onGone(path: string): void;
  /** A folder that cannot be read. The code is the system's. */
  onFault(path: string, code: string): void;
}

/** A log, as its folder shows it. */
export interface FoundLog {
  readonly path: string;
  readonly relativePath: string;
  readonly stat: FileStat;
}

interface Folder {
  readonly path: string;
  /** Below the root, with `/`; empty for the root. */
  readonly relativePath: string;
  readonly depth: number;
  identity: string;
  /** Its times when it was last listed; undefined: to be listed again. */
  version: string | undefined;
  /** Listed twice without a change: what happens within one tick of its clock does not show. */
  isSettled: boolean;
  /** Paths of entries that cannot be named, as their names are no valid UTF-8. */
  readonly unnamed: Set<string>;
}

/** What Node puts in a name for bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';

/**
 * The folders below one root, in which logs may lie. Links are not followed: what lies below the
 * root is met by its own name, and what a link leads to elsewhere is not ours. The root itself may
 * be a link, and need not exist.
 */
export class LogFolders {
  readonly #options: LogFoldersOptions;
  readonly #folders = new Map<string, Folder>();
  /** Paths by identity: mounts can make a loop. */
  readonly #visited = new Map<string, string>();
  /** The folder in which the missing root, or one above it, will appear. */
  #awaited: { readonly folder: string; readonly name: string } | undefined;

  constructor(options: LogFoldersOptions) {
    this.#options = options;
  }

  /** Looks at every folder, and lists those that changed; `isFull`: all of them and their files. */
  async survey(isFull: boolean): Promise<void> {
    const { root } = this.#options;
    if (!this.#folders.has(root)) await this.#enterRoot();
    for (const folder of [...this.#folders.values()]) await this.#check(folder, isFull);
  }

  /** Looks at what a hint names. */
  async follow(path: string, hint: FolderHint): Promise<void> {
    if (path === this.#awaited?.folder && hint.some(name => name === this.#awaited?.name || !name))
      await this.survey(false);
    const folder = this.#folders.get(path);
    if (!folder) return;
    if (hint.includes(undefined)) return this.#list(folder, true);
    for (const name of hint) await this.#meet(folder, name!, true);
  }

  /** What was in there has gone, perhaps only to another name: its folder is listed next time. */
  unsettle(path: string): void {
    const folder = this.#folders.get(dirname(path));
    if (folder) folder.version = undefined;
  }

  async #enterRoot(): Promise<void> {
    const { root, files } = this.#options;
    try {
      const stat = await files.stat(root);
      if (stat.kind === 'folder') {
        this.#stopAwaiting();
        await this.#enter({ path: root, relativePath: '', depth: 0 }, stat);
      } else await this.#awaitRoot();
    } catch (error) {
      if (!isMissing(error)) this.#options.found.onFault(root, errorCode(error));
      await this.#awaitRoot();
    }
  }

  /** Watches the nearest folder above that exists. */
  async #awaitRoot(): Promise<void> {
    const { root, files, watcher } = this.#options;
    this.#stopAwaiting();
    for (let path = root; path !== dirname(path); path = dirname(path)) {
      const stat = await files.stat(dirname(path)).catch(() => undefined);
      if (stat?.kind !== 'folder') continue;
      this.#awaited = { folder: dirname(path), name: basename(path) };
      return watcher.watch(dirname(path));
    }
  }

  #stopAwaiting(): void {
    if (this.#awaited) this.#options.watcher.unwatch(this.#awaited.folder);
    this.#awaited = undefined;
  }

  async #enter(
    { path, relativePath, depth }: Pick<Folder, 'path' | 'relativePath' | 'depth'>,
    { identity }: FileStat,
  ): Promise<void> {
    const other = this.#visited.get(identity);
    if (other !== undefined && other !== path && this.#folders.has(other)) return;
    const folder: Folder = {
      ...{ path, relativePath, depth, identity },
      version: undefined,
      isSettled: false,
      unnamed: new Set(),
    };
    this.#folders.set(path, folder);
    this.#visited.set(identity, path);
    // Before it is listed, so that nothing can come in between.
    this.#options.watcher.watch(path);
    await this.#list(folder, false);
  }

  async #check(folder: Folder, isFull: boolean): Promise<void> {
    if (this.#folders.get(folder.path) !== folder) return;
    try {
      const stat = await this.#statOf(folder);
      if (stat.kind !== 'folder') return await this.#leave(folder);
      if (stat.identity !== folder.identity) {
        await this.#leave(folder);
        return await this.#enter(folder, stat);
      }
      folder.isSettled &&= stat.version === folder.version;
      if (isFull || !folder.isSettled) await this.#list(folder, isFull);
      for (const path of folder.unnamed) this.#options.found.onFault(path, 'EILSEQ');
    } catch (error) {
      await this.#onFault(folder, error);
    }
  }

  async #list(folder: Folder, isFull: boolean): Promise<void> {
    const { files } = this.#options;
    try {
      // Before the list, so that what changes meanwhile is seen next time.
      const { version } = await this.#statOf(folder);
      const entries = await files.readdir(folder.path);
      folder.unnamed.clear();
      folder.isSettled = version === folder.version;
      folder.version = version;
      const names = entries.filter(entry => this.#isNew(folder, entry, isFull)).map(it => it.name);
      await inBatches(names, name => this.#meet(folder, name, false));
    } catch (error) {
      await this.#onFault(folder, error);
    }
  }

  #statOf({ path }: Folder): Promise<FileStat> {
    const { root, files } = this.#options;
    return path === root ? files.stat(path) : files.lstat(path);
  }

  #isNew({ path: parent, relativePath }: Folder, entry: FolderEntry, isFull: boolean): boolean {
    const path = join(parent, entry.name);
    if (entry.kind === 'other') return false;
    const pathBelow = below(relativePath, entry.name);
    if (entry.kind === 'folder')
      return !this.#folders.has(path) && this.#options.mayHoldLogs(pathBelow);
    const isOurs = this.#options.isLog(pathBelow);
    if (entry.kind === 'file' && !isOurs) return false;
    return isFull || !this.#options.found.isKnown(path);
  }

  /** Looks at one entry of a folder, which may be anything or nothing. */
  async #meet(folder: Folder, name: string, isHinted: boolean): Promise<void> {
    const { files, found, depth, isLog, mayHoldLogs } = this.#options;
    const path = join(folder.path, name);
    const relativePath = below(folder.relativePath, name);
    const isOurs = isLog(relativePath);
    if (!isOurs && folder.depth >= depth) return;
    try {
      const stat = await files.lstat(path);
      if (stat.kind === 'file' && isOurs) found.onLog({ path, relativePath, stat }, isHinted);
      const known = this.#folders.get(path);
      if (known && known.identity !== stat.identity) await this.#leave(known);
      const isDeeper = stat.kind === 'folder' && folder.depth < depth && mayHoldLogs(relativePath);
      if (isDeeper && !this.#folders.has(path))
        await this.#enter({ path, relativePath, depth: folder.depth + 1 }, stat);
    } catch (error) {
      if (isMissing(error) && name.includes(REPLACEMENT) && !found.isKnown(path)) {
        folder.unnamed.add(path);
        return found.onFault(path, 'EILSEQ');
      }
      if (isMissing(error)) await this.#onMissing(folder, path);
      else found.onFault(path, errorCode(error));
      folder.version = undefined;
    }
  }

  async #onMissing(folder: Folder, path: string): Promise<void> {
    this.#options.found.onGone(path);
    const known = this.#folders.get(path);
    if (known) await this.#leave(known);
    // A folder that was deleted says so by its own name.
    if (basename(path) === basename(folder.path)) await this.#check(folder, false);
  }

  async #onFault(folder: Folder, error: unknown): Promise<void> {
    folder.version = undefined;
    folder.isSettled = false;
    if (isMissing(error)) return this.#leave(folder);
    this.#options.found.onFault(folder.path, errorCode(error));
  }

  /** Forgets a folder and those below it. Their logs are missed when they are looked at. */
  async #leave(folder: Folder): Promise<void> {
    for (const known of [...this.#folders.values()]) {
      if (known !== folder && !known.path.startsWith(join(folder.path, '/'))) continue;
      this.#folders.delete(known.path);
      this.#visited.delete(known.identity);
      this.#options.watcher.unwatch(known.path);
    }
    this.unsettle(folder.path);
    if (folder.path === this.#options.root) await this.#awaitRoot();
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
