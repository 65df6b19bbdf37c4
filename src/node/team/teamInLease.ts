import { type Disposable, DisposableStore, MutableDisposable } from '../../core/base/event.ts';
import { faultName } from '../../core/base/ports.ts';
import type { TeamOptions, TeamSettings } from './startTeam.ts';

/**
 * Reports this machine's numbers to the team's engine and reads those of the others, while this
 * window holds the lease and the settings name an engine (docs/team.md). Otherwise nothing is loaded
 * and nothing leaves.
 */
export class TeamInLease implements Disposable {
  readonly #options: TeamOptions;
  readonly #own = new DisposableStore();
  readonly #running = this.#own.add(new MutableDisposable());
  #known = '';

  constructor(options: TeamOptions) {
    this.#options = options;
    this.#own.add(options.lease.onDidChange(() => this.#restart()));
    this.#own.add(
      options.onDidChange(() => {
        if (this.#described() !== this.#known) this.#restart();
      }),
    );
  }

  #described(): string {
    return JSON.stringify(Object.entries(teamOf(this.#options.settings())));
  }

  #restart(): void {
    const { lease, log, settings } = this.#options;
    this.#known = this.#described();
    this.#running.value = undefined;
    const { push, queryUrl } = teamOf(settings());
    if (!lease.isHeld || (push === 'off' && queryUrl === '')) return;
    const known = this.#known;
    import('./startTeam.ts')
      .then(({ startTeam }) => {
        const isCurrent = known === this.#known && lease.isHeld;
        if (isCurrent) this.#running.value = startTeam(this.#options);
      })
      .catch((error: unknown) =>
        log.error(`The team's numbers did not start: ${faultName(error)}`),
      );
  }

  dispose(): void {
    this.#known = 'disposed';
    this.#own.dispose();
  }
}

const teamOf = (settings: TeamSettings) => ({
  account: settings['team.account'],
  machine: settings['team.machine'],
  push: settings['team.push'],
  pushUrl: settings['team.pushUrl'],
  queryUrl: settings['team.queryUrl'],
});
