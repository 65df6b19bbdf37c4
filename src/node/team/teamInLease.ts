import { type Disposable, DisposableStore, MutableDisposable } from '../../core/base/event.ts';
import { startTeam, type TeamOptions } from './startTeam.ts';

/**
 * Reports this machine's numbers to the team's engine and reads those of the others, while this
 * window holds the lease and the settings name an engine (docs/team.md).
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
    this.#restart();
  }

  #described(): string {
    const all = Object.entries(this.#options.settings());
    return JSON.stringify(all.filter(([name]) => name.startsWith('team.')));
  }

  #restart(): void {
    const { lease, settings } = this.#options;
    this.#known = this.#described();
    this.#running.value = undefined;
    const { 'team.push': push, 'team.queryUrl': queryUrl } = settings();
    if (lease.isHeld && (push !== 'off' || queryUrl !== ''))
      this.#running.value = startTeam(this.#options);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
