import { saveInFlight } from '../quota/activity.ts';
import type { Signal } from '../agents/signal.ts';
import { ArchiveFollower } from '../base/store.ts';
import {
  type Disposable,
  DisposableStore,
  Emitter,
  type Event,
  MutableDisposable,
} from '../base/event.ts';
import { foldSignals } from '../incidents/incidents.ts';
import { IncidentRecorder } from '../incidents/incidentRecorder.ts';
import { judge } from '../incidents/judge.ts';
import type { Clock, Log } from '../base/ports.ts';
import type { QuotaClient } from '../quota/outcome.ts';
import { ActivityRecorder } from '../ledger/activityRecorder.ts';
import type { Archive } from '../ledger/archive.ts';
import type { TailBatch, TailedSignal } from '../agents/tail.ts';
import {
  BURST_EVERY_MS,
  BURST_LEAD_MS,
  burstSignals,
  earlierSignals,
  sampleHistory,
  sampleSnapshot,
} from './sampleData.ts';
import { sampleLedger } from './sampleLedger.ts';

/** How often new agent activity is generated. */
const TURN_MS = 1000;
const FILE = 'sample';
/** The sample's log lines are of no use. */
const SILENT: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * A made-up month of one account and its agents in a separate archive. It passes through the same
 * recorder, judge and archive as real logs. Reads no file, sends no request, and is gone when
 * disposed.
 */
export class SampleRun implements Disposable {
  readonly #own = new DisposableStore();
  readonly #clock: Clock;
  readonly #begunAt: number;
  readonly #recorder: IncidentRecorder;
  readonly #follower: ArchiveFollower;
  readonly #turn = this.#own.add(new MutableDisposable());
  readonly #failureEmitter = this.#own.add(new Emitter<void>());
  readonly #activity: ActivityRecorder;
  #waiting: Signal[] = [];
  #nextBurstAt: number;

  /** The data that surfaces read. */
  readonly archive: Archive;
  /** Sends no request. */
  readonly client: QuotaClient;
  readonly log = SILENT;
  /** The archive contains new data. */
  readonly onDidChange: Event<void>;
  /** A request failed, possibly because of a limit. */
  readonly onDidFail: Event<void> = this.#failureEmitter.event;

  /** `archive` is empty, used by nothing else, and disposed with this. */
  constructor(clock: Clock, archive: Archive) {
    this.#clock = clock;
    this.archive = this.#own.add(archive);
    this.#begunAt = clock.now();
    this.#nextBurstAt = this.#begunAt - BURST_LEAD_MS;
    this.#recorder = this.#own.add(new IncidentRecorder({ archive, clock, log: SILENT, judge }));
    this.#activity = this.#own.add(new ActivityRecorder({ archive, clock, log: SILENT }));
    this.#follower = this.#own.add(new ArchiveFollower(archive, clock, SILENT));
    this.onDidChange = this.#follower.onDidChange;
    this.client = {
      readQuota: async () => ({
        kind: 'fresh',
        snapshot: sampleSnapshot(clock.now(), this.#begunAt),
      }),
      readPlan: async () => undefined,
    };
  }

  /** Fills the archive; resolves when everything up to now is visible. */
  async start(): Promise<void> {
    const history = sampleHistory(this.#begunAt);
    for (const snapshot of history) await this.archive.appendSnapshot(snapshot);
    const counted = sampleLedger(this.#begunAt);
    await this.archive.addToLedger(this.#batchOf([]), counted);
    this.#activity.start();
    const signals = earlierSignals(this.#begunAt);
    const batch = this.#batchOf(signals);
    const failures = await this.archive.commitTail(batch);
    const read = { signals, failures, now: this.#begunAt };
    await this.archive.saveIncidents(foldSignals(read, { judge, snapshots: () => history }));
    await this.#recorder.restore();
    await this.#goOn();
    this.#follower.start();
  }

  /** Adds what is due since the last call, and schedules the next. */
  async #goOn(): Promise<void> {
    const now = this.#clock.now();
    for (; this.#nextBurstAt <= now; this.#nextBurstAt += BURST_EVERY_MS)
      this.#waiting.push(...burstSignals(this.#nextBurstAt));
    const due = this.#waiting.filter(({ at }) => at <= now);
    if (due.length > 0) {
      this.#waiting = this.#waiting.slice(due.length);
      const batch = this.#batchOf(due);
      const failures = await this.archive.commitTail(batch);
      this.#recorder.take(batch, failures);
      await this.#recorder.whenStored();
      await saveInFlight(this.archive, this.#recorder.count(now));
      if (failures.length > 0) this.#failureEmitter.fire();
    }
    this.#turn.value = this.#clock.after(TURN_MS, () => void this.#goOn());
  }

  #batchOf(signals: readonly Signal[]): TailBatch {
    const tailed = signals.map((signal): TailedSignal => ({ signal, file: FILE, byteOffset: 0 }));
    return { readAt: this.#clock.now(), signals: tailed, checkpoints: [] };
  }

  dispose(): void {
    this.#own.dispose();
  }
}
