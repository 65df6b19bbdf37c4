import type { FileSystem, OpenFile } from '../../src/node/fileSystem.ts';

/** Which call is made: of one of the eight names, on a path. */
export interface FileCall {
  readonly name: keyof FileSystem | 'fstat' | 'read' | 'close';
  readonly path: string;
  /** How many were made before. */
  readonly index: number;
}

/**
 * A file system that lets calls fail: whatever `fault` gives back for a call is the system's name of
 * the error. Counts calls and open files.
 */
export class FaultyFiles implements FileSystem {
  callCount = 0;
  openCount = 0;
  mostOpen = 0;
  fault: (call: FileCall) => string | undefined = () => undefined;
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  readonly lstat: FileSystem['lstat'] = path =>
    this.#call('lstat', path, () => this.#files.lstat(path));

  readonly stat: FileSystem['stat'] = path =>
    this.#call('stat', path, () => this.#files.stat(path));

  readonly readdir: FileSystem['readdir'] = path =>
    this.#call('readdir', path, () => this.#files.readdir(path));

  readonly open: FileSystem['open'] = path =>
    this.#call('open', path, async () => this.#wrap(path, await this.#files.open(path)));

  readonly watch: FileSystem['watch'] = (path, listener) => {
    this.#check('watch', path);
    return this.#files.watch(path, listener);
  };

  #wrap(path: string, file: OpenFile): OpenFile {
    this.mostOpen = Math.max(this.mostOpen, ++this.openCount);
    return {
      stat: () => this.#call('fstat', path, () => file.stat()),
      read: (into, at, length, position) =>
        this.#call('read', path, () => file.read(into, at, length, position)),
      close: async () => {
        this.openCount--;
        await file.close();
        this.#check('close', path);
      },
    };
  }

  async #call<T>(name: FileCall['name'], path: string, work: () => Promise<T>): Promise<T> {
    this.#check(name, path);
    return work();
  }

  #check(name: FileCall['name'], path: string): void {
    const code = this.fault({ name, path, index: this.callCount++ });
    if (code) throw Object.assign(new Error(`injected ${code}`), { code });
  }
}
