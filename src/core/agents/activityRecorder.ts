import * as z from 'zod/mini';
import type { SnapshotRows, ValueRows } from '../archive.ts';
import { MutableDisposable } from '../disposables.ts';
import type { Disposable } from '../event.ts';
import { faultName } from '../faultName.ts';
import type { Clock, Log } from '../ports.ts';
import { foreignUse, noteActivity, type LocalActivity } from '../quota/localActivity.ts';
import { FOREIGN_USE_KEY, parseStored } from './activity.ts';

/** What an `ActivityRecorder` is made of. */
export interface ActivityRecorderOptions {
  readonly archive: ValueRows & Pick<SnapshotRows, 'readLatest' | 'readHistory'>;
  readonly clock: Clock;
  readonly log: Log;
}

const ACTIVITY_KEY = 'localActivity';
/** So often it is written down: twelve small writes an hour. */
const RECORD_EVERY_MS = 5 * 60_000;
/** How far back a window that fell is looked for. */
const LOOK_BACK_MS = 3 * 3_600_000;

const StoredActivity = z.object({
  watchedFrom: z.number(),
  watchedUntil: z.number(),
  spans: z.array(z.tuple([z.number(), z.number()])),
});

/**
 * Writes down when agents were seen at work, and whether the quota fell while none was. For the one
 * window that follows the logs.
 */
export class ActivityRecorder implements Disposable {
  readonly #options: ActivityRecorderOptions;
  readonly #timer = new MutableDisposable();
  #seenAt = new Set<number>();
  #known: LocalActivity | undefined;

  constructor(options: ActivityRecorderOptions) {
    this.#options = options;
  }

  /** Goes on with what the last window has written, if that was just now. */
  start(): void {
    void this.#record();
  }

  /** An agent was seen at work: epoch milliseconds. Kept by the minute. */
  note(at: number): void {
    this.#seenAt.add(Math.floor(at / 60_000) * 60_000);
  }

  async #record(): Promise<void> {
    const { archive, clock, log } = this.#options;
    const now = clock.now();
    try {
      this.#known ??= parseStored(StoredActivity, await archive.get(ACTIVITY_KEY));
      this.#known = noteActivity(this.#known, [...this.#seenAt], now);
      this.#seenAt.clear();
      await archive.set(ACTIVITY_KEY, JSON.stringify(this.#known));
      await this.#compare(this.#known, now);
    } catch (error) {
      log.error(`What agents do could not be written down: ${faultName(error)}`);
    }
    this.#timer.value = clock.after(RECORD_EVERY_MS, () => void this.#record());
  }

  async #compare(activity: LocalActivity, now: number): Promise<void> {
    const { archive } = this.#options;
    for (const { origin } of await archive.readLatest()) {
      const history = await archive.readHistory({ origin, since: now - LOOK_BACK_MS });
      const found = foreignUse(history, activity);
      if (found) await archive.set(FOREIGN_USE_KEY, JSON.stringify(found));
    }
  }

  dispose(): void {
    this.#timer.dispose();
  }
}
