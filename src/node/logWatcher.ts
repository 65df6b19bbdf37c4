import { type Disposable, MutableDisposable } from '../core/base/event.ts';
import type { Clock } from '../core/base/ports.ts';
import { errorCode, type FileSystem, isMissing } from './fileSystem.ts';

/** How often active logs are looked at where the system does not tell of changes. */
const POLL_MS = 2_000;

/** So many changes without a hint, and hints are not relied on any more. */
const MISSED_CHANGES = 2;

/** What polling is made of. */
export interface PollingOptions {
  readonly clock: Clock;
  /** Never rejects. */
  readonly look: () => Promise<void>;
  /** Called once, with a short reason. */
  readonly onBegin: (reason: string) => void;
}

/** Looks every 2 s, from when hints of the system prove to be of no use. */
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

  /** Changes were seen by looking, and no hint told of them. */
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

/** All that happens within so long is one hint: an agent writes a record in several pieces. */
const COALESCE_MS = 20;

/** For all roots together: a user's share of the system's watches is 8,192 on many machines. */
export const MAX_WATCHES = 1_024;

/** A folder that loses its watch again and again cannot be watched. */
const MAX_LOST = 100;

/** What happened in one folder: to these names, or `undefined` to some that are not known. */
export type FolderHint = readonly (string | undefined)[];

/** How many watches all watchers of a tailer may still make. */
export interface WatchBudget {
  left: number;
}

/** What a watcher is made of. */
export interface LogWatcherOptions {
  readonly files: Pick<FileSystem, 'watch'>;
  readonly clock: Clock;
  readonly budget: WatchBudget;
  readonly onHint: (folder: string, hint: FolderHint) => void;
  /** Called once, with the system's name of the error: changes may go by without a hint. */
  readonly onFailure: (code: string) => void;
}

/**
 * Watches single folders, never files or trees. What it tells is a hint: it may come late, twice,
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

  /** True: hints are to be expected for this folder. */
  isWatching(folder: string): boolean {
    return this.#watches.has(folder) && !this.#hasFailed;
  }

  /** Watches a folder, which replaces an earlier watch of a folder of that name. */
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

  /** Something moves in there: watches it in place of the folder that was quiet the longest. */
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
    // The order of the watches is that of their last hint.
    if (watch && this.#watches.delete(folder)) this.#watches.set(folder, watch);
    this.#hints.set(folder, names.add(name));
    // Not put off by the next hint: an agent that never pauses is heard as well.
    if (isFirst) this.#timer.value = this.#options.clock.after(COALESCE_MS, () => this.#flush());
  }

  #flush(): void {
    const hints = [...this.#hints];
    this.#hints.clear();
    for (const [folder, names] of hints) this.#options.onHint(folder, [...names]);
  }

  #onLost(folder: string, error: unknown): void {
    // Windows says so of a folder that was deleted: to be looked at, and watched anew if it is there.
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
