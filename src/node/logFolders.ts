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

/** Options of `LogFolders`. */
export interface LogFoldersOptions {
  readonly root: string;
  /** How many levels of folders below the root may contain logs. */
  readonly depth: number;
  /** Whether a file is a log, by its path below the root, with `/`. */
  readonly isLog: (relativePath: string) => boolean;
  /** Whether a folder may contain logs, by its path below the root, with `/`. */
  readonly mayHoldLogs: (relativePath: string) => boolean;
  readonly files: FileSystem;
  readonly watcher: LogWatcher;
  readonly found: LogObserver;
}

/** Receives the findings. */
interface LogObserver {
  isKnown(path: string): boolean;
  /** A log exists. `isHinted`: it has just changed. */
  onLog(log: FoundLog, isHinted: boolean): void;
  /** A path that may have been a log is missing. */
  onGone(path: string): void;
  /** A path cannot be read. `code`: the system's error code. */
  onFault(path: string, code: string): void;
}

/** A log in a folder. */
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
  /** `FileStat.version` at the last listing; undefined: to be listed again. */
  version: string | undefined;
  /**
   * Listed twice without a change: changes within one tick of the file system clock are invisible.
   */
  isSettled: boolean;
  /** Paths of entries whose names are not valid UTF-8, so that they cannot be opened. */
  readonly unnamed: Set<string>;
}

/** Replaces invalid UTF-8 in names that Node returns. */
const REPLACEMENT = '\uFFFD';

/**
 * The folders below one root that may contain logs. Does not follow links: a target below the root
 * is found at its own path, and a target elsewhere does not belong to the root. The root may be a
 * link, and may not exist yet.
 */
export class LogFolders {
  readonly #options: LogFoldersOptions;
  readonly #folders = new Map<string, Folder>();
  /** Paths by identity: mounts can form a loop. */
  readonly #visited = new Map<string, string>();
  /** The existing folder where a missing root, or its parent, will appear. */
  #awaited: { readonly folder: string; readonly name: string } | undefined;

  constructor(options: LogFoldersOptions) {
    this.#options = options;
  }

  /** Checks every folder and lists the changed ones. `isFull`: lists all, and checks all files. */
  async survey(isFull: boolean): Promise<void> {
    const { root } = this.#options;
    if (!this.#folders.has(root)) await this.#enterRoot();
    for (const folder of [...this.#folders.values()]) await this.#check(folder, isFull);
  }

  /** Checks the entries that a hint names. */
  async follow(path: string, hint: FolderHint): Promise<void> {
    if (path === this.#awaited?.folder && hint.some(name => name === this.#awaited?.name || !name))
      await this.survey(false);
    const folder = this.#folders.get(path);
    if (!folder) return;
    if (hint.includes(undefined)) return this.#list(folder, true);
    for (const name of hint) await this.#inspect(folder, name!, true);
  }

  /** Lists the folder of a missing file at the next survey: the file may have been renamed. */
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

  /** Watches the nearest existing parent folder. */
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
    // Before the listing, so that no change is missed in between.
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
      // Before the listing, so that the next survey sees changes during it.
      const { version } = await this.#statOf(folder);
      const entries = await files.readdir(folder.path);
      folder.unnamed.clear();
      folder.isSettled = version === folder.version;
      folder.version = version;
      const names = entries.filter(entry => this.#isNew(folder, entry, isFull)).map(it => it.name);
      await inBatches(names, name => this.#inspect(folder, name, false));
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
    const isLogFile = this.#options.isLog(pathBelow);
    if (entry.kind === 'file' && !isLogFile) return false;
    return isFull || !this.#options.found.isKnown(path);
  }

  /** Checks one entry of a folder, of any kind or missing. */
  async #inspect(folder: Folder, name: string, isHinted: boolean): Promise<void> {
    const { files, found, depth, isLog, mayHoldLogs } = this.#options;
    const path = join(folder.path, name);
    const relativePath = below(folder.relativePath, name);
    const isLogFile = isLog(relativePath);
    if (!isLogFile && folder.depth >= depth) return;
    try {
      const stat = await files.lstat(path);
      if (stat.kind === 'file' && isLogFile) found.onLog({ path, relativePath, stat }, isHinted);
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
    // A deleted folder is reported by its own name.
    if (basename(path) === basename(folder.path)) await this.#check(folder, false);
  }

  async #onFault(folder: Folder, error: unknown): Promise<void> {
    folder.version = undefined;
    folder.isSettled = false;
    if (isMissing(error)) return this.#leave(folder);
    this.#options.found.onFault(folder.path, errorCode(error));
  }

  /** Drops a folder and those below it. The next look at their logs finds them missing. */
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
