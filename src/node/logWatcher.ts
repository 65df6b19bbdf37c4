import { type Disposable, MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import { errorCode, type FileSystem, isMissing } from './fileSystem.ts';

/** How often active logs are checked where watches do not work. */
const POLL_MS = 2_000;

/** Changes without a hint after which watches count as broken. */
const MISSED_CHANGES = 2;

/** Options of `Polling`. */
export interface PollingOptions {
  readonly clock: Clock;
  /** Never rejects. */
  readonly look: () => Promise<void>;
  /** Called once, with a short reason. */
  readonly onBegin: (reason: string) => void;
}

/** Checks every 2 s, once the watches of the system prove to be broken. */
export class Polling implements Disposable {
  readonly #options: PollingOptions;
  readonly #timer = new MutableDisposable();
  #missedCount = 0;
  #isOn = false;

  constructor(options: PollingOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Counts changes that a check found without a hint. */
  countMissed(count: number): void {
    this.#missedCount += count;
    if (this.#missedCount >= MISSED_CHANGES) this.begin('changes were missed');
  }

  begin(reason: string): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#options.onBegin(reason);
    this.#wait();
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #wait(): void {
    const { clock, look } = this.#options;
    this.#timer.value = clock.after(POLL_MS, () => void look().then(() => this.#wait()));
  }
}

/** Events within this time become one hint: an agent writes a record in several pieces. */
const COALESCE_MS = 20;

/** For all roots together: many machines allow 8,192 watches per user. */
export const MAX_WATCHES = 1_024;

/** Lost watches after which watching counts as broken. */
const MAX_LOST = 100;

/** Names of changed entries in one folder; `undefined`: the system does not name them. */
export type FolderHint = readonly (string | undefined)[];

/** How many more watches the watchers of a tailer may create. */
export interface WatchBudget {
  left: number;
}

/** Options of `LogWatcher`. */
export interface LogWatcherOptions {
  readonly files: Pick<FileSystem, 'watch'>;
  readonly clock: Clock;
  readonly budget: WatchBudget;
  readonly onHint: (folder: string, hint: FolderHint) => void;
  /** Called once, with the system's error code, when watching no longer works. */
  readonly onFailure: (code: string) => void;
}

/**
 * Watches single folders, never files or trees. Its events are hints: they may arrive late, twice
 * or not at all.
 */
export class LogWatcher implements Disposable {
  readonly #options: LogWatcherOptions;
  readonly #watches = new Map<string, Disposable>();
  readonly #hints = new Map<string, Set<string | undefined>>();
  readonly #timer = new MutableDisposable();
  #hasFailed = false;
  #lostCount = 0;

  constructor(options: LogWatcherOptions) {
    this.#options = options;
  }

  /** True: changes in this folder cause hints. */
  isWatching(folder: string): boolean {
    return this.#watches.has(folder) && !this.#hasFailed;
  }

  /** Watches a folder, in place of an earlier watch of the same path. */
  watch(folder: string): void {
    this.unwatch(folder);
    const { files, budget } = this.#options;
    if (this.#hasFailed || budget.left <= 0) return;
    try {
      const watch = files.watch(folder, {
        onHint: name => this.#collect(folder, name),
        onError: error => this.#onLost(folder, error),
      });
      this.#watches.set(folder, watch);
      budget.left--;
    } catch (error) {
      this.#fail(folder, error);
    }
  }

  /**
   * Watches an active folder, if necessary in place of the one without hints for the longest time.
   */
  prefer(folder: string): void {
    if (this.#hasFailed || this.#watches.has(folder)) return;
    const [quietest] = this.#watches.keys();
    if (this.#options.budget.left <= 0 && quietest !== undefined) this.unwatch(quietest);
    this.watch(folder);
  }

  unwatch(folder: string): void {
    const watch = this.#watches.get(folder);
    if (!watch) return;
    this.#watches.delete(folder);
    this.#options.budget.left++;
    watch.dispose();
  }

  dispose(): void {
    this.#hasFailed = true;
    this.#timer.dispose();
    for (const folder of [...this.#watches.keys()]) this.unwatch(folder);
  }

  #collect(folder: string, name: string | undefined): void {
    const names = this.#hints.get(folder) ?? new Set();
    const isFirst = this.#hints.size === 0;
    const watch = this.#watches.get(folder);
    // Keeps the watches in the order of their last hint.
    if (watch && this.#watches.delete(folder)) this.#watches.set(folder, watch);
    this.#hints.set(folder, names.add(name));
    // Later hints do not postpone the timer, as an agent may write without a pause.
    if (isFirst) this.#timer.value = this.#options.clock.after(COALESCE_MS, () => this.#flush());
  }

  #flush(): void {
    const hints = [...this.#hints];
    this.#hints.clear();
    for (const [folder, names] of hints) this.#options.onHint(folder, [...names]);
  }

  #onLost(folder: string, error: unknown): void {
    // Windows reports a deleted folder like this. A new check watches it again if it exists.
    const isDeleted = errorCode(error) === 'EPERM' && this.#lostCount++ < MAX_LOST;
    if (!isDeleted) return this.#fail(folder, error);
    this.unwatch(folder);
    this.#collect(folder, undefined);
  }

  #fail(folder: string, error: unknown): void {
    this.unwatch(folder);
    if (isMissing(error) || this.#hasFailed) return;
    this.dispose();
    this.#options.onFailure(errorCode(error));
  }
}
