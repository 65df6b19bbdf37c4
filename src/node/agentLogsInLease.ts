import type { Agent } from '../core/agents/agent.ts';
import type { LogWatch } from '../core/agents/watchedLogs.ts';
import { type Disposable, Emitter, type Event, MutableDisposable } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import type { Lease } from '../core/base/lease.ts';
import type { Settings } from '../core/settings.ts';
import type { TailedFailure } from '../core/agents/tail.ts';
import type { AgentLogs, AgentLogsOptions } from './agentLogs.ts';

type LogSettings = Pick<
  Settings,
  'watchedAgents' | 'otherLogs' | 'ledger.enabled' | 'ledger.projects'
>;

/** Options of `AgentLogsInLease`. */
export interface AgentLogsInLeaseOptions extends Omit<
  AgentLogsOptions,
  'isWatched' | 'otherLogs' | 'ledger'
> {
  /** The user's choice of logs. */
  readonly settings: () => LogSettings;
  readonly lease: Pick<Lease, 'isHeld' | 'onDidChange'>;
}

/**
 * Follows the logs while this window holds the lease and the user has not paused it. The readers
 * are a separate chunk, loaded with the first lease: most windows never get one.
 */
export class AgentLogsInLease implements LogWatch, Disposable {
  readonly #options: AgentLogsInLeaseOptions;
  readonly #running = new MutableDisposable();
  readonly #moveEmitter = new Emitter<void>();
  readonly #failureEmitter = new Emitter<TailedFailure>();
  readonly #listening: Disposable;
  #isPaused = false;
  #watched = '';
  #generation = 0;

  /** See `AgentLogs`. */
  readonly onDidMove: Event<void> = this.#moveEmitter.event;
  /** See `AgentLogs`. */
  readonly onDidFail: Event<TailedFailure> = this.#failureEmitter.event;

  constructor(options: AgentLogsInLeaseOptions) {
    this.#options = options;
    this.#listening = options.lease.onDidChange(() => this.#restart());
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.#restart();
  }

  /**
   * Call after a change of settings or workspace folders. Restarts if the logs to follow changed.
   */
  settingsChanged(): void {
    if (this.#places() !== this.#watched) this.#restart();
  }

  #places(): string {
    const { settings, places } = this.#options;
    const { watchedAgents, otherLogs, ...rest } = settings();
    const ledger = [rest['ledger.enabled'], rest['ledger.projects']];
    return JSON.stringify([watchedAgents, otherLogs, ledger, places()]);
  }

  #restart(): void {
    this.#watched = this.#places();
    const generation = ++this.#generation;
    this.#running.value = undefined;
    if (this.#isPaused || !this.#options.lease.isHeld) return;
    import('./agentLogs.ts')
      .then(({ AgentLogs }) => {
        if (generation === this.#generation) this.#run(AgentLogs);
      })
      .catch((error: unknown) =>
        this.#options.log.error(`The log readers did not start: ${faultName(error)}`),
      );
  }

  #run(Logs: typeof AgentLogs): void {
    const { watchedAgents, otherLogs, ...rest } = this.#options.settings();
    const ledger = { isEnabled: rest['ledger.enabled'], hasProjects: rest['ledger.projects'] };
    const isWatched = ({ id }: Agent): boolean => watchedAgents.includes(id);
    const logs = new Logs({ ...this.#options, isWatched, otherLogs, ledger });
    logs.onDidMove(() => this.#moveEmitter.fire());
    logs.onDidFail(failure => this.#failureEmitter.fire(failure));
    this.#running.value = logs;
    logs.start();
  }

  dispose(): void {
    this.#generation++;
    this.#listening.dispose();
    this.#running.dispose();
    this.#moveEmitter.dispose();
    this.#failureEmitter.dispose();
  }
}
