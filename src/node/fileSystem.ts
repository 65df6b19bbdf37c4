// `promises` loads on its first use, and a short command never uses it.
import { type BigIntStats, constants, existsSync, mkdirSync, promises, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { FileProblem } from '../core/accounts/foundKey.ts';
import type { Disposable } from '../core/base/event.ts';

/**
 * Creates a folder with access for this user only, and its missing parents. Throws the system's
 * errors. Node's `recursive` option never ends below `/proc`, where folders cannot be created.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(path);
  }
}

/** A larger file is no configuration: those of agents have 1 to 20 KB. */
export const MAX_FILE_BYTES = 256 * 1024;

/** Does not follow a link that replaced the file, and does not block on a pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Result of `readSmallFile`. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: FileProblem };

/**
 * Reads a regular file of at most `MAX_FILE_BYTES` as UTF-8. Does not open symbolic links, pipes or
 * devices. Never rejects, and drops error messages, which may contain anything.
 */
export async function readSmallFile(path: string): Promise<FileText> {
  try {
    if (!(await promises.lstat(path)).isFile()) return { kind: 'problem', problem: 'notAFile' };
    const file = await promises.open(path, FLAGS);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { kind: 'problem', problem: 'notAFile' };
      if (stat.size > MAX_FILE_BYTES) return { kind: 'problem', problem: 'tooLarge' };
      // Not `readFile`, which reads as long as another program writes.
      const { buffer: bytes, bytesRead } = await file.read(
        Buffer.alloc(stat.size),
        0,
        stat.size,
        0,
      );
      const text = bytes.toString('utf8', 0, bytesRead);
      return { kind: 'text', text: text.replace(/^\uFEFF/, '') };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return { kind: 'problem', problem: 'unreadable' };
  }
}

/** Kind of a folder entry. `other`: link, pipe or device. `unknown`: needs `lstat`. */
type EntryKind = 'file' | 'folder' | 'other' | 'unknown';

/** Metadata of a file or folder. */
export interface FileStat {
  readonly kind: EntryKind;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Device and inode. May be reused after a deletion. */
  readonly identity: string;
  /** Without the device, whose number may change with a restart of the machine. */
  readonly inode: string;
  /** Changes with size and times. */
  readonly version: string;
}

/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** Events of a folder watch. The name is missing where the system does not report it. */
interface WatchListener {
  onHint(name: string | undefined): void;
  /** The watch has ended. */
  onError(error: unknown): void;
}

/** An open file. */
export interface OpenFile {
  stat(): Promise<FileStat>;
  /** Resolves to the count of bytes read; 0 at the end. */
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The file operations that reading logs needs. Tests make each of them fail. */
export interface FileSystem {
  /** Does not follow a link. */
  lstat(path: string): Promise<FileStat>;
  stat(path: string): Promise<FileStat>;
  readdir(path: string): Promise<readonly FolderEntry[]>;
  /** Opens a regular file for reading. Check it with `lstat` first. */
  open(path: string): Promise<OpenFile>;
  /** Watches one folder, not its subfolders. Throws if the system has no watch left. */
  watch(path: string, listener: WatchListener): Disposable;
}

const systemFiles: FileSystem = {
  lstat: async path => describeStat(path, await promises.lstat(path, { bigint: true })),
  stat: async path => describeStat(path, await promises.stat(path, { bigint: true })),
  readdir: async path => {
    const entries = await promises.readdir(path, { withFileTypes: true });
    return entries.map(entry => ({ name: entry.name, kind: kindOf(entry) }));
  },
  open: async path => {
    const file = await promises.open(path, FLAGS);
    return {
      stat: async () => describeStat(path, await file.stat({ bigint: true })),
      read: async (into, at, length, position) =>
        (await file.read(into, at, length, position)).bytesRead,
      close: () => file.close(),
    };
  },
  watch: (path, listener) => {
    const watcher = watch(path, { persistent: false });
    watcher.on('change', (_, name) => listener.onHint(name === null ? undefined : String(name)));
    watcher.on('error', error => listener.onError(error));
    return { dispose: () => watcher.close() };
  },
};

/**
 * A file system that composes the names that it reports (NFC). macOS reports them decomposed on some
 * disks and in some events, and opens them in either form (docs/windows.md 4).
 */
export function withComposedNames(files: FileSystem): FileSystem {
  return {
    ...files,
    readdir: async path =>
      (await files.readdir(path)).map(entry => ({ ...entry, name: entry.name.normalize() })),
    watch: (path, listener) =>
      files.watch(path, { ...listener, onHint: name => listener.onHint(name?.normalize()) }),
  };
}

/** The file system of this machine. Rejects with the system's errors. */
export const machineFiles: FileSystem =
  process.platform === 'darwin' ? withComposedNames(systemFiles) : systemFiles;

/** The system's error code, such as `ENOENT`; `unknown` if there is none. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}

/** True: the file or folder does not exist, which is not a fault. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The facts of a file system about `path`. */
type Facts = Kinds &
  Pick<BigIntStats, 'size' | 'blocks' | 'dev' | 'ino' | 'mtimeMs' | 'mtimeNs' | 'ctimeNs'>;

/** What `FileSystem.lstat` reports for these facts. `platform`: `process.platform`. */
export function describeStat(path: string, stat: Facts, platform = process.platform): FileStat {
  return {
    kind: isOnlyInCloud(stat, platform) ? 'other' : kindOf(stat),
    size: Number(stat.size),
    modifiedAt: Number(stat.mtimeMs),
    // FAT and some network drives of Windows have no ids (docs/faults.md L26).
    identity: stat.ino === 0n ? path : `${stat.dev}:${stat.ino}`,
    inode: `${stat.ino}`,
    version: `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`,
  };
}

/** A smaller file may be stored in its directory entry. */
const MIN_CLOUD_BYTES = 4096n;

/**
 * True: OneDrive or iCloud keeps the content elsewhere, and opening the file would download it
 * (docs/faults.md L25). On Linux, a file that was just written may have no blocks.
 */
function isOnlyInCloud(stat: Facts, platform: NodeJS.Platform): boolean {
  const hasClouds = platform === 'win32' || platform === 'darwin';
  return hasClouds && stat.isFile() && stat.blocks === 0n && stat.size >= MIN_CLOUD_BYTES;
}

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

function kindOf(entry: Kinds): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  const isOther =
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isBlockDevice() ||
    entry.isCharacterDevice();
  return isOther ? 'other' : 'unknown';
}
