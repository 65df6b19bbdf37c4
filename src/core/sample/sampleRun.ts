import { saveInFlight } from '../quota/activity.ts';
import type { Signal } from '../agents/signal.ts';
import { ArchiveFollower } from '../base/archiveFollower.ts';
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
import type { Archive } from '../incidents/archive.ts';
import type { TailBatch, TailedSignal } from '../agents/tail.ts';
import {
  BURST_EVERY_MS,
  BURST_LEAD_MS,
  burstSignals,
  earlierSignals,
  sampleHistory,
  sampleSnapshot,
} from './sampleData.ts';

/** How often what agents have done meanwhile is taken. */
const TURN_MS = 1000;
const FILE = 'sample';
/** Nobody reads what a sample has to say about itself. */
const SILENT: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * A month of one account and its agents, made up, in an archive of its own: from then on
 * it goes through the same recorder, judge and archive as what is read from logs. Reads no file,
 * asks nobody, and is gone when it is disposed.
 */
export class SampleRun implements Disposable {
  readonly #own = new DisposableStore();
  readonly #clock: Clock;
  readonly #begunAt: number;
  readonly #recorder: IncidentRecorder;
  readonly #follower: ArchiveFollower;
  readonly #turn = this.#own.add(new MutableDisposable());
  readonly #failureEmitter = this.#own.add(new Emitter<void>());
  #waiting: Signal[] = [];
  #nextBurstAt: number;

  /** What surfaces read. */
  readonly archive: Archive;
  /** Asks nobody. */
  readonly client: QuotaClient;
  readonly log = SILENT;
  /** There is something new in the archive. */
  readonly onDidChange: Event<void>;
  /** A request has failed that may have met a limit. */
  readonly onDidFail: Event<void> = this.#failureEmitter.event;

  /** `archive` is empty, of nobody else, and disposed with this. */
  constructor(clock: Clock, archive: Archive) {
    this.#clock = clock;
    this.archive = this.#own.add(archive);
    this.#begunAt = clock.now();
    this.#nextBurstAt = this.#begunAt - BURST_LEAD_MS;
    this.#recorder = this.#own.add(new IncidentRecorder({ archive, clock, log: SILENT, judge }));
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

  /** Fills the archive; resolves when there is all to see that has happened so far. */
  async start(): Promise<void> {
    const history = sampleHistory(this.#begunAt);
    for (const snapshot of history) await this.archive.appendSnapshot(snapshot);
    const signals = earlierSignals(this.#begunAt);
    const batch = this.#batchOf(signals);
    const failures = await this.archive.commitTail(batch);
    const read = { signals, failures, now: this.#begunAt };
    await this.archive.saveIncidents(foldSignals(read, { judge, snapshots: () => history }));
    await this.#recorder.restore();
    await this.#goOn();
    this.#follower.start();
  }

  /** Takes what was due since the last time, and waits for more. */
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
