import { type Disposable, MutableDisposable } from '../base/event.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { ValueRows } from '../base/store.ts';
import { FOREIGN_USE_KEY } from '../quota/activity.ts';
import type { WindowUse } from '../quota/windowUse.ts';
import { saveWindowUses } from '../quota/windowUseRows.ts';
import {
  ACTIVITY_KEY,
  loadLocalActivity,
  type LocalActivity,
  noteActivity,
} from '../quota/localActivity.ts';
import type { SnapshotRows } from '../quota/snapshot.ts';
import type { LedgerRows } from './ledger.ts';
import { readLedger, type WhereItWent, whereItWent } from './whereItWent.ts';

/** Options of `ActivityRecorder`. */
export interface ActivityRecorderOptions {
  readonly archive: ValueRows &
    Pick<SnapshotRows, 'readLatest' | 'readHistory'> &
    Pick<LedgerRows, 'ledgerRows'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Interval of writes: twelve small ones an hour. */
const RECORD_EVERY_MS = 5 * 60_000;
/** An account that was not read for as long is not in use. */
const LATEST_MS = 24 * 3_600_000;

/**
 * Stores when agents were running, and where the quota's windows went: which agent used most, and
 * what no agent on this machine explains. Runs in the one window that follows logs.
 */
export class ActivityRecorder implements Disposable {
  readonly #options: ActivityRecorderOptions;
  readonly #timer = new MutableDisposable();
  #seenAt = new Set<number>();
  #known: LocalActivity | undefined;
  #comparedAt = '';

  constructor(options: ActivityRecorderOptions) {
    this.#options = options;
  }

  /** Continues the last window's record if it is recent. */
  start(): void {
    void this.#record();
  }

  /** Notes a running agent. `at`: epoch milliseconds, stored by the minute. */
  note(at: number): void {
    this.#seenAt.add(Math.floor(at / 60_000) * 60_000);
  }

  async #record(): Promise<void> {
    const { archive, clock, log } = this.#options;
    const now = clock.now();
    try {
      this.#known ??= await loadLocalActivity(archive);
      this.#known = noteActivity(this.#known, [...this.#seenAt], now);
      this.#seenAt.clear();
      await archive.set(ACTIVITY_KEY, JSON.stringify(this.#known));
      await this.#compare(now);
    } catch (error) {
      log.error(`Agent activity could not be stored: ${faultName(error)}`);
    }
    this.#timer.value = clock.after(RECORD_EVERY_MS, () => void this.#record());
  }

  /** Only after a new reading of Kimi. */
  async #compare(now: number): Promise<void> {
    const { archive } = this.#options;
    const latest = (await archive.readLatest()).filter(({ at }) => at > now - LATEST_MS);
    const readAt = latest.map(({ origin, at }) => `${origin} ${at}`).join();
    if (readAt === this.#comparedAt) return;
    this.#comparedAt = readAt;
    const uses: WindowUse[] = [];
    for (const { origin, windows } of latest) {
      const reading = await readLedger(archive, { origin, now });
      for (const { id: windowId } of windows) {
        const found = whereItWent(reading, { windowId, by: 'agent' });
        if (found) uses.push(useOf(origin, found));
      }
    }
    await saveWindowUses(archive, uses);
    const foreign = uses.find(use => use.unexplained);
    if (foreign?.unexplained) {
      const { origin, windowId, unexplained } = foreign;
      await archive.set(FOREIGN_USE_KEY, JSON.stringify({ origin, windowId, ...unexplained }));
    }
  }

  dispose(): void {
    this.#timer.dispose();
  }
}

/** What a tooltip and other programs need of it: no session, project or model. */
function useOf(origin: string, found: WhereItWent): WindowUse {
  const { windowId, from, to, used, groups, unexplained, cost, machines } = found;
  return {
    origin,
    windowId,
    from,
    to,
    used,
    cost,
    ...(machines.length > 0 ? { machines } : {}),
    agents: groups.map(({ agent, sharePercent, points }) => ({
      agent,
      sharePercent,
      ...(points ? { points } : {}),
    })),
    ...(unexplained
      ? {
          unexplained: {
            points: unexplained.points,
            from: unexplained.from,
            to: unexplained.to,
          },
        }
      : {}),
  };
}
