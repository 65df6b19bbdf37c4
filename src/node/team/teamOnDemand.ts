import { inBackground } from '../../core/base/background.ts';
import { type Disposable, DisposableStore } from '../../core/base/event.ts';
import type { TeamOptions } from './startTeam.ts';

/**
 * Loads what reports to a team's metrics store once the settings name one (docs/team.md). Most users
 * have none: for them nothing is loaded and nothing leaves.
 */
export function teamOnDemand(options: TeamOptions): Disposable {
  const own = new DisposableStore();
  let isLoaded = false;
  const look = (): void => {
    const { 'team.push': push, 'team.queryUrl': queryUrl } = options.settings();
    if (isLoaded || (push === 'off' && queryUrl === '')) return;
    isLoaded = true;
    const load = async () => own.add(new (await import('./teamInLease.ts')).TeamInLease(options));
    inBackground(load(), options.log);
  };
  own.add(options.lease.onDidChange(look));
  own.add(options.onDidChange(look));
  return own;
}
