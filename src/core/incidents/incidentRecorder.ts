import type { InFlightCount } from '../agents/signal.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import type { TailBatch, TailedFailure, TailRows } from '../agents/tail.ts';
import { Incidents, type IncidentsOptions } from './incidents.ts';
import type { IncidentRows } from './incident.ts';
import type { ValueRows } from '../base/store.ts';
import { teamAccount, type TeamReading } from '../quota/team.ts';
import { loadTeamReading } from '../quota/teamRows.ts';

/** Changes are stored at most four times a second. */
export const RECORD_EVERY_MS = 250;
/** Interval of updates while an incident is open. */
export const LOOK_EVERY_MS = 2000;
/** How far back incidents are restored after a restart. */
const RESTORED_MS = 86_400_000;
const MOST_RESTORED = 200;
/** A crash may have left failures without an incident. */
const RESTORED_FAILURES = { spanMs: 2 * 3_600_000, limit: 2000 } as const;
/** Older snapshots are not compared with a failure. */
const SNAPSHOT_SPAN_MS = 25 * 3_600_000;

/** See `IncidentsOptions.useBefore`. */
type UseBefore = NonNullable<IncidentsOptions['useBefore']>;

/** Options of `IncidentRecorder`. */
export interface IncidentRecorderOptions extends Pick<IncidentsOptions, 'judge'> {
  readonly archive: IncidentRows &
    SnapshotRows &
    Pick<ValueRows, 'get'> &
    Pick<TailRows, 'readEvents'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads what the agents of this machine used in the last day. Default: unknown. */
  readonly readUse?: (now: number) => Promise<UseBefore>;
  /** Called after incidents were stored. */
  readonly onStored?: () => void;
}

/**
 * Keeps the incidents in the archive up to date with logs and snapshots: provisional immediately,
 * settled when more is known, reopened by later failures. Runs in the one window that follows logs.
 */
export class IncidentRecorder implements Disposable {
  readonly #options: IncidentRecorderOptions;
  readonly #incidents: Incidents;
  readonly #timer = new MutableDisposable();
  #snapshots: Snapshot[] = [];
  #team: TeamReading | undefined;
  #useBefore: UseBefore = () => undefined;
  #recordedMs = -Infinity;
  #isRecording = false;
  #recording = Promise.resolve();
  #isAskedAgain = false;
  #isDisposed = false;

  constructor(options: IncidentRecorderOptions) {
    this.#options = options;
    const { judge } = options;
    const snapshots = () => this.#snapshots;
    const others = (provider: string) => teamAccount(this.#team, provider);
    const useBefore: UseBefore = (provider, at) => this.#useBefore(provider, at);
    this.#incidents = new Incidents({ judge, snapshots, others, useBefore });
  }

  /** Restores the state of the last window. Await it before the first `take`. */
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
      log.error(`Incidents could not be restored: ${faultName(error)}`);
    }
    if (this.#incidents.isAnyOpen(now) || this.#incidents.hasChanged) this.#recordSoon();
  }

  /** Requests in flight. */
  count(now: number): InFlightCount {
    return this.#incidents.history.count(now);
  }

  /** Takes the signals of one reading turn, and those failures that are new to the archive. */
  take({ signals, amendments = [] }: TailBatch, failures: readonly TailedFailure[]): void {
    const now = this.#options.clock.now();
    for (const { signal } of signals) this.#incidents.take(signal, now);
    for (const failure of failures) this.#incidents.fail(failure);
    for (const signal of amendments) this.#incidents.amend(signal);
    if (failures.length + amendments.length > 0 || this.#incidents.isAnyOpen(now))
      this.#recordSoon();
  }

  /** Resolves when the current write is done. */
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
    const { archive, clock, log, onStored, readUse } = this.#options;
    this.#isRecording = true;
    this.#isAskedAgain = false;
    this.#recordedMs = clock.monotonicMs();
    try {
      await this.#readSnapshots();
      this.#team = await loadTeamReading(archive, clock.now());
      if (readUse) this.#useBefore = await readUse(clock.now());
      const updated = this.#incidents.update(clock.now());
      if (updated.length > 0) {
        await archive.saveIncidents(updated);
        onStored?.();
      }
    } catch (error) {
      log.error(`Incidents could not be stored: ${faultName(error)}`);
    }
    this.#isRecording = false;
    if (this.#isAskedAgain) this.#recordSoon();
    else if (this.#incidents.isAnyOpen(clock.now())) this.#recordSoon(LOOK_EVERY_MS);
  }

  /** Reads new snapshots; the history only of origins with newer ones. */
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
