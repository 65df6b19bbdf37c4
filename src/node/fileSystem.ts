import { type BigIntStats, constants, watch } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import type { FileProblem } from '../core/accounts/foundKey.ts';
import type { Disposable } from '../core/base/event.ts';

/** A larger file is no configuration: those of the agents have 1 to 20 KB. */
export const MAX_FILE_BYTES = 256 * 1024;

/** A link that took the file's place is not followed, and a pipe does not hold us up. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What came of reading a file. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: FileProblem };

/**
 * Reads a regular file of at most `MAX_FILE_BYTES` as UTF-8. Symbolic links, pipes and devices are
 * not opened. Never rejects; the error of a failure is dropped, as it may name anything.
 */
export async function readSmallFile(path: string): Promise<FileText> {
  try {
    if (!(await lstat(path)).isFile()) return { kind: 'problem', problem: 'notAFile' };
    const file = await open(path, FLAGS);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { kind: 'problem', problem: 'notAFile' };
      if (stat.size > MAX_FILE_BYTES) return { kind: 'problem', problem: 'tooLarge' };
      // Not `readFile`, which would go on for as long as another program writes.
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

/** What an entry of a folder is. `other`: a link, a pipe, a device; `unknown`: ask `lstat`. */
type EntryKind = 'file' | 'folder' | 'other' | 'unknown';

/** What the system knows of a file or folder. */
export interface FileStat {
  readonly kind: EntryKind;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Which file it is on this machine, by device and inode. It may be reused after a deletion. */
  readonly identity: string;
  /** Without the device, whose number may be another one after a restart of the machine. */
  readonly inode: string;
  /** Another one whenever size or times changed. */
  readonly version: string;
}

/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** What a folder's watch tells. The name is missing where the system does not give it. */
interface WatchListener {
  onHint(name: string | undefined): void;
  /** The watch is of no use any more. */
  onError(error: unknown): void;
}

/** An open file. */
export interface OpenFile {
  stat(): Promise<FileStat>;
  /** How many bytes were read; 0 at the end. */
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The eight calls by which logs are read: few enough that a test lets each of them fail. */
export interface FileSystem {
  /** Of the link itself, where the path is one. */
  lstat(path: string): Promise<FileStat>;
  stat(path: string): Promise<FileStat>;
  readdir(path: string): Promise<readonly FolderEntry[]>;
  /** To read a regular file, which must have been looked at before. */
  open(path: string): Promise<OpenFile>;
  /** One folder without those below. Throws where the system has no watch left. */
  watch(path: string, listener: WatchListener): Disposable;
}

/** The machine's own. All of it rejects with the system's errors. */
export const machineFiles: FileSystem = {
  lstat: async path => describeStat(await lstat(path, { bigint: true })),
  stat: async path => describeStat(await stat(path, { bigint: true })),
  readdir: async path => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map(entry => ({ name: entry.name, kind: kindOf(entry) }));
  },
  open: async path => {
    const file = await open(path, FLAGS);
    return {
      stat: async () => describeStat(await file.stat({ bigint: true })),
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

/** The system's name of an error, such as `ENOENT`; `unknown` if it has none. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}

/** True: there is no such file or folder, which is no fault. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function describeStat(stat: BigIntStats): FileStat {
  return {
    kind: kindOf(stat),
    size: Number(stat.size),
    modifiedAt: Number(stat.mtimeMs),
    identity: `${stat.dev}:${stat.ino}`,
    inode: `${stat.ino}`,
    version: `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`,
  };
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
