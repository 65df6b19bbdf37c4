import { ActivityStore, saveInFlight } from '../../src/core/quota/activity.ts';
import { ActivityRecorder } from '../../src/core/ledger/activityRecorder.ts';
import { type Disposable, DisposableStore, MutableDisposable } from '../../src/core/base/event.ts';
import { IncidentRecorder } from '../../src/core/incidents/incidentRecorder.ts';
import { IncidentStore } from '../../src/core/incidents/incidentStore.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import type { Clock, Log } from '../../src/core/base/ports.ts';
import type { QuotaClient } from '../../src/core/quota/outcome.ts';
import { QuotaPoller } from '../../src/core/quota/quotaPoller.ts';
import { QuotaStore } from '../../src/core/quota/accountStore.ts';
import type { TailedFailure } from '../../src/core/agents/tail.ts';
import { SharedArchive } from '../../src/node/sharedArchive.ts';
import type { SqliteArchiveOptions } from '../../src/node/sqliteArchive.ts';
import { lookupOf } from '../support/fakeMachine.ts';
import { ORIGIN } from '../support/fakeQuotaClient.ts';
import type { SoakLog } from './soakLog.ts';

/** What all windows of the machine share. */
export interface SoakWindowOptions extends SqliteArchiveOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly agents: SoakLog;
  readonly kimi: QuotaClient;
}

/** A window of the editor without its surfaces, wired as `extension.ts` wires it. */
export class SoakWindow {
  readonly #own = new DisposableStore();
  readonly #options: SoakWindowOptions;
  readonly #shared: SharedArchive;
  readonly #running = new MutableDisposable();
  #tail: SoakTail | undefined;
  readonly poller: QuotaPoller;
  readonly #stores: readonly { follow(): Promise<void> }[];

  constructor(options: SoakWindowOptions) {
    this.#options = options;
    const { clock, log, kimi } = options;
    this.#shared = this.#own.add(new SharedArchive(options));
    const { archive, lease, follower } = this.#shared;
    this.poller = this.#own.add(
      new QuotaPoller({
        source: ORIGIN,
        readKey: () => Promise.resolve(lookupOf('sk-soak')),
        client: kimi,
        store: this.#own.add(new QuotaStore()),
        archive,
        lease,
        clock,
        log,
        random: () => 0.5,
      }),
    );
    const now = () => clock.now();
    this.#stores = [
      this.poller,
      this.#own.add(new IncidentStore(archive, now)),
      this.#own.add(new ActivityStore(archive, now)),
    ];
    this.#own.add(this.#running);
    this.#own.add(lease.onDidChange(isHeld => this.#setTailing(isHeld)));
    this.#own.add(follower.onDidChange(() => void this.#follow()));
  }

  get isHolder(): boolean {
    return this.#shared.lease.isHeld;
  }

  async start(isFocused: boolean): Promise<void> {
    this.#shared.start();
    await Promise.all([this.poller.start(isFocused), this.#follow()]);
  }

  /** The agents have written something. */
  async pump(): Promise<void> {
    await this.#tail?.pump();
  }

  close(): void {
    this.#own.dispose();
  }

  /** Ends it like a crash: the lease stays taken. */
  kill(): void {
    this.#shared.archive.releaseLease = () => Promise.resolve();
    this.close();
  }

  async #follow(): Promise<void> {
    await Promise.all(this.#stores.map(store => store.follow()));
  }

  #setTailing(isHeld: boolean): void {
    const { archive } = this.#shared;
    this.#tail = isHeld
      ? new SoakTail({ ...this.#options, archive, poller: this.poller })
      : undefined;
    this.#running.value = this.#tail;
  }
}

interface SoakTailOptions extends Omit<SoakWindowOptions, 'kimi' | 'path'> {
  readonly archive: SharedArchive['archive'];
  readonly poller: QuotaPoller;
}

/**
 * Follows the log as `AgentLogs` does, without files: a checkpoint is how many signals were read.
 */
class SoakTail implements Disposable {
  readonly #own = new DisposableStore();
  readonly #options: SoakTailOptions;
  readonly #incidents: IncidentRecorder;
  readonly #activity: ActivityRecorder;
  readonly #restored: Promise<void>;
  #offset: number | undefined;
  #isReading = false;

  constructor(options: SoakTailOptions) {
    this.#options = options;
    this.#incidents = this.#own.add(new IncidentRecorder({ ...options, judge }));
    this.#activity = this.#own.add(new ActivityRecorder(options));
    this.#activity.start();
    this.#restored = this.#incidents.restore();
  }

  async pump(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#offset ??= await this.#begin();
    await this.#read(this.#offset);
    this.#isReading = false;
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #begin(): Promise<number> {
    await this.#restored;
    const [checkpoint] = await this.#options.archive.readCheckpoints();
    return checkpoint?.byteOffset ?? 0;
  }

  async #read(offset: number): Promise<void> {
    const { archive, agents, clock, poller } = this.#options;
    const signals = agents.since(offset).map(signal => ({ signal, file: 'soak', byteOffset: 0 }));
    if (signals.length === 0) return;
    const readAt = clock.now();
    const end = agents.length;
    const checkpoint = { fingerprint: 'soak', byteOffset: end, marker: '', seenAt: readAt };
    const failures = signals.filter(
      (it): it is TailedFailure => it.signal.kind === 'requestFailed',
    );
    const batch = { readAt, checkpoints: [checkpoint] };
    const stored = await archive.commitTail({ ...batch, signals: failures });
    this.#offset = end;
    this.#incidents.take({ ...batch, signals }, stored);
    this.#activity.note(readAt);
    poller.agentMoved();
    await saveInFlight(archive, this.#incidents.count(readAt));
    if (stored.length > 0) void poller.readAfterLimitError();
  }
}
