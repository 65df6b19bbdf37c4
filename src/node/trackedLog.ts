import { MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import type { FileStat } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';
import type { TailedFile } from './tailedFile.ts';

/** A file that cannot be read is tried again after a second, then half as often each time. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 600_000;

/** What looking at a log says. `confirm`: nothing changed, but its last change is not proven read. */
export type Look = 'changed' | 'confirm' | 'same';

/** What a root knows of one of its logs, apart from how far it is read. */
export class TrackedLog {
  readonly file: TailedFile;
  readonly from: AgentSource;
  readonly relativePath: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** A hint has come since the last look. */
  isHinted = false;
  /** A look found a change, and no hint of it has come so far. */
  isUnhinted = false;
  /** While it waits, it has no turns. */
  isWaiting = false;
  readonly retry = new MutableDisposable();
  #faultCount = 0;
  #version: string | undefined;
  /** It was read since its last change, and by more than one tick of the file system's clock. */
  #isSettled = false;

  constructor(
    file: TailedFile,
    { from, relativePath, modifiedAt }: Pick<TrackedLog, 'from' | 'relativePath' | 'modifiedAt'>,
  ) {
    this.file = file;
    this.from = from;
    this.relativePath = relativePath;
    this.modifiedAt = modifiedAt;
  }

  /** It could not be read when it was last tried. */
  get isFaulty(): boolean {
    return this.#faultCount > 0;
  }

  /** Compares it with the last look, by all that the system tells: a clock may have gone back. */
  look(stat: FileStat): Look {
    const version = `${stat.identity} ${stat.version}`;
    const isChanged = version !== this.#version;
    this.#version = version;
    this.modifiedAt = stat.modifiedAt;
    if (isChanged) {
      this.#isSettled = false;
      return 'changed';
    }
    if (this.#isSettled) return 'same';
    this.#isSettled = true;
    return 'confirm';
  }

  /** Takes it as it is: an old log is read when it next changes. */
  settle(stat: FileStat): void {
    this.look(stat);
    this.#isSettled = true;
  }

  unsettle(): void {
    this.#isSettled = false;
  }

  /** It could not be read: it waits, longer each time, and then `again` is called. */
  fail(clock: Clock, again: () => void): void {
    this.isWaiting = true;
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#faultCount++);
    this.retry.value = clock.after(delayMs, () => {
      this.isWaiting = false;
      again();
    });
  }

  recover(): void {
    this.#faultCount = 0;
  }
}
