import type { InFlightCount } from '../agents/signal.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import type { TailBatch, TailedFailure, TailRows } from '../agents/tail.ts';
import { Incidents, type IncidentsOptions } from './incidents.ts';
import type { IncidentRows } from './incident.ts';

/** Nobody is told of changes more often than four times a second, whatever the flood. */
export const RECORD_EVERY_MS = 250;
/** While an incident is open, time, an answer or a snapshot may change it. */
export const LOOK_EVERY_MS = 2000;
/** After a restart, so much is taken up again. */
const RESTORED_MS = 86_400_000;
const MOST_RESTORED = 200;
/** A failure without its incident was stored at the moment of a crash. */
const RESTORED_FAILURES = { spanMs: 2 * 3_600_000, limit: 2000 } as const;
/** Snapshots of before are not compared with a failure. */
const SNAPSHOT_SPAN_MS = 25 * 3_600_000;

/** What an `IncidentRecorder` is made of. */
export interface IncidentRecorderOptions extends Pick<IncidentsOptions, 'judge'> {
  readonly archive: IncidentRows & SnapshotRows & Pick<TailRows, 'readEvents'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after incidents were stored. */
  readonly onStored?: () => void;
}

/**
 * Keeps the incidents of the archive true to what the logs and the snapshots tell: each provisional
 * at once, settled when more is known, and opened again by what comes later. For the one window
 * that follows the logs.
 */
export class IncidentRecorder implements Disposable {
  readonly #options: IncidentRecorderOptions;
  readonly #incidents: Incidents;
  readonly #timer = new MutableDisposable();
  #snapshots: Snapshot[] = [];
  #recordedMs = -Infinity;
  #isRecording = false;
  #recording = Promise.resolve();
  #isAskedAgain = false;
  #isDisposed = false;

  constructor(options: IncidentRecorderOptions) {
    this.#options = options;
    const { judge } = options;
    this.#incidents = new Incidents({ judge, snapshots: () => this.#snapshots });
  }

  /** Goes on where the last window has stopped. Resolves before anything is to be taken. */
  async restore(): Promise<void> {
    const { archive, clock, log } = this.#options;
    const now = clock.now();
    try {
      const since = now - RESTORED_MS;
      const stored = await archive.readIncidents({ since, limit: MOST_RESTORED });
      const { spanMs, limit } = RESTORED_FAILURES;
      const failures = await archive.readEvents({ since: now - spanMs, limit });
      this.#incidents.restore(stored, failures);
    } catch (error) {
      log.error(`The incidents could not be taken up again: ${faultName(error)}`);
    }
    if (this.#incidents.isAnyOpen(now) || this.#incidents.hasChanged) this.#recordSoon();
  }

  /** How many requests are open. */
  count(now: number): InFlightCount {
    return this.#incidents.history.count(now);
  }

  /** Takes what one turn has read, and which failures of it are new to the archive. */
  take({ signals, amendments = [] }: TailBatch, failures: readonly TailedFailure[]): void {
    const now = this.#options.clock.now();
    for (const { signal } of signals) this.#incidents.take(signal, now);
    for (const failure of failures) this.#incidents.fail(failure);
    for (const signal of amendments) this.#incidents.amend(signal);
    if (failures.length + amendments.length > 0 || this.#incidents.isAnyOpen(now))
      this.#recordSoon();
  }

  /** Resolves when what is being stored now is stored. */
  whenStored(): Promise<void> {
    return this.#recording;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }

  #recordSoon(delayMs = 0): void {
    const { clock } = this.#options;
    const waitMs = RECORD_EVERY_MS - (clock.monotonicMs() - this.#recordedMs);
    if (this.#isDisposed) return;
    this.#isAskedAgain ||= delayMs === 0;
    if (this.#isRecording) return;
    const record = (): void => void (this.#recording = this.#record());
    if (delayMs === 0 && waitMs <= 0) record();
    else this.#timer.value = clock.after(Math.max(delayMs, waitMs), record);
  }

  async #record(): Promise<void> {
    const { archive, clock, log, onStored } = this.#options;
    this.#isRecording = true;
    this.#isAskedAgain = false;
    this.#recordedMs = clock.monotonicMs();
    try {
      await this.#readSnapshots();
      const updated = this.#incidents.update(clock.now());
      if (updated.length > 0) {
        await archive.saveIncidents(updated);
        onStored?.();
      }
    } catch (error) {
      log.error(`The incidents could not be written down: ${faultName(error)}`);
    }
    this.#isRecording = false;
    if (this.#isAskedAgain) this.#recordSoon();
    else if (this.#incidents.isAnyOpen(clock.now())) this.#recordSoon(LOOK_EVERY_MS);
  }

  /** Takes over what was read since the last time; the history only where there is something. */
  async #readSnapshots(): Promise<void> {
    const { archive, clock } = this.#options;
    const oldest = clock.now() - SNAPSHOT_SPAN_MS;
    for (const { origin, at } of await archive.readLatest()) {
      const known = this.#snapshots.findLast(snapshot => snapshot.origin === origin)?.at ?? oldest;
      if (at > known)
        this.#snapshots.push(...(await archive.readHistory({ origin, since: known + 1 })));
    }
    this.#snapshots = this.#snapshots.filter(({ at }) => at >= oldest).sort((a, b) => a.at - b.at);
  }
}
