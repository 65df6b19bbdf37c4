import { stat } from 'node:fs/promises';
import type { Agent, EditorPlaces } from '../core/agents/agent.ts';
import { agents } from '../core/agents/agents.ts';
import { attribute } from '../core/agents/attribution.ts';
import { FailureJoiner, joinFailures } from '../core/agents/failureJoiner.ts';
import { globProblems } from '../core/agents/otherLogs.ts';
import type { RequestEnded } from '../core/agents/signal.ts';
import type { TailBatch, TailedFailure, TailRows } from '../core/agents/tail.ts';
import { terminals } from '../core/agents/terminals.ts';
import {
  saveWatchedLogs,
  type WatchedFolder,
  writeWatchedLogs,
} from '../core/agents/watchedLogs.ts';
import { Debounce } from '../core/base/background.ts';
import {
  type Disposable,
  DisposableStore,
  Emitter,
  type Event,
  MutableDisposable,
} from '../core/base/event.ts';
import { type Clock, faultName, type Log } from '../core/base/ports.ts';
import { type CountOptions, countedIn } from '../core/ledger/counted.ts';
import type { LedgerRows } from '../core/ledger/ledger.ts';
import { noteContext } from '../core/quota/contextLimit.ts';
import { readMachineUse } from '../core/ledger/machineUse.ts';
import { IncidentRecorder } from '../core/incidents/incidentRecorder.ts';
import { judge } from '../core/incidents/judge.ts';
import { saveInFlight } from '../core/quota/activity.ts';
import { ActivityRecorder } from '../core/ledger/activityRecorder.ts';
import { findSources, surroundingsOf } from './agentSources.ts';
import { ConfiguredHosts } from './configuredHosts.ts';
import { countPast, isOfTailer } from './ledgerBackfill.ts';
import { LogTailer } from './logTailer.ts';
import type { ValueRows } from '../core/base/store.ts';
import type { SnapshotRows } from '../core/quota/snapshot.ts';
import type { IncidentRows } from '../core/incidents/incident.ts';

interface WatchReporterOptions {
  readonly archive: ValueRows;
  readonly clock: Clock;
  readonly log: Log;
  readonly home: string;
  readonly folders: () => readonly WatchedFolder[];
}

/** Shorter than the time for which a user reads the list of watched logs. */
const REPORT_EVERY_MS = 10_000;
/** The first survey is complete by then. */
const FIRST_REPORT_MS = 1_000;

/** Stores the list of watched logs for all windows, whenever it changes. */
class WatchReporter implements Disposable {
  readonly #options: WatchReporterOptions;
  readonly #timer = new MutableDisposable();
  #reported: string | undefined;
  #isDisposed = false;

  constructor(options: WatchReporterOptions) {
    this.#options = options;
    this.#reportAfter(FIRST_REPORT_MS);
  }

  #reportAfter(delayMs: number): void {
    this.#timer.value = this.#options.clock.after(delayMs, () => void this.#report());
  }

  async #report(): Promise<void> {
    const { archive, home, log } = this.#options;
    try {
      const folders = await Promise.all(this.#options.folders().map(withPresence));
      const json = writeWatchedLogs({ home, folders });
      if (json !== this.#reported && !this.#isDisposed) await saveWatchedLogs(archive, json);
      this.#reported = json;
    } catch (error) {
      log.error(`The list of watched logs could not be stored: ${faultName(error)}`);
    }
    if (!this.#isDisposed) this.#reportAfter(REPORT_EVERY_MS);
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

/** What was answered while this window watched. */
const responsesOf = ({ signals }: TailBatch): RequestEnded[] =>
  signals.flatMap(({ signal, isBacklog }) =>
    signal.kind === 'requestEnded' && !isBacklog ? [signal] : [],
  );

/** Options of `AgentLogs`. */
export interface AgentLogsOptions {
  readonly archive: TailRows & ValueRows & SnapshotRows & IncidentRows & LedgerRows;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the user has the agent watched. */
  readonly isWatched: (agent: Agent) => boolean;
  /** Workspace folders may contain agent configurations. */
  readonly places: () => EditorPlaces;
  /** The user's globs of other logs. */
  readonly otherLogs: readonly string[];
  /** Whether tokens are counted, and with which names. Default: all. */
  readonly ledger?: LedgerOptions;
  /**
   * Called after incidents are stored, so that this window updates without waiting for its next
   * look.
   */
  readonly onStored?: () => void;
}

/** What the user wants to be counted. */
interface LedgerOptions extends CountOptions {
  readonly isEnabled: boolean;
}

const ALL: LedgerOptions = { isEnabled: true, hasProjects: true };

/**
 * The requests in flight are counted when reading pauses: in mid-burst, a batch may hold the ends
 * of some requests and not yet the starts of the next.
 */
const IN_FLIGHT_QUIET_MS = 500;
/** And at least this often while logs grow. */
const IN_FLIGHT_EVERY_MS = 1000;
/** And again after this time while there are any, so that the count does not expire. */
const IN_FLIGHT_REFRESH_MS = 20_000;

/** The capacity of `FailureJoiner`. */
const RECALLED_EVENTS = 512;

/** A limit has the status 429, 403 or 402 (docs/kimi.md 4.2). The account may be unknown. */
function mayBeLimit({ signal }: TailedFailure): boolean {
  const isRefusal = signal.status === undefined || [402, 403, 429].includes(signal.status);
  return isRefusal && attribute(signal).provider !== 'other';
}

/**
 * Follows the agents' logs on this machine, in the one window that holds the lease. Stores failures
 * together with their checkpoints, and the count of requests in flight.
 */
export class AgentLogs implements Disposable {
  readonly #own = new DisposableStore();
  readonly #options: AgentLogsOptions;
  readonly #moveEmitter = this.#own.add(new Emitter<void>());
  readonly #failureEmitter = this.#own.add(new Emitter<TailedFailure>());
  readonly #inFlightPause: Debounce;
  readonly #inFlightTimer = this.#own.add(new MutableDisposable());
  readonly #recorder: ActivityRecorder;
  readonly #incidents: IncidentRecorder;
  readonly #joiner = new FailureJoiner();
  readonly #stop = new AbortController();

  /** A request started or ended, so the quota may have changed. */
  readonly onDidMove: Event<void> = this.#moveEmitter.event;
  /** A new request failed, maybe at a Kimi limit. Doesn't fire for the backlog. */
  readonly onDidFail: Event<TailedFailure> = this.#failureEmitter.event;

  constructor(options: AgentLogsOptions) {
    this.#options = options;
    this.#inFlightPause = this.#own.add(
      new Debounce({
        clock: options.clock,
        quietMs: IN_FLIGHT_QUIET_MS,
        longestMs: IN_FLIGHT_EVERY_MS,
        run: () => void this.#saveInFlight(),
      }),
    );
    this.#recorder = this.#own.add(new ActivityRecorder(options));
    this.#incidents = this.#own.add(
      new IncidentRecorder({
        ...options,
        judge,
        readUse: now => readMachineUse(options.archive, now),
      }),
    );
  }

  /** Reads the existing logs, the newest first, and follows them. */
  start(): void {
    const { archive, clock, log, isWatched, otherLogs, ledger = ALL } = this.#options;
    const places = this.#options.places();
    const surroundings = { ...surroundingsOf(), ...places, otherLogs };
    for (const problem of globProblems(otherLogs, surroundings)) log.warn(problem);
    const hosts = new ConfiguredHosts({ surroundings, folders: places.workspaces ?? [], clock });
    const restored = Promise.all([this.#incidents.restore(), this.#recall()]);
    const found = findSources([...agents.filter(isWatched), terminals], surroundings);
    const sink = {
      readCheckpoints: async () => (await archive.readCheckpoints()).filter(isOfTailer),
      commit: async (batch: TailBatch) => {
        const noted = await hosts.noteIn(batch);
        await restored;
        await this.#commit(noted);
      },
    };
    const tailer = this.#own.add(
      new LogTailer({
        ...found,
        sink,
        clock,
        log,
        home: surroundings.home,
        reading: { hasTokens: ledger.isEnabled },
      }),
    );
    this.#own.add(
      tailer.onDidChangeHealth(({ polledRoots, unreadableCount }) =>
        log.info(
          `Logs: ${polledRoots.length} folders polled every 2 s, ${unreadableCount} files unreadable.`,
        ),
      ),
    );
    tailer.start();
    const { home } = surroundings;
    const noteIn = (batch: TailBatch): Promise<TailBatch> => hosts.noteIn(batch);
    if (ledger.isEnabled) {
      const past = { ...found, ...ledger, archive, home, clock, log, noteIn };
      void tailer.whenIdle().then(() => countPast(past, this.#stop.signal));
    }
    this.#own.add(new WatchReporter({ archive, clock, log, home, folders: () => tailer.folders }));
    this.#recorder.start();
  }

  /** Restores stored failures: their details may appear only now, in another file. */
  async #recall(): Promise<void> {
    const events = await this.#options.archive.readEvents({ limit: RECALLED_EVENTS });
    this.#joiner.join(events.map(({ signal }) => signal));
  }

  async #commit(batch: TailBatch): Promise<void> {
    const { archive, ledger = ALL } = this.#options;
    const joined = { ...batch, ...joinFailures(this.#joiner, batch.signals) };
    const counted = ledger.isEnabled ? countedIn(batch, joined, ledger) : [];
    const stored = await archive.addToLedger(joined, counted);
    this.#incidents.take({ ...joined, signals: batch.signals }, stored);
    await noteContext(archive, responsesOf(batch));
    for (const { signal } of batch.signals) this.#recorder.note(signal.at);
    const fresh = batch.signals.filter(({ isBacklog }) => !isBacklog);
    if (fresh.length > 0) {
      this.#moveEmitter.fire();
      this.#inFlightPause.ask();
    }
    const keys = new Set(fresh.map(({ signal }) => signal.contentKey));
    for (const failure of stored)
      if (keys.has(failure.signal.contentKey) && mayBeLimit(failure))
        this.#failureEmitter.fire(failure);
  }

  async #saveInFlight(): Promise<void> {
    const { archive, clock, log } = this.#options;
    const count = this.#incidents.count(clock.now());
    if (count.total > 0) this.#recorder.note(clock.now());
    try {
      await saveInFlight(archive, count);
    } catch (error) {
      log.error(`The requests in flight could not be stored: ${faultName(error)}`);
    }
    if (count.total > 0)
      this.#inFlightTimer.value = clock.after(
        IN_FLIGHT_REFRESH_MS,
        () => void this.#saveInFlight(),
      );
  }

  dispose(): void {
    this.#stop.abort();
    this.#own.dispose();
  }
}
