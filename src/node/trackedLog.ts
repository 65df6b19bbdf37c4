import { MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import type { FileStat } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';
import type { TailedFile } from './tailedFile.ts';

/** Retries of an unreadable file start after 1 s; each delay doubles, up to 10 min. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 600_000;

/** Result of a check. `confirm`: unchanged, but its last change may be unread. */
export type Look = 'changed' | 'confirm' | 'same';

/** State of a log in its root, except how far it is read. */
export class TrackedLog {
  readonly file: TailedFile;
  readonly from: AgentSource;
  readonly relativePath: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** A hint arrived since the last check. */
  isHinted = false;
  /** A check found a change without a hint so far. */
  isUnhinted = false;
  /** Waits for a retry, without turns. */
  isWaiting = false;
  readonly retry = new MutableDisposable();
  #faultCount = 0;
  #version: string | undefined;
  /** Read since its last change, after at least one tick of the file system's clock. */
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

  /** The last read failed. */
  get isFaulty(): boolean {
    return this.#faultCount > 0;
  }

  /** Compares it with the last check, by all its metadata, as a clock may have been set back. */
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

  /** Marks an old log as read until it changes. */
  settle(): void {
    this.#isSettled = true;
  }

  /** After a failed read: calls `again` after a delay that doubles each time. */
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
