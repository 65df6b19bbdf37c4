import { stat } from 'node:fs/promises';
import {
  saveWatchedLogs,
  writeWatchedLogs,
  type WatchedFolder,
} from '../core/agents/watchedLogs.ts';
import type { ValueRows } from '../core/archive.ts';
import { MutableDisposable } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import { faultName } from '../core/faultName.ts';
import type { Clock, Log } from '../core/ports.ts';

/** What a teller is made of. */
export interface WatchTellerOptions {
  readonly archive: ValueRows;
  readonly clock: Clock;
  readonly log: Log;
  readonly home: string;
  readonly folders: () => readonly WatchedFolder[];
}

/** Whoever opens the list of logs reads it for longer than that. */
const TELL_EVERY_MS = 10_000;
/** The first survey has found the logs by then. */
const FIRST_TELL_MS = 1_000;

/** Tells all windows which logs are followed, whenever that has changed. */
export class WatchTeller implements Disposable {
  readonly #options: WatchTellerOptions;
  readonly #timer = new MutableDisposable();
  #told: string | undefined;
  #isDisposed = false;

  constructor(options: WatchTellerOptions) {
    this.#options = options;
    this.#tellAfter(FIRST_TELL_MS);
  }

  #tellAfter(delayMs: number): void {
    this.#timer.value = this.#options.clock.after(delayMs, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    const { archive, home, log } = this.#options;
    try {
      const folders = await Promise.all(this.#options.folders().map(withPresence));
      const json = writeWatchedLogs({ home, folders });
      if (json !== this.#told && !this.#isDisposed) await saveWatchedLogs(archive, json);
      this.#told = json;
    } catch (error) {
      log.error(`Which logs are followed could not be told: ${faultName(error)}`);
    }
    if (!this.#isDisposed) this.#tellAfter(TELL_EVERY_MS);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }
}

async function withPresence(folder: WatchedFolder): Promise<WatchedFolder> {
  const isThere = folder.isThere || (await stat(folder.path).then(Boolean, () => false));
  return { ...folder, isThere };
}
