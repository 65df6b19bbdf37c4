import { stat } from 'node:fs/promises';
import type { Agent, EditorPlaces } from '../core/agents/agent.ts';
import { agents } from '../core/agents/agents.ts';
import { attribute } from '../core/agents/attribution.ts';
import { FailureJoiner } from '../core/agents/failureJoiner.ts';
import { globProblems } from '../core/agents/otherLogs.ts';
import type { TailBatch, TailedFailure, TailedSignal, TailRows } from '../core/agents/tail.ts';
import { terminals } from '../core/agents/terminals.ts';
import {
  saveWatchedLogs,
  type WatchedFolder,
  writeWatchedLogs,
} from '../core/agents/watchedLogs.ts';
import {
  type Disposable,
  DisposableStore,
  Emitter,
  type Event,
  MutableDisposable,
} from '../core/base/event.ts';
import { type Clock, faultName, type Log } from '../core/base/ports.ts';
import { IncidentRecorder } from '../core/incidents/incidentRecorder.ts';
import { judge } from '../core/incidents/judge.ts';
import { saveInFlight } from '../core/quota/activity.ts';
import { ActivityRecorder } from '../core/quota/activityRecorder.ts';
import { findSources, surroundingsOf } from './agentSources.ts';
import { ConfiguredHosts } from './configuredHosts.ts';
import { LogTailer } from './logTailer.ts';
import type { ValueRows } from '../core/base/store.ts';
import type { SnapshotRows } from '../core/quota/snapshot.ts';
import type { IncidentRows } from '../core/incidents/incident.ts';

/** What a teller is made of. */
interface WatchTellerOptions {
  readonly archive: ValueRows;
  readonly clock: Clock;
  readonly log: Log;
  readonly home: string;
  readonly folders: () => readonly WatchedFolder[];
}

/** Whoever opens the list of logs reads it for longer than that. */
const REPORT_EVERY_MS = 10_000;
/** The first survey has found the logs by then. */
const FIRST_TELL_MS = 1_000;

/** Tells all windows which logs are followed, whenever that has changed. */
class WatchTeller implements Disposable {
  readonly #options: WatchTellerOptions;
  readonly #timer = new MutableDisposable();
  #told: string | undefined;
  #isDisposed = false;

  constructor(options: WatchTellerOptions) {
    this.#options = options;
    this.#tellAfter(FIRST_TELL_MS);
  }

  #tellAfter(delayMs: number): void {
    this.#timer.value = this.#options.clock.after(delayMs, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    const { archive, home, log } = this.#options;
    try {
      const folders = await Promise.all(this.#options.folders().map(withPresence));
      const json = writeWatchedLogs({ home, folders });
      if (json !== this.#told && !this.#isDisposed) await saveWatchedLogs(archive, json);
      this.#told = json;
    } catch (error) {
      log.error(`Which logs are followed could not be told: ${faultName(error)}`);
    }
    if (!this.#isDisposed) this.#tellAfter(REPORT_EVERY_MS);
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

/** What `AgentLogs` is made of. */
export interface AgentLogsOptions {
  readonly archive: TailRows & ValueRows & SnapshotRows & IncidentRows;
  readonly clock: Clock;
  readonly log: Log;
  /** The agents that are not switched off. */
  readonly isWatched: (agent: Agent) => boolean;
  /** The folders that are worked on may have configurations of agents. */
  readonly places: () => EditorPlaces;
  /** Globs of other files that the user wants to be read. */
  readonly otherLogs: readonly string[];
  /** Called after incidents were stored: this window need not wait for its next look. */
  readonly onStored?: () => void;
}

/** How many requests are open is told at most so often, and at least while there are some. */
const TELL_EVERY_MS = 1000;
const TELL_AGAIN_MS = 20_000;

/** As many as the joiner remembers. */
const RECALLED_EVENTS = 512;

/** A limit comes as 429, 403 or 402; whose account it was need not be known (docs/kimi.md 4.2). */
function mayBeLimit({ signal }: TailedFailure): boolean {
  const isRefusal = signal.status === undefined || [402, 403, 429].includes(signal.status);
  return isRefusal && attribute(signal).provider !== 'other';
}

/**
 * Follows the logs of the agents of this machine, in the one window that holds the lease: failures
 * and checkpoints go to the archive together, the count of open requests beside them.
 */
export class AgentLogs implements Disposable {
  readonly #own = new DisposableStore();
  readonly #options: AgentLogsOptions;
  readonly #moveEmitter = this.#own.add(new Emitter<void>());
  readonly #failureEmitter = this.#own.add(new Emitter<TailedFailure>());
  readonly #telling = this.#own.add(new MutableDisposable());
  readonly #recorder: ActivityRecorder;
  readonly #incidents: IncidentRecorder;
  readonly #joiner = new FailureJoiner();
  #toldMs = -Infinity;

  /** An agent has asked or was answered: what is left may have changed. */
  readonly onDidMove: Event<void> = this.#moveEmitter.event;
  /** A request has failed that may have met a limit of Kimi; not what was there before us. */
  readonly onDidFail: Event<TailedFailure> = this.#failureEmitter.event;

  constructor(options: AgentLogsOptions) {
    this.#options = options;
    this.#recorder = this.#own.add(new ActivityRecorder(options));
    this.#incidents = this.#own.add(new IncidentRecorder({ ...options, judge }));
  }

  /** Begins with what is there, the newest first, and follows it. */
  start(): void {
    const { archive, clock, log, isWatched, otherLogs } = this.#options;
    const places = this.#options.places();
    const surroundings = { ...surroundingsOf(), ...places, otherLogs };
    for (const problem of globProblems(otherLogs, surroundings)) log.warn(problem);
    const hosts = new ConfiguredHosts({ surroundings, folders: places.workspaces ?? [], clock });
    const restored = Promise.all([this.#incidents.restore(), this.#recall()]);
    const found = findSources([...agents.filter(isWatched), terminals], surroundings);
    const sink = {
      readCheckpoints: () => archive.readCheckpoints(),
      commit: async (batch: TailBatch) => {
        const noted = await hosts.noteIn(batch);
        await restored;
        await this.#commit(noted);
      },
    };
    const tailer = this.#own.add(
      new LogTailer({ ...found, sink, clock, log, home: surroundings.home }),
    );
    this.#own.add(
      tailer.onDidChangeHealth(({ polledRoots, unreadableCount }) =>
        log.info(
          `Logs: ${polledRoots.length} folders looked at every 2 s, ${unreadableCount} files unreadable.`,
        ),
      ),
    );
    tailer.start();
    const { home } = surroundings;
    this.#own.add(new WatchTeller({ archive, clock, log, home, folders: () => tailer.folders }));
    this.#recorder.start();
  }

  /** What was stored before us takes its part: the other file may tell of it only now. */
  async #recall(): Promise<void> {
    const events = await this.#options.archive.readEvents({ limit: RECALLED_EVENTS });
    this.#joiner.join(events.map(({ signal }) => signal));
  }

  async #commit(batch: TailBatch): Promise<void> {
    const { archive } = this.#options;
    const joined = { ...batch, ...this.#join(batch.signals) };
    const stored = await archive.commitTail(joined);
    this.#incidents.take({ ...joined, signals: batch.signals }, stored);
    for (const { signal } of batch.signals) this.#recorder.note(signal.at);
    const fresh = batch.signals.filter(({ isBacklog }) => !isBacklog);
    if (fresh.length > 0) {
      this.#moveEmitter.fire();
      this.#tellSoon();
    }
    const keys = new Set(fresh.map(({ signal }) => signal.contentKey));
    for (const failure of stored)
      if (keys.has(failure.signal.contentKey) && mayBeLimit(failure))
        this.#failureEmitter.fire(failure);
  }

  /**
   * The failures, and those of which a detail tells more: of before, or stored before a restart.
   * What waits for its detail when the window ends stays as it is.
   */
  #join(signals: readonly TailedSignal[]): Pick<TailBatch, 'signals' | 'amendments'> {
    const joined = signals.map(tailed => ({
      tailed,
      failures: this.#joiner.join([tailed.signal]),
    }));
    return {
      signals: joined.flatMap(({ tailed, failures }) =>
        tailed.signal.kind === 'requestFailed'
          ? failures.map(signal => ({ ...tailed, signal }))
          : [],
      ),
      amendments: joined.flatMap(({ tailed, failures }) =>
        failures.filter(failure => failure !== tailed.signal),
      ),
    };
  }

  #tellSoon(): void {
    const { clock } = this.#options;
    const waitMs = Math.max(0, TELL_EVERY_MS - (clock.monotonicMs() - this.#toldMs));
    this.#telling.value = clock.after(waitMs, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    const { archive, clock, log } = this.#options;
    this.#toldMs = clock.monotonicMs();
    const count = this.#incidents.count(clock.now());
    if (count.total > 0) this.#recorder.note(clock.now());
    try {
      await saveInFlight(archive, count);
    } catch (error) {
      log.error(`The requests in flight could not be told: ${faultName(error)}`);
    }
    if (count.total > 0) this.#telling.value = clock.after(TELL_AGAIN_MS, () => void this.#tell());
  }

  dispose(): void {
    this.#own.dispose();
  }
}
